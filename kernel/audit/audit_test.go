package audit_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"tongban/kernel/audit"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// log writes n entries through real commands and chains them.
func log(t *testing.T, kt *kerneltest.Kit, n int) audit.Head {
	t.Helper()
	for i := range n {
		kt.As(kerneltest.Clerk("c1")).Must("test.decide", func(tx *db.Tx) error {
			tx.Record("case", fmt.Sprint("案-", i), "accepted", "granted", map[string]any{"i": i, "why": "材料齐全 <1>"})
			return nil
		})
	}
	if _, err := kt.DB.SealAudit(kt.Ctx); err != nil {
		t.Fatal(err)
	}
	head, err := audit.ReadHead(kt.Ctx, kt.Look())
	if err != nil {
		t.Fatal(err)
	}
	return head
}

func verify(t *testing.T, kt *kerneltest.Kit, witnesses ...audit.Head) audit.Verdict {
	t.Helper()
	v, err := audit.Verify(kt.Ctx, kt.Look(), nil, witnesses...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestUntouchedLogVerifies(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		half := log(t, kt, 20)
		head := log(t, kt, 20)
		if v := verify(t, kt, half, head); !v.Whole() || v.Entries != head.Seq || v.Head != head.Hash || head.Seq != 40 {
			t.Errorf("%+v, head %+v", v, head)
		}
	})
}

// Whoever waits for a long chain sees how much of it is behind him.
func TestVerifyingTellsHowFarItHasCome(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		log(t, kt, 30)
		var done, all int64
		if _, err := audit.Verify(kt.Ctx, kt.Look(), func(d, a int64) { done, all = d, a }); err != nil || done != 30 || all != 30 {
			t.Errorf("read %d of %d, %v", done, all, err)
		}
	})
}

var tamperings = flag.Int("tamperings", 60, "how often the log is tampered with on each engine")

// Whoever has the database's password may change any row; he cannot do it unseen, and the first bad row is named.
func TestEveryTamperingIsSeenAndTheRowNamed(t *testing.T) {
	const size = 12
	tamper := map[string]func(kt *kerneltest.Kit, r *rand.Rand) (seq int64){
		"edit": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			seq := 1 + r.Int64N(size)
			column := []string{"at", "actor_kind", "actor_id", "actor_name", "actor_unit", "via", "action", "object_kind", "object_id", "from_state", "to_state", "detail", "once_key"}[r.IntN(13)]
			change := []string{"'改'", column + " || ' '", column + " || 'x'", "'{}'"}[r.IntN(4)]
			kt.Tamper(`UPDATE audit_entry SET ` + column + ` = ` + change + ` WHERE id = (SELECT entry_id FROM audit_chain WHERE seq = ` + fmt.Sprint(seq) + `)`)
			return seq
		},
		"edit hash": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			seq := 1 + r.Int64N(size)
			kt.Tamper(`UPDATE audit_chain SET hash = $1 WHERE seq = $2`, strings.Repeat("ab", 32), seq)
			return seq
		},
		"delete entry": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			seq := 1 + r.Int64N(size)
			kt.Tamper(`DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_chain WHERE seq = $1)`, seq)
			return seq
		},
		"delete both": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			seq := 1 + r.Int64N(size-1)
			kt.Tamper(`DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_chain WHERE seq = $1)`, seq)
			kt.Tamper(`DELETE FROM audit_chain WHERE seq = $1`, seq)
			return seq
		},
		"delete and close the gap": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			seq := 1 + r.Int64N(size-1)
			kt.Tamper(`DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_chain WHERE seq = $1)`, seq)
			kt.Tamper(`DELETE FROM audit_chain WHERE seq = $1`, seq)
			for s := seq + 1; s <= size; s++ {
				kt.Tamper(`UPDATE audit_chain SET seq = $1 WHERE seq = $2`, s-1, s)
			}
			return seq
		},
		"insert unchained": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			kt.Tamper(`INSERT INTO audit_entry SELECT '` + fmt.Sprint("FORGED", r.Int()) + `', at, actor_kind, actor_id, actor_name, actor_unit, via, action, object_kind, object_id, from_state, to_state, detail, once_key
 FROM audit_entry WHERE id = (SELECT entry_id FROM audit_chain WHERE seq = 3)`)
			return 0
		},
		"insert at the end": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			kt.Tamper(`INSERT INTO audit_entry SELECT 'FORGED', at, actor_kind, actor_id, actor_name, actor_unit, via, action, object_kind, object_id, from_state, to_state, detail, once_key
 FROM audit_entry WHERE id = (SELECT entry_id FROM audit_chain WHERE seq = 3)`)
			kt.Tamper(`INSERT INTO audit_chain (seq, entry_id, hash) VALUES ($1, 'FORGED', $2)`, size+1, strings.Repeat("cd", 32))
			return size + 1
		},
		"reorder": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			seq := 1 + r.Int64N(size-1)
			kt.Tamper(`UPDATE audit_chain SET seq = -1 WHERE seq = $1`, seq)
			kt.Tamper(`UPDATE audit_chain SET seq = $1 WHERE seq = $2`, seq, seq+1)
			kt.Tamper(`UPDATE audit_chain SET seq = $1 WHERE seq = -1`, seq+1)
			return seq
		},
		"truncate": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			seq := 1 + r.Int64N(size)
			kt.Tamper(`DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_chain WHERE seq >= $1)`, seq)
			kt.Tamper(`DELETE FROM audit_chain WHERE seq >= $1`, seq)
			return seq
		},
		"truncate and write anew": func(kt *kerneltest.Kit, r *rand.Rand) int64 {
			seq := 1 + r.Int64N(size)
			kt.Tamper(`DELETE FROM audit_entry WHERE id IN (SELECT entry_id FROM audit_chain WHERE seq >= $1)`, seq)
			kt.Tamper(`DELETE FROM audit_chain WHERE seq >= $1`, seq)
			log(kt.T.(*testing.T), kt, size)
			return size
		},
	}
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		kt.Broken()
		for name, strike := range tamper {
			for round := range max(1, *tamperings/len(tamper)) {
				kt.Tamper(`DELETE FROM audit_chain`)
				kt.Tamper(`DELETE FROM audit_entry`)
				if err := os.RemoveAll(kt.AuditDir()); err != nil {
					t.Fatal(err)
				}
				log(t, kt, size)
				if _, err := kt.Checkpoint(kt.Ctx); err != nil {
					t.Fatal(err)
				}
				seq := strike(kt, rand.New(rand.NewPCG(uint64(round), 7)))
				v, witnesses, err := kt.VerifyAudit(kt.Ctx, nil)
				if err != nil || witnesses != 1 {
					t.Fatalf("%d witnesses, %v", witnesses, err)
				}
				switch {
				case v.Whole():
					t.Fatalf("%s, round %d: not seen", name, round)
				case seq > 0 && v.BadSeq != seq:
					t.Fatalf("%s, round %d: row %d named, want %d (%s)", name, round, v.BadSeq, seq, v.Fault)
				case seq == 0 && !strings.HasPrefix(v.BadID, "FORGED"):
					t.Fatalf("%s, round %d: entry %q named, want the forged one (%s)", name, round, v.BadID, v.Fault)
				}
			}
		}
	})
}

func TestChainFollowsTheOrderOfCommitsWithManyWriters(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		done := make(chan struct{})
		for range 8 {
			go func() {
				defer func() { done <- struct{}{} }()
				for i := range 10 {
					kt.As(kerneltest.Clerk("c1")).Must("test.note", func(tx *db.Tx) error { tx.Record("case", fmt.Sprint(i), "", "", nil); return nil })
					if _, err := kt.DB.SealAudit(kt.Ctx); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		for range 8 {
			<-done
		}
		if _, err := kt.DB.SealAudit(kt.Ctx); err != nil {
			t.Fatal(err)
		}
		if v := verify(t, kt); !v.Whole() || v.Entries != 80 {
			t.Errorf("%+v", v)
		}
	})
}
