package db_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// families is two tables of which one refers to the other, and one that refers to none.
func families(t *testing.T, kt *kerneltest.Kit) {
	t.Helper()
	kt.Tamper(`CREATE TABLE test_mother (id text PRIMARY KEY, name text NOT NULL)`)
	kt.Tamper(`CREATE TABLE test_child (mother text NOT NULL REFERENCES test_mother (id), name text NOT NULL, toys bigint NOT NULL, PRIMARY KEY (mother, name))`)
	kt.Tamper(`CREATE TABLE test_letter (id text PRIMARY KEY, body text NOT NULL)`)
	if err := kt.DB.LearnTables(kt.Ctx); err != nil {
		t.Fatal(err)
	}
}

const (
	bear   = `INSERT INTO test_mother (id, name) VALUES ($1, $2)`
	rename = `UPDATE test_mother SET name = $1 WHERE id = $2`
	raise  = "-- name: Raise :exec\nINSERT INTO test_child (mother, name, toys) VALUES ($1, $2, 1) ON CONFLICT (mother, name) DO UPDATE SET toys = test_child.toys + 1"
	leave  = `DELETE FROM test_child WHERE mother = $1 AND name = $2`
	bury   = `DELETE FROM test_mother WHERE id = $1`
	pen    = `INSERT INTO test_letter (id, body) VALUES ($1, $2)`
	copied = `INSERT INTO test_letter (id, body) SELECT $1, name FROM test_mother WHERE id = $2`
)

func TestFoldedStatementsDoWhatTheyDidOneByOne(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		families(t, kt)
		r := rand.New(rand.NewPCG(20261128, 1))
		for round := range 60 {
			var said []func(exec func(string, ...any))
			mothers := []string{}
			for n := range 1 + r.IntN(40) {
				kind, mother := r.IntN(7), ""
				if len(mothers) > 0 {
					mother = mothers[r.IntN(len(mothers))]
				} else {
					kind = 0
				}
				id, child := fmt.Sprintf("m%d-%d", round, n), fmt.Sprint("c", r.IntN(3))
				switch kind {
				case 0:
					mothers = append(mothers, id)
					said = append(said, func(x func(string, ...any)) { x(bear, id, "无名") })
				case 1:
					said = append(said, func(x func(string, ...any)) { x(rename, id, mother) })
				case 2:
					said = append(said, func(x func(string, ...any)) { x(raise, mother, child) })
				case 3:
					said = append(said, func(x func(string, ...any)) { x(leave, mother, child) })
				case 4:
					said = append(said, func(x func(string, ...any)) { x(pen, id, mother) })
				case 5:
					said = append(said, func(x func(string, ...any)) { x(copied, id, mother) })
				case 6: // she dies with her children
					mothers = slices.DeleteFunc(mothers, func(m string) bool { return m == mother })
					said = append(said, func(x func(string, ...any)) {
						for c := range 3 {
							x(leave, mother, fmt.Sprint("c", c))
						}
						x(bury, mother)
					})
				}
			}
			var one, folded string
			plain, err := kt.As(clerk).Outcome("test.speak", func(tx *db.Tx) error {
				for _, s := range said {
					s(func(q string, args ...any) {
						if _, err := tx.ExecContext(kt.Ctx, q, args...); err != nil {
							t.Fatal(err)
						}
					})
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			one = standing(t, kt)
			kt.Tamper(`DELETE FROM test_child`)
			kt.Tamper(`DELETE FROM test_mother`)
			kt.Tamper(`DELETE FROM test_letter`)
			together, err := kt.As(clerk).Outcome("test.speak", func(tx *db.Tx) error {
				for _, s := range said {
					s(tx.Later)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if folded = standing(t, kt); folded != one {
				t.Fatalf("round %d: folded\n%s\none by one\n%s", round, folded, one)
			}
			if together.Statements > plain.Statements {
				t.Errorf("round %d: %d statements folded, %d one by one", round, together.Statements, plain.Statements)
			}
			kt.Tamper(`DELETE FROM test_child`)
			kt.Tamper(`DELETE FROM test_mother`)
			kt.Tamper(`DELETE FROM test_letter`)
		}
	})
}

// What a command reads back it finds written, and what it does at once among things that wait ends as if nothing had waited.
func TestWhatWaitsIsWrittenBeforeItCouldBeMissed(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		families(t, kt)
		r := rand.New(rand.NewPCG(20261128, 2))
		ask := []string{`SELECT count(*) FROM test_mother WHERE name <> ''`, `SELECT count(*) FROM test_child`, `SELECT count(*) FROM test_letter`,
			`SELECT count(*) FROM test_child c JOIN test_mother m ON m.id = c.mother WHERE m.name = 'x'`}
		saved := 0
		for round := range 80 {
			type line struct {
				query string
				args  []any
				wait  bool
			}
			var said []line
			mother := ""
			for n := range 1 + r.IntN(30) {
				id := fmt.Sprintf("w%d-%d", round, n)
				if mother == "" {
					mother = id
					said = append(said, line{bear, []any{id, "无名"}, r.IntN(2) == 0})
					continue
				}
				wait := r.IntN(3) > 0
				switch r.IntN(6) {
				case 0:
					said = append(said, line{rename, []any{"x", mother}, wait})
				case 1:
					said = append(said, line{raise, []any{mother, fmt.Sprint("c", r.IntN(3))}, wait})
				case 2:
					said = append(said, line{leave, []any{mother, fmt.Sprint("c", r.IntN(3))}, wait})
				case 3:
					said = append(said, line{pen, []any{id, mother}, wait})
				case 4:
					said = append(said, line{copied, []any{id, mother}, wait})
				case 5:
					said = append(said, line{query: ask[r.IntN(len(ask))]})
				}
			}
			speak := func(mayWait bool) (heard []int, o db.Outcome, all string) {
				o, err := kt.As(clerk).Outcome("test.speak", func(tx *db.Tx) error {
					for _, l := range said {
						switch {
						case strings.HasPrefix(l.query, "SELECT"):
							var n int
							if err := tx.QueryRowContext(kt.Ctx, l.query).Scan(&n); err != nil {
								return err
							}
							heard = append(heard, n)
						case l.wait && mayWait:
							tx.Later(l.query, l.args...)
						default:
							if _, err := tx.ExecContext(kt.Ctx, l.query, l.args...); err != nil {
								return err
							}
						}
					}
					return nil
				})
				if err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				all = standing(t, kt)
				kt.Tamper(`DELETE FROM test_child`)
				kt.Tamper(`DELETE FROM test_mother`)
				kt.Tamper(`DELETE FROM test_letter`)
				return heard, o, all
			}
			heard, plain, all := speak(false)
			heardWaiting, waiting, allWaiting := speak(true)
			if fmt.Sprint(heard) != fmt.Sprint(heardWaiting) || all != allWaiting {
				t.Fatalf("round %d: heard %v and %v, in the end\n%s\nand\n%s", round, heard, heardWaiting, all, allWaiting)
			}
			saved += plain.Statements - waiting.Statements
		}
		if saved <= 0 {
			t.Errorf("waiting saved %d statements", saved)
		}
	})
}

// standing is all that stands in the tables.
func standing(t *testing.T, kt *kerneltest.Kit) string {
	t.Helper()
	rows, err := kt.Look().QueryContext(kt.Ctx, `SELECT 'm', id, name FROM test_mother UNION ALL SELECT 'c', mother || name, CAST(toys AS text) FROM test_child
 UNION ALL SELECT 'l', id, body FROM test_letter ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	for rows.Next() {
		var kind, id, what string
		if err := rows.Scan(&kind, &id, &what); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, kind, id, what)
	}
	return b.String()
}

// A command that says the same of many things costs about as much as one that says it of one.
func TestManyRowsOfOneTableAreFewStatements(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		families(t, kt)
		out, err := kt.As(clerk).Key("form").Outcome("test.bear", func(tx *db.Tx) error {
			for n := range 32 {
				id := fmt.Sprint("m", n)
				tx.Later(bear, id, "无名")
				tx.Later(raise, id, "c")
				tx.Later(pen, id, "信")
				tx.Record("mother", id, "", "", nil)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		// Its key, three tables, and the audit entries with what chains them.
		if out.Statements > 1+1+3+2 {
			t.Errorf("%d statements", out.Statements)
		}
	})
}
