package form_test

import (
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/rules/form"
)

func TestValuesOnBothEngines(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			var m *form.Module
			kt := kerneltest.New(t, engine, func(k *app.Kernel) []app.Module { m = form.New(k); return []app.Module{m} })
			owner := kt.As(kerneltest.Person("owner"))
			kt.As(kerneltest.Clerk("steward")).Must("test.publish", func(tx *db.Tx) error {
				_, err := kt.Library.Publish(kt.Ctx, tx, content(t), "test")
				return err
			})
			for _, area := range []string{"10.00", "20.00"} {
				owner.Must("test.keep", func(tx *db.Tx) error {
					return m.Keep(kt.Ctx, tx, "G1", []form.Value{{Element: "premises_area", Text: area}, {Element: "applicant_name", Text: "张𬱖"}})
				})
			}
			owner.Must("test.assign", func(tx *db.Tx) error { return m.Assign(kt.Ctx, tx, "G1", "P1") })
			got, err := m.Values(kt.Ctx, kt.Look(), "G1")
			if err != nil || len(got) != 2 || form.Get(got, "premises_area").Text != "20.00" || form.Get(got, "applicant_name").Text != "张𬱖" {
				t.Errorf("%+v, %v", got, err)
			}
			// The audit log names what changed and never says what it holds.
			if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE detail LIKE '%applicant_name%'`); n != 1 {
				t.Errorf("%d entries name the element that changed once", n)
			}
			if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE detail LIKE '%张%'`); n != 0 {
				t.Error("the name stands in the audit log")
			}
			owner.Must("test.forget", func(tx *db.Tx) error { return m.Forget(kt.Ctx, tx, "G1") })
			if n := kt.Count(`SELECT count(*) FROM form_value`); n != 0 {
				t.Errorf("%d values left", n)
			}
		})
	}
}
