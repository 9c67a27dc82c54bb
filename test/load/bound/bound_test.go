package bound_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"tongban/test/load/bound"
)

// What the bound says it did must be in the file: a bound that flatters itself would make the product look slow, one that loses rows fast.
func TestBoundDoesWhatItCounts(t *testing.T) {
	for name, group := range map[string]bool{"group commit": true, "each alone": false} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "bound.db")
			d, err := bound.SQLite(t.Context(), file, group)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			r, err := bound.Drive(context.Background(), d, 4, 200*time.Millisecond)
			took := time.Since(began).Seconds()
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			if acts := len(r.Times); acts < bound.Acts || r.Acts*took < float64(acts)*0.95 || r.Acts*took > float64(acts)*1.5 {
				t.Fatalf("%d acts in %.2f s, said to be %.0f a second", acts, took, r.Acts)
			}
			read, err := sql.Open("sqlite", "file:"+file)
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			var acts, wrong int
			// Every act but a submission writes one event; a submission writes one for itself and one for each permit.
			if err := read.QueryRow(`SELECT (SELECT count(*) FROM event) - (SELECT count(*) FROM permit)`).Scan(&acts); err != nil {
				t.Fatal(err)
			}
			if err := read.QueryRow(`SELECT count(*) FROM permit p WHERE (SELECT count(*) FROM event e WHERE e.permit = p.id) <> p.version + 1`).Scan(&wrong); err != nil {
				t.Fatal(err)
			}
			if acts != len(r.Times) || wrong != 0 {
				t.Errorf("%d acts counted, %d in the file, %d permits whose events do not fit their version", len(r.Times), acts, wrong)
			}
		})
	}
}
