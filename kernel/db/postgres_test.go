package db_test

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

func TestLostRaceIsRunAgain(t *testing.T) {
	kt := kerneltest.New(t, db.Postgres)
	for _, code := range []string{"40001", "40P01"} {
		tries := 0
		err := kt.As(clerk).Run("test.race", func(tx *db.Tx) error {
			tries++
			if tries < 3 {
				_, err := tx.ExecContext(kt.Ctx, fmt.Sprintf(`DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '%s'; END $$`, code))
				return err
			}
			tx.Record("race", code, "", "", nil)
			return nil
		})
		if err != nil || tries != 3 {
			t.Errorf("%s: %v after %d tries", code, err, tries)
		}
	}
}

func TestTwoCommandsThatWaitForEachOtherBothSucceed(t *testing.T) {
	kt := kerneltest.New(t, db.Postgres)
	notes(t, kt)
	kt.As(clerk).Must("test.write", write(kt, "a"))
	kt.As(clerk).Must("test.write", write(kt, "b"))
	var met sync.WaitGroup
	met.Add(2)
	var all sync.WaitGroup
	for _, order := range [][2]string{{"a", "b"}, {"b", "a"}} {
		all.Go(func() {
			first := true
			err := kt.As(clerk).Run("test.both", func(tx *db.Tx) error {
				for i, id := range order {
					if _, err := tx.ExecContext(kt.Ctx, `UPDATE test_note SET number = number + 1 WHERE id = $1`, id); err != nil {
						return err
					}
					if i == 0 && first {
						first = false
						met.Done()
						met.Wait()
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := kt.Count(`SELECT sum(number) FROM test_note`); n != 4 {
		t.Errorf("%d changes, want 4", n)
	}
}

// terminate cuts every connection of the application, as a restart of the server does.
func terminate(t *testing.T, admin *sql.DB) int {
	t.Helper()
	var n int
	err := admin.QueryRow(`SELECT count(*) FROM (SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1) x`, t.Name()).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCutConnectionsLoseAndRepeatNothing(t *testing.T) {
	url := kerneltest.Schema(t)
	d, err := db.Open(t.Context(), url+"&application_name="+t.Name(), "", db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(t.Context(), []db.Schema{db.Own()}); err != nil {
		t.Fatal(err)
	}
	kt := kerneltest.New(t, db.SQLite) // lends its clock
	admin, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.Exec(`CREATE TABLE test_note (id text PRIMARY KEY, body text)`); err != nil {
		t.Fatal(err)
	}
	const clients, each = 4, 60
	var acknowledged, cut atomic.Int64
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				key := fmt.Sprintf("%d-%d", c, i)
				_, err := d.Run(t.Context(), db.Act{Actor: clerk, Name: "test.write", Now: kt.Watch.Now(), Key: key}, func(tx *db.Tx) error {
					_, err := tx.ExecContext(t.Context(), `INSERT INTO test_note (id, body) VALUES ($1, $2)`, tx.NewID(), key)
					return err
				})
				if err == nil {
					acknowledged.Add(1)
				}
				if i%10 == 5 && c == 0 {
					cut.Add(int64(terminate(t, admin)))
				}
			}
		})
	}
	all.Wait()
	var rows, keys int64
	if err := admin.QueryRow(`SELECT count(*), count(DISTINCT body) FROM test_note`).Scan(&rows, &keys); err != nil {
		t.Fatal(err)
	}
	if cut.Load() == 0 || acknowledged.Load() != clients*each || rows != clients*each || keys != rows {
		t.Errorf("%d connections cut: %d acknowledged, %d rows, %d keys; want %d of each", cut.Load(), acknowledged.Load(), rows, keys, clients*each)
	}
}

func TestTwoProcessesMayMigrateAtOnce(t *testing.T) {
	url := kerneltest.Schema(t)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			d, err := db.Open(t.Context(), url, "", db.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			defer d.Close()
			if err := d.Migrate(t.Context(), []db.Schema{db.Own()}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// Several processes of a new release start at once, and one of their migrations builds an index without locking: it waits for every
// snapshot there is, so nobody may wait for his turn with one in hand.
func TestProcessesThatStartAtOnceBuildAnIndexWithoutWaitingForEachOther(t *testing.T) {
	url := kerneltest.Schema(t)
	schemas := []db.Schema{db.Own(), {Name: "mill", Files: fstest.MapFS{
		"migrations/00001_mill.sql":           {Data: []byte("-- +goose Up\nCREATE TABLE mill_stone (id text PRIMARY KEY, grain text NOT NULL);\n")},
		"migrations/00002_grain.postgres.sql": {Data: []byte("-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY IF NOT EXISTS mill_stone_grain ON mill_stone (grain);\n")},
	}}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	begin := make(chan struct{})
	for range 3 {
		d, err := db.Open(ctx, url, t.TempDir(), db.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		all.Go(func() {
			<-begin
			if err := d.Migrate(ctx, schemas); err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	all.Wait()
}

// A change of a table waits for who reads it. While it waits, everybody else who wants the table goes before it.
func TestAMigrationGivesWayToWhoUsesItsTable(t *testing.T) {
	d, err := db.Open(t.Context(), kerneltest.Schema(t), t.TempDir(), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	mill := func(more string) []db.Schema {
		return []db.Schema{{Name: "mill", Files: fstest.MapFS{
			"migrations/00001_mill.sql":  {Data: []byte("-- +goose Up\nCREATE TABLE mill_stone (id text PRIMARY KEY);\n")},
			"migrations/00002_grain.sql": {Data: []byte("-- +goose Up\n" + more)},
		}}}
	}
	schema := mill("CREATE TABLE mill_sack (id text PRIMARY KEY);")
	if err := d.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	backup, err := d.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Rollback()
	var n int
	if err := backup.QueryRowContext(t.Context(), `SELECT count(*) FROM mill_stone`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	schema[0].Files.(fstest.MapFS)["migrations/00003_weight.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nALTER TABLE mill_stone ADD COLUMN weight bigint;\n")}
	done := make(chan error, 1)
	go func() { done <- d.Migrate(t.Context(), schema) }()
	waiting := func() (n int) {
		if err := d.Writer().QueryRowContext(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE mill_stone%'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for waiting() == 0 {
		select {
		case err := <-done:
			t.Fatalf("the migration does not wait: %v", err)
		case <-time.After(5 * time.Millisecond):
		}
	}
	patience, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := d.Writer().QueryRowContext(patience, `SELECT count(*) FROM mill_stone`).Scan(&n); err != nil {
		t.Errorf("who only reads waits behind a migration that waits: %v", err)
	}
	if err := backup.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// A process died while it built an index: what it left is no index, and must not pass for one.
func TestAnIndexThatWasNeverFinishedIsBuiltAnew(t *testing.T) {
	d, err := db.Open(t.Context(), kerneltest.Schema(t), t.TempDir(), db.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, statement := range []string{
		`CREATE TABLE mill_stone (id text PRIMARY KEY, grain text NOT NULL)`,
		`INSERT INTO mill_stone VALUES ('a', 'rye'), ('b', 'rye')`,
	} {
		if _, err := d.Writer().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Writer().ExecContext(t.Context(), `CREATE UNIQUE INDEX CONCURRENTLY mill_stone_grain ON mill_stone (grain)`); err == nil {
		t.Fatal("two stones of one grain have a unique index")
	}
	schema := []db.Schema{{Name: "mill", Files: fstest.MapFS{"migrations/00001_grain.postgres.sql": {Data: []byte(
		"-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY IF NOT EXISTS mill_stone_grain ON mill_stone (grain);\n")}}}}
	if err := d.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	var valid bool
	if err := d.Writer().QueryRowContext(t.Context(), `SELECT indisvalid FROM pg_index WHERE indexrelid = 'mill_stone_grain'::regclass`).Scan(&valid); err != nil || !valid {
		t.Errorf("valid: %t, %v", valid, err)
	}
}
