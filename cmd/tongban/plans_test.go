package main

import (
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// A page costs the same in a county of ten million cases as in one of ten thousand: whatever it asks is answered by an index.
func TestNoPageReadsAWholeRegister(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			var asked kerneltest.Questions
			kt, p := before(t, engine, 800, app.Settings{Demo: true, DB: db.Options{Trace: asked.Hear}})
			var all []authz.Permission
			for _, d := range kt.Rights().All() {
				all = append(all, d.Permission)
			}
			leader := kerneltest.Clerk("county-leader", all...)
			clerk := authz.Actor{Kind: authz.Staff, ID: "clerk", Name: "何一", Unit: "approval-bureau", Grants: []authz.Grant{{Permissions: all, Reach: authz.Reach{Units: []string{"approval-bureau"}}}}}
			citizen := kerneltest.Person("citizen")
			var large []string
			for _, m := range append(p.ended, p.running...) {
				large = append(large, m.Tables()...)
			}
			var twins kerneltest.Questions
			twins.Add("reads all", `SELECT id FROM casework_case WHERE applicant_name = $1`, "何一")
			twins.Add("skips", `SELECT id FROM casework_case ORDER BY id LIMIT 10 OFFSET 5000`)
			if _, found := kt.Explain(&twins, nil, large); len(found) != 2 {
				t.Errorf("of two bad questions these are seen: %q", found)
			}
			kerneltest.Plans(t, kt, &asked, []authz.Actor{leader, clerk, citizen}, large, map[string]string{
				", 1, 3) <> $1":               "the doctor counts what is sealed with an older key only until everything was looked at after a rotation",
				"count(*) FROM worklist_task": "open work is a small part of all; whoever answers for the whole county counts the whole of it",
			})
		})
	}
}
