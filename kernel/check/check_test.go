package check_test

import (
	"slices"
	"testing"

	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

func TestInvariantNamesTheFirstBadRowAndCountsAll(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		kt.Tamper(`CREATE TABLE test_row (id text PRIMARY KEY, bad bigint NOT NULL)`)
		kt.Tamper(`INSERT INTO test_row (id, bad) VALUES ('a', 0), ('b', 1), ('c', 1)`)
		invariants := []check.Invariant{
			{ID: "t-1", Check: check.None(`SELECT count(*) FROM test_row`, `SELECT id FROM test_row WHERE bad = $1 ORDER BY id`, "改正", 1)},
			{ID: "t-2", Check: check.None(`SELECT count(*) FROM test_row`, `SELECT id FROM test_row WHERE bad = $1`, "改正", 7)},
			{ID: "t-3", Check: check.None(`SELECT count(*) FROM nowhere`, `SELECT id FROM nowhere`, "")},
		}
		var got []check.Result
		if check.Run(kt.Ctx, kt.Look(), invariants, func(r check.Result) { got = append(got, r) }) {
			t.Error("all is said to be well")
		}
		if r := got[0]; r.Holds() || r.Bad != "b" || r.Rows != 3 || r.Remedy != "改正" {
			t.Errorf("%+v", r)
		}
		if r := got[1]; !r.Holds() || r.Rows != 3 || r.Remedy != "" {
			t.Errorf("%+v", r)
		}
		if r := got[2]; r.Holds() || r.Err == nil {
			t.Errorf("a check that cannot be made holds: %+v", r)
		}
		if !check.Run(kt.Ctx, kt.Look(), invariants[1:2], nil) {
			t.Error("a sound county is accused")
		}
	})
}

func TestKernelAccusesWhatWentRoundItsCommands(t *testing.T) {
	for id, strike := range map[string][]string{
		"I3":         {`INSERT INTO db_once (key, command, actor, reply, at) VALUES ('k', 'x.y', 'a', '', '2026-01-01T00:00:00.000000Z')`},
		"I15":        {`INSERT INTO event_delivery (event_id, listener, subject, state, tries, next_at, reason) VALUES ('e', 'l', 's', 'done', 0, '2026-01-01T00:00:00.000000Z', '')`},
		"I15-parked": {`INSERT INTO event_outbox (id, name, subject, payload, at, via) VALUES ('e', 'n', 's', '{}', '2026-01-01T00:00:00.000000Z', '')`, `INSERT INTO event_delivery (event_id, listener, subject, state, tries, next_at, reason) VALUES ('e', 'l', 's', 'parked', 8, '2026-01-01T00:00:00.000000Z', 'x')`},
		"I4":         {`INSERT INTO db_once (key, command, actor, reply, at) VALUES ('', 'x.y', 'a', '', '2026-01-01T00:00:00.000000Z')`, `INSERT INTO audit_entry (id, at, actor_kind, actor_id, actor_name, actor_unit, via, action, object_kind, object_id, from_state, to_state, detail, once_key) VALUES ('e', '', '', '', '', '', '', '', '', '', '', '', '{}', '')`},
		"I3-once":    {`DELETE FROM db_once WHERE command = 'test.act'`},
		"I15-jobs":   {`INSERT INTO river_job (kind, args, state, attempt, max_attempts, priority, queue, finalized_at) VALUES ('x', '{}', 'discarded', 12, 12, 1, 'default', '2026-01-01T00:00:00Z')`},
		"I1-file":    {`INSERT INTO file_object (id, hash, size, kind, name, given_by, given_at) VALUES ('f', '` + "0000000000000000000000000000000000000000000000000000000000000000" + `', 1, 'jpg', 'x', 'a', '2026-01-01T00:00:00.000000Z')`},
	} {
		t.Run(id, func(t *testing.T) {
			kt := kerneltest.New(t, db.SQLite)
			kt.Broken()
			kt.As(kerneltest.Clerk("c1")).Key("form").Must("test.act", func(tx *db.Tx) error { tx.Record("thing", "1", "", "", nil); return nil })
			for _, s := range strike {
				kt.Tamper(s)
			}
			bad := kt.Unsound()
			if len(bad) != 1 || bad[0].ID != id || bad[0].Bad == "" {
				t.Errorf("fsck: %+v", bad)
			}
		})
	}
}

func TestFullNumberInTheAuditLogIsAccused(t *testing.T) {
	for detail, bad := range map[string]bool{"身份证 431199199001010010": true, "手机 13900000001": true, "四三一一九九": false} {
		kt := kerneltest.New(t, db.SQLite)
		kt.Broken()
		kt.As(kerneltest.Clerk("c1")).Must("test.act", func(tx *db.Tx) error {
			tx.Record("thing", "1", "", "", map[string]string{"note": "四三一"})
			return nil
		})
		kt.Tamper(`UPDATE audit_entry SET detail = '{"note":"` + detail + `"}'`) // a command would have hidden it; the chain breaks too
		found := kt.Unsound()
		if slices.ContainsFunc(found, func(r check.Result) bool { return r.ID == "I21" }) != bad {
			t.Errorf("%s: %+v", detail, found)
		}
	}
}
