package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/worklist"
)

func TestAFeedTellsDeadlinesAndNoNamesAndEndsWithItsOwner(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, m := house(t, engine)
			if err := m.openDemo(t.Context(), kt.Kernel); err != nil {
				t.Fatal(err)
			}
			var id string
			if err := kt.Look().QueryRowContext(kt.Ctx, `SELECT id FROM account_account WHERE login = 'window'`).Scan(&id); err != nil {
				t.Fatal(err)
			}
			clerk, err := m.account.Identify(kt.Ctx, kt.Look(), id)
			if err != nil {
				t.Fatal(err)
			}
			kt.As(authz.Machine("test", "task")).Must("test.task", func(tx *db.Tx) error {
				return worklist.Open(kt.Ctx, tx, worklist.Task{Ref: "test:1", Kind: "test.step", Title: "食品经营许可", Note: "李小满", Unit: clerk.Unit, Right: "casework.read", URL: "/w/cases/TB1", Due: tx.Now.AddDate(0, 0, 3)})
			})
			link := func() string {
				t.Helper()
				page := kt.Get("/w/agenda", clerk).Is(200)
				a := kt.Post("/w/agenda", url.Values(page.Values("/w/agenda")), clerk).Is(200)
				return regexp.MustCompile(`/agenda/[A-Za-z0-9_-]{43}`).FindString(a.Body)
			}
			first := link()
			feed := kt.Get(first, kerneltest.Nobody).Is(200)
			if kind := feed.Header.Get("Content-Type"); kind != "text/calendar; charset=utf-8" {
				t.Error(kind)
			}
			if !strings.Contains(feed.Body, "到期：食品经营许可") || strings.Contains(feed.Body, "李小满") || strings.Contains(feed.Body, clerk.Name) {
				t.Error(feed.Body)
			}
			if n := kt.Count(`SELECT count(*) FROM agenda_link WHERE digest = $1`, strings.TrimPrefix(first, "/agenda/")); n != 0 {
				t.Error("the secret lies open in the database")
			}
			second := link()
			kt.Get(first, kerneltest.Nobody).Is(404) // another address was taken
			kt.Get(second, kerneltest.Nobody).Is(200)
			kt.Tamper(`UPDATE account_account SET state = 'off' WHERE id = $1`, id)
			kt.Get(second, kerneltest.Nobody).Is(404) // he left
			kt.Tamper(`UPDATE account_account SET state = 'active' WHERE id = $1`, id)
			page := kt.Get("/w/agenda", clerk).Is(200)
			kt.Post("/w/agenda/end", url.Values(page.Values("/w/agenda/end")), clerk).Is(303)
			kt.Get(second, kerneltest.Nobody).Is(404)
			kt.Get("/w/agenda", kerneltest.Person("citizen")).Is(403)
		})
	}
}
