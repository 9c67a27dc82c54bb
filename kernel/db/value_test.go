package db_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

func TestTimesAndDocumentsComeBackAsTheyWent(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		kt.Tamper(`CREATE TABLE test_value (id bigint PRIMARY KEY, at timestamptz, doc json NOT NULL)`)
		id := 0
		rapid.Check(t, func(rt *rapid.T) {
			id++
			at := db.At(time.UnixMicro(rapid.Int64Range(-2_000_000_000_000_000, 200_000_000_000_000_000).Draw(rt, "at")))
			doc := db.Pack(map[string]any{"b": rapid.StringMatching(`[a-z<>&"'中文 ]*`).Draw(rt, "b"), "a": rapid.Int().Draw(rt, "a")})
			kt.As(clerk).Must("test.value", func(tx *db.Tx) error {
				_, err := tx.ExecContext(kt.Ctx, `INSERT INTO test_value (id, at, doc) VALUES ($1, $2, $3)`, id, at, doc)
				return err
			})
			var gotAt db.Time
			var gotDoc db.JSON
			if err := kt.Look().QueryRowContext(kt.Ctx, `SELECT at, doc FROM test_value WHERE id = $1`, id).Scan(&gotAt, &gotDoc); err != nil {
				rt.Fatal(err)
			}
			if !gotAt.Equal(at.Time) || gotAt.Location() != time.UTC {
				rt.Fatalf("%v came back as %v", at, gotAt)
			}
			if string(gotDoc) != string(doc) {
				rt.Fatalf("%s came back as %s", doc, gotDoc)
			}
		})
		var out []time.Time
		rows, err := kt.Look().QueryContext(kt.Ctx, `SELECT at FROM test_value WHERE at >= $1 ORDER BY at`, db.At(time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)))
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var at db.Time
			if err := rows.Scan(&at); err != nil {
				t.Fatal(err)
			}
			if len(out) > 0 && at.Before(out[len(out)-1]) {
				t.Fatalf("%v sorts after %v", at, out[len(out)-1])
			}
			out = append(out, at.Time)
		}
	})
}

func TestNoTimeIsNull(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		kt.Tamper(`CREATE TABLE test_value (id bigint PRIMARY KEY, at timestamptz)`)
		kt.As(clerk).Must("test.value", func(tx *db.Tx) error {
			_, err := tx.ExecContext(kt.Ctx, `INSERT INTO test_value (id, at) VALUES (1, $1)`, db.Time{})
			return err
		})
		var at db.Time
		if err := kt.Look().QueryRowContext(kt.Ctx, `SELECT at FROM test_value WHERE at IS NULL`).Scan(&at); err != nil || !at.IsZero() {
			t.Errorf("%v, %v", at, err)
		}
	})
}

// The Go check and the SQL predicate of a scope must never disagree: one guards the single thing, the other the lists.
func TestScopeIsTheSameSetInGoAndInSQL(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		kt.Tamper(`CREATE TABLE test_place (id bigint PRIMARY KEY, unit text NOT NULL, region text NOT NULL)`)
		units := []string{"", "a", "b", "approval-bureau", "a'; --", "%", "民政局"}
		regions := []string{"", "4", "431199", "431199001", "43119900", "431198", "4_", "%", "南岭", "南岭县"}
		var places []authz.Place
		for _, u := range units {
			for _, r := range regions {
				places = append(places, authz.Place{Unit: u, Region: r})
				kt.Tamper(`INSERT INTO test_place (id, unit, region) VALUES ($1, $2, $3)`, len(places)-1, u, r)
			}
		}
		rapid.Check(t, func(rt *rapid.T) {
			reach := authz.Reach{Everywhere: rapid.IntRange(0, 19).Draw(rt, "everywhere") == 0,
				Units:   rapid.SliceOfN(rapid.SampledFrom(units), 0, 3).Draw(rt, "units"),
				Regions: rapid.SliceOfN(rapid.SampledFrom(regions), 0, 3).Draw(rt, "regions")}
			scope := authz.ScopeOf(reach)
			w := (&db.Where{}).And("id >= ?", 0).Within(scope, "unit", "region").And("id < ?", len(places))
			rows, err := kt.Look().QueryContext(kt.Ctx, `SELECT id FROM test_place`+w.String(), w.Args...)
			if err != nil {
				rt.Fatal(err)
			}
			defer rows.Close()
			listed := map[int]bool{}
			for rows.Next() {
				var id int
				if err := rows.Scan(&id); err != nil {
					rt.Fatal(err)
				}
				listed[id] = true
			}
			for id, place := range places {
				if scope.Covers(place) != listed[id] {
					rt.Fatalf("%+v of %+v: in Go %v, in SQL %v", place, reach, scope.Covers(place), listed[id])
				}
			}
		})
	})
}

func TestConditionsOfAListTakeTheirValuesInOrder(t *testing.T) {
	w := &db.Where{}
	w.And("state = ?", "accepted").In("unit", []string{"a", "b"}).And("(due, id) > (?, ?)", 1, 2)
	limit := w.Bind(50)
	if want := ` WHERE state = $1 AND unit IN ($2, $3) AND (due, id) > ($4, $5)`; w.String() != want {
		t.Errorf("%s, want %s", w, want)
	}
	if limit != "$6" || fmt.Sprint(w.Args) != "[accepted a b 1 2 50]" {
		t.Errorf("%s %v", limit, w.Args)
	}
	if s := (&db.Where{}).In("unit", nil).String(); s != " WHERE FALSE" {
		t.Errorf("no units: %s, want nothing listed", s)
	}
	if s := (&db.Where{}).String(); s != "" {
		t.Errorf("no condition: %q", s)
	}
}

func TestIdentifiersAreOrderedAndNeverTwice(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	last := ""
	for range 10_000 {
		id := kt.DB.NewID()
		if id <= last || len(id) != 26 || strings.ToUpper(id) != id {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
}
