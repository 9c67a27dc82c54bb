package chaos

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tongban/kernel/kerneltest"
)

// earlier builds the victim as it stood at a commit, from the history beside these files.
func earlier(t *testing.T, commit string) string {
	t.Helper()
	dir := t.TempDir()
	run(t, "sh", "-c", fmt.Sprintf("git -C ../.. archive %s | tar -x -C %s", commit, dir))
	out := filepath.Join(dir, "victim")
	build := exec.Command("go", "build", "-o", out, "./test/chaos/victim")
	build.Dir = dir
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

// beside lets an old and a new release of the county serve one database, side by side, while people send forms to both: the new one migrates
// under the old one's feet, the old one dies and starts once more on the new schema, and at last only the new one is left.
func beside(t *testing.T, b *book, first, second *victim, length time.Duration) []string {
	t.Helper()
	first.mustStart(t)
	var door struct {
		sync.Mutex
		open []string
		turn int
	}
	show := func(addresses ...string) {
		door.Lock()
		defer door.Unlock()
		door.open = addresses
	}
	show(first.url)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan []string)
	go func() {
		done <- b.load(ctx, clients, func() string {
			door.Lock()
			defer door.Unlock()
			door.turn++
			return door.open[door.turn%len(door.open)]
		})
	}()
	pause(500)
	var wrong []string
	if err := second.start(t); err != nil {
		wrong = append(wrong, "the new release does not start: "+err.Error())
	} else {
		show(first.url, second.url)
		time.Sleep(length)
		show(second.url)
		first.kill()
		if err := first.start(t); err != nil {
			wrong = append(wrong, "the old release does not start on the new schema: "+err.Error())
		} else {
			show(second.url, first.url)
			time.Sleep(length)
			show(second.url)
			first.stop()
		}
		pause(500)
		second.kill()
	}
	stop()
	wrong = append(wrong, <-done...)
	if first.pid > 0 {
		first.kill()
	}
	return append(wrong, b.compareIn(t.Context(), Options{Data: second.Data, Database: second.Database, Release: second.Release}, Sound)...)
}

func TestOldAndNewReleaseServeSideBySide(t *testing.T) {
	counts := []string{"-beside", sideBySide.String()}
	if *previous != "" {
		counts = append(counts, "-earlier", *previous)
	}
	s, _ := draws(t, counts...)
	o := Options{Data: t.TempDir(), Database: kerneltest.Schema(t)}
	old, young, b := &victim{Options: o}, &victim{Options: o}, newBook(s)
	young.Release = Next
	if *previous != "" {
		old.program = earlier(t, *previous)
	}
	if wrong := beside(t, b, old, young, *sideBySide); len(wrong) > 0 {
		t.Fatal(first(wrong))
	}
	b.report(t, fmt.Sprintf("an old (%s) and a new release side by side for twice %v", orPresent(*previous), *sideBySide))
}

func orPresent(commit string) string {
	if commit == "" {
		return "today's"
	}
	return commit
}

func TestOldAndNewReleaseCatchTheirTwin(t *testing.T) {
	s, _ := draws(t)
	o := Options{Data: t.TempDir(), Database: kerneltest.Schema(t)}
	first, second := &victim{Options: o}, &victim{Options: o}
	second.Release = Harsh
	caught(t, 1, func() []string { return beside(t, newBook(s), first, second, time.Second) })
}
