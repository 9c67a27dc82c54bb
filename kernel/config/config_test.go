package config_test

import (
	"testing"

	"tongban/kernel/config"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

func TestSettingIsKeptAndEveryRealChangeRecorded(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		if v, err := config.Get(kt.Ctx, kt.Look(), "county.name"); v != "" || err != nil {
			t.Errorf("%q, %v before anything was set", v, err)
		}
		for _, value := range []string{"南岭县", "南岭县", "北岭县"} {
			kt.As(kerneltest.Clerk("admin")).Must("test.set", func(tx *db.Tx) error { return config.Set(kt.Ctx, tx, "county.name", value) })
		}
		if v, err := config.Get(kt.Ctx, kt.Look(), "county.name"); v != "北岭县" || err != nil {
			t.Errorf("%q, %v", v, err)
		}
		if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE object_kind = 'setting'`); n != 2 {
			t.Errorf("%d changes recorded, want 2", n)
		}
		if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE detail LIKE '%"old":"南岭县"%' AND detail LIKE '%"new":"北岭县"%'`); n != 1 {
			t.Error("the record does not say what it was before")
		}
	})
}
