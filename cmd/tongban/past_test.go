package main

import (
	"context"
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/earlier"
	"tongban/kernel/kerneltest"
)

// before makes a county with a small past.
func before(t *testing.T, engine db.Engine, cases int, settings app.Settings) (*kerneltest.Kit, *past) {
	t.Helper()
	kt, m := founded(t, engine, settings)
	if err := m.openDemo(t.Context(), kt.Kernel); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	wait, err := kt.Kernel.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	k := kt.Kernel
	p := newPast(m, k, &app.Stage{Now: k.Watch.Now, Move: k.Watch.Set, Settle: k.Settle, Say: func(int, int, string) {}, Seed: 3}, 4)
	err = p.around(ctx, func() error { return nil })
	stop()
	wait()
	if err == nil {
		err = p.multiply(t.Context(), cases)
	}
	if err != nil {
		t.Fatal(err)
	}
	return kt, p
}

// Every invariant holds on a past, as the end of the test asks; and it is one of years, of people of its own, with a tenth still running.
func TestAPastOfManyCasesIsAsSoundAsAPresent(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			const asked = 600
			kt, p := before(t, engine, asked, app.Settings{Demo: true})
			all := kt.Count(`SELECT count(*) FROM casework_case`)
			running := kt.Count(`SELECT count(*) FROM casework_case WHERE stage <> 'done'`)
			if all < asked || running < asked/20 || running > asked/4 {
				t.Errorf("%d cases, %d of them running", all, running)
			}
			if n := kt.Count(`SELECT count(DISTINCT substr(number, 3, 4)) FROM casework_case`); n < 4 { // the more models, the more years one of them fits
				t.Errorf("the cases lie in %d years", n)
			}
			if people, submissions := kt.Count(`SELECT count(DISTINCT applicant_name || applicant) FROM bundle_submission`), kt.Count(`SELECT count(*) FROM bundle_submission`); people < submissions*9/10 {
				t.Errorf("%d people brought %d matters", people, submissions)
			}
			guests := kt.Count(`SELECT count(*) FROM party_party WHERE name LIKE '%郄%'`)
			for _, x := range []string{"casework_case WHERE applicant_name", "notify_message WHERE body", "casework_notice WHERE CAST(letter AS text)", "licence_licence WHERE holder_name", "audit_entry WHERE detail", "seal_use WHERE title"} {
				if n := kt.Count(`SELECT count(*) FROM ` + x + ` LIKE '%郄%'`); n > 30*guests {
					t.Errorf("%s: %d copies still bear the name of their model", x, n)
				}
			}
			// Somebody of the past is found by his number, and what was sealed tells of him.
			who := p.person(0)
			one, err := p.m.party.ByNumber(t.Context(), kt.Look(), who)
			if err != nil || one.Name == "" {
				t.Fatalf("%+v, %v", one, err)
			}
			in, err := p.m.party.Reveal(t.Context(), kt.Look(), one.ID)
			if err != nil || in.Number != who.Number || in.Phone != who.Phone {
				t.Errorf("%v", err)
			}
			// The county goes on where its past ended.
			p.open = nil
			if err := p.bring(t.Context()); err != nil {
				t.Fatal(err)
			}
			kt.Settle()
		})
	}
}

// The twin moves a matter by days instead of weeks: its deadlines do not hold, and the check says so.
func TestAPastOnTheWrongDaysIsAccused(t *testing.T) {
	kt, p := before(t, db.SQLite, 100, app.Settings{Demo: true})
	kt.Broken()
	w, err := p.house.Writer(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := p.stranger()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(earlier.Copy{Pattern: p.ended[0].Pattern, Days: -3, Tokens: tokens}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if bad := kt.Unsound(); len(bad) == 0 {
		t.Error("nobody sees that its times do not fit")
	}
}
