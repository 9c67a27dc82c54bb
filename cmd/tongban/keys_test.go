package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

// sealedWith finds where in the database anything is sealed with a key, whatever the modules declared.
func sealedWith(t *testing.T, kt *kerneltest.Kit, key string) (out []string) {
	t.Helper()
	list := func(query string, args ...any) (out []string) {
		rows, err := kt.Look().QueryContext(kt.Ctx, query, args...)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				t.Fatal(err)
			}
			out = append(out, s)
		}
		return out
	}
	for _, table := range list(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'web_session'`) { // a session ends by itself
		for _, column := range list(`SELECT name FROM pragma_table_info($1)`, table) {
			if n := kt.Count(fmt.Sprintf(`SELECT count(*) FROM %s WHERE %s LIKE $1 AND length(%s) > 30`, table, column, column), key+":%"); n > 0 {
				out = append(out, fmt.Sprintf("%s.%s: %d", table, column, n))
			}
		}
	}
	return out
}

func TestAfterARotationNothingInTheHouseIsLeftUnderTheOldKey(t *testing.T) {
	kt, m := house(t, db.SQLite)
	if err := m.openDemo(t.Context(), kt.Kernel); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	wait, err := kt.Kernel.Start(ctx)
	if err == nil {
		err = m.play(ctx, kt.Kernel, 20, 7, func(int, int, string) {})
	}
	stop()
	wait()
	if err != nil {
		t.Fatal(err)
	}
	before := sealedWith(t, kt, "k1")
	if len(before) < 8 {
		t.Fatalf("too little is sealed to prove anything: %v", before)
	}
	if err := kt.Keys.RotateAll(); err != nil {
		t.Fatal(err)
	}
	if err := reseal(t.Context(), kt.Kernel); err != nil {
		t.Fatal(err)
	}
	if left := sealedWith(t, kt, "k1"); len(left) > 0 {
		t.Errorf("left under the old key, so not declared by its module: %s", strings.Join(left, ", "))
	}
	if after := sealedWith(t, kt, "k2"); len(after) != len(before) {
		t.Errorf("sealed before: %v\nafter: %v", before, after)
	}
	kt.Tamper(`UPDATE notify_sms SET body = 'k1:' || body || body || body`) // the twin: a column that nobody declared
	if len(sealedWith(t, kt, "k1")) == 0 {
		t.Error("the search does not find what it must")
	}
}
