package casework

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/rules/material"
)

// A list reads the rows it shows, by an index, however many cases there are: no plan reads the whole table, and none sorts what has ended.
func TestNoListReadsTheWholeRegister(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			var m *Module
			var parties *party.Module
			kt := kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
				units := org.New(k)
				parties = party.New(k)
				accounts, err := account.New(k, units, parties)
				if err != nil {
					t.Fatal(err)
				}
				mats := material.New(k)
				m = New(k, units, accounts, parties, mats)
				return []app.Module{units, parties, accounts, mats, m}
			})
			kt.Broken() // rows nobody's act made
			kt.Move(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))
			kt.As(authz.Machine("test", "setup")).Must("party.know", func(tx *db.Tx) error {
				_, err := parties.Ensure(kt.Ctx, tx, party.Identity{Kind: party.Person, Name: "李小满", Number: "431199199003070012"})
				return err
			})
			for batch := range 60 {
				stage, due := "done", "9999-01-01 00:00:00+00:00"
				if batch%10 == 0 {
					stage, due = "receive", fmt.Sprintf("2026-12-%02d 00:00:00+00:00", batch/10+1)
				}
				kt.Tamper(fmt.Sprintf(`INSERT INTO casework_case (id, number, item, item_name, item_version, edition, batch, batch_title, unit, holder, applicant, applicant_name,
 agent, channel, instant, state, stage, flags, reason, notices, opened_at, received_at, due_at, version)
 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
 SELECT '%03[1]d-' || i, 'TB202611%02[1]d' || (10000 + i), 'item', '事项', 1, 1, 's%[1]d-' || i, '', 'u' || (i %% 400), '', 'p%[1]d-' || i, '某人',
 '', 'online', FALSE, 'received', '%[2]s', '{}', '', 1, '2026-11-01 00:00:00+00:00', '2026-11-01 00:00:00+00:00', '%[3]s', 1 FROM n`, batch, stage, due))
			}
			kt.Tamper(`ANALYZE`)
			clerk := func(units ...string) authz.Actor {
				return authz.Actor{Kind: authz.Staff, ID: "clerk", Grants: []authz.Grant{{Permissions: []authz.Permission{PermRead}, Reach: authz.Reach{Units: units}}}}
			}
			leader := authz.Actor{Kind: authz.Staff, ID: "leader", Grants: []authz.Grant{{Permissions: []authz.Permission{PermRead}, Reach: authz.Reach{Everywhere: true}}}}
			after := cursorOf(Case{ID: "010-77", Due: time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)})
			for _, x := range []struct {
				what string
				who  authz.Actor
				f    Filter
				by   string // the index that must serve
			}{
				{"a unit's open work", clerk("u1"), Filter{}, "casework_case_"},
				{"the next page", clerk("u1"), Filter{After: after}, "casework_case_"},
				{"a stage", clerk("u1"), Filter{Stage: StageReceive}, "casework_case_work"},
				{"the county's open work", leader, Filter{}, "casework_case_due"},
				{"the county's late work", leader, Filter{Due: "late"}, "casework_case_due"},
				{"what was given to one", clerk("u1"), Filter{Mine: true}, "casework_case_"},
				{"what ended in a unit", clerk("u1"), Filter{Stage: StageDone}, "casework_case_done"},
				{"what ended in several", clerk("u1", "u2", "u3"), Filter{Stage: StageDone, After: after}, "casework_case_done"},
				{"what ended in the county", leader, Filter{Stage: StageDone}, ""},
				{"a number", leader, Filter{Query: "tb2026112310001"}, "number"},
				{"the ended cases of a day", leader, Filter{Query: "20261123", Stage: StageDone}, "number"},
				{"part of a name", leader, Filter{Query: "小满"}, "casework_case_applicant"},
				{"the ended cases of a name", clerk("u1", "u2"), Filter{Query: "李小", Stage: StageDone}, "casework_case_applicant"},
				{"an identity number", leader, Filter{Query: "431199199003070012", Stage: StageDone}, "casework_case_applicant"},
			} {
				x.f.Limit = 30
				clause, args, err := m.clause(kt.Ctx, kt.View(x.who), x.f)
				if err != nil {
					t.Fatal(err)
				}
				plan := explained(t, kt, engine, "SELECT * FROM casework_case"+clause, args)
				if strings.Contains(plan, "Seq Scan on casework_case") || wholeScan(plan) || !strings.Contains(plan, x.by) {
					t.Errorf("%s: want %s\n%s\n%s", x.what, x.by, clause, plan)
				}
				if x.f.Stage == StageDone && x.f.Query == "" && len(x.who.Scope(PermRead).Units()) < 2 && (strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Sort")) {
					t.Errorf("%s: what has ended is sorted\n%s", x.what, plan)
				}
			}
			if plan := explained(t, kt, engine, "SELECT * FROM casework_case WHERE applicant_name LIKE '%小满%'", nil); !strings.Contains(plan, "Seq Scan on casework_case") && !wholeScan(plan) {
				t.Errorf("the twin that reads everything passes:\n%s", plan)
			}
		})
	}
}

// wholeScan reports whether SQLite reads the table from end to end, in no order that a limit could stop.
func wholeScan(plan string) bool {
	for line := range strings.Lines(plan) {
		if strings.HasPrefix(line, "SCAN casework_case") && !strings.Contains(line, "INDEX") {
			return true
		}
	}
	return false
}

func explained(t *testing.T, kt *kerneltest.Kit, engine db.Engine, query string, args []any) string {
	t.Helper()
	how := "EXPLAIN "
	if engine == db.SQLite {
		how = "EXPLAIN QUERY PLAN "
	}
	rows, err := kt.Look().QueryContext(kt.Ctx, how+query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		cells := make([]any, len(columns))
		var line string
		for i := range cells {
			cells[i] = new(any)
		}
		cells[len(cells)-1] = &line
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
