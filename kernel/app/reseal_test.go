package app_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/notify"
)

// store is a county without modules, in a place that outlives the process that opened it.
type store struct{ dir, database string }

func newStore(t *testing.T, engine db.Engine) store {
	s := store{dir: t.TempDir()}
	if engine == db.Postgres {
		s.database = kerneltest.Schema(t)
	}
	return s
}

func (s store) open(t testing.TB) *app.Kernel {
	t.Helper()
	ctx := context.Background()
	k, err := app.Open(ctx, app.Settings{DataDir: s.dir, Database: s.database})
	if err == nil {
		err = k.Migrate(ctx, nil)
	}
	if err == nil {
		err = k.Assemble(ctx, nil, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

const letters = 200

func fill(t *testing.T, k *app.Kernel) {
	t.Helper()
	_, err := k.DB.Run(t.Context(), db.Act{Actor: authz.Machine("test", "x"), Name: "test.fill", Now: k.Watch.Now()}, func(tx *db.Tx) error {
		for i := range letters {
			if err := k.Notify.Send(t.Context(), tx, notify.Message{Phone: fmt.Sprint(13900000000 + i), Text: fmt.Sprint(i)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// under counts the numbers sealed with a key, and proves that every one of all still says what it said.
func under(t *testing.T, k *app.Kernel, key string) (n int) {
	t.Helper()
	rows, err := k.View(authz.Machine("test", "x")).QueryContext(t.Context(), `SELECT phone, body FROM notify_sms`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var phone, body string
		if err := rows.Scan(&phone, &body); err != nil {
			t.Fatal(err)
		}
		plain, err := k.Keys.OpenText("notify.phone", phone)
		var i int
		fmt.Sscan(body, &i)
		if err != nil || plain != fmt.Sprint(13900000000+i) {
			t.Fatalf("number %d reads %q, %v", i, plain, err)
		}
		if strings.HasPrefix(phone, key+":") {
			n++
		}
		seen++
	}
	if seen < letters {
		t.Fatalf("%d of %d are left", seen, letters)
	}
	return n
}

func engines(t *testing.T, f func(t *testing.T, s store)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, newStore(t, engine)) })
	}
}

func TestOldDataStayReadableAndNewDataUseTheNewKey(t *testing.T) {
	engines(t, func(t *testing.T, s store) {
		k := s.open(t)
		defer k.Close()
		fill(t, k)
		if err := k.Keys.RotateAll(); err != nil {
			t.Fatal(err)
		}
		if n := under(t, k, "k1"); n != letters {
			t.Errorf("%d under the old key after the rotation", n)
		}
		fill(t, k)
		if n := under(t, k, "k2"); n != letters {
			t.Errorf("%d new numbers under the new key", n)
		}
		stale, err := k.Stale(t.Context())
		if err != nil || len(stale) != 1 || stale[0].Rows != letters || stale[0].String() != "notify_sms.phone" {
			t.Errorf("%v, %v", stale, err)
		}
		if n, err := k.Reseal(t.Context(), 30, nil); err != nil || n != letters {
			t.Errorf("resealed %d, %v", n, err)
		}
		if n := under(t, k, "k2"); n != 2*letters {
			t.Errorf("%d under the new key", n)
		}
		if n, err := k.Reseal(t.Context(), 30, nil); err != nil || n != 0 {
			t.Errorf("resealed %d that were done, %v", n, err)
		}
	})
}

func TestARunningCountyFollowsARotationByAnother(t *testing.T) {
	engines(t, func(t *testing.T, s store) {
		k := s.open(t)
		defer k.Close()
		fill(t, k)
		if err := rotateElsewhere(s); err != nil {
			t.Fatal(err)
		}
		if err := k.Recall(t.Context()); err != nil { // as it does every ten seconds
			t.Fatal(err)
		}
		fill(t, k)
		if n := under(t, k, "k2"); n != letters {
			t.Errorf("%d new numbers under the new key", n)
		}
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
		defer stop()
		wait, err := k.Start(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for under(t, k, "k2") < 2*letters && ctx.Err() == nil {
			time.Sleep(20 * time.Millisecond) // the housework is another goroutine's
		}
		if ctx.Err() != nil {
			t.Error("the old numbers were not sealed again")
		}
		stop()
		wait()
	})
}

func TestResealingSurvivesBeingKilled(t *testing.T) {
	engines(t, func(t *testing.T, s store) {
		k := s.open(t)
		fill(t, k)
		if err := errors.Join(k.Keys.RotateAll(), k.Close()); err != nil {
			t.Fatal(err)
		}
		child := exec.Command(os.Args[0], "-test.run=^TestResealInAChild$")
		child.Env = append(os.Environ(), "RESEAL_DIR="+s.dir, "RESEAL_DB="+s.database)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if lines.Text() == "resealed 60" {
				break
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait()
		k = s.open(t)
		defer k.Close()
		done := under(t, k, "k2")
		if done < 60 || done == letters {
			t.Fatalf("killed at %d of %d", done, letters)
		}
		if n, err := k.Reseal(t.Context(), 30, nil); err != nil || n != letters-done || under(t, k, "k2") != letters {
			t.Errorf("went on with %d after %d, %v", n, done, err)
		}
	})
}

// TestResealInAChild is the process that the test above kills.
func TestResealInAChild(t *testing.T) {
	s := store{os.Getenv("RESEAL_DIR"), os.Getenv("RESEAL_DB")}
	if s.dir == "" {
		t.Skip("only as a child")
	}
	k := s.open(t)
	_, err := k.Reseal(t.Context(), 20, func(done int) {
		fmt.Printf("resealed %d\n", done)
		if done == 80 {
			select {} // the kill comes
		}
	})
	t.Fatal("not killed", err)
}

// rotateElsewhere is what another process does to the keys.
func rotateElsewhere(s store) error {
	ring, err := crypto.Load(filepath.Join(s.dir, "keys.json"), "")
	if err != nil {
		return err
	}
	return ring.RotateAll()
}
