package chaos

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// run carries out a program of the system that must succeed.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if text, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, text)
	}
}

// disk is a file system in a file, whose power can be cut.
type disk struct{ image, at string }

func newDisk(t *testing.T) *disk {
	t.Helper()
	at, err := os.MkdirTemp("", "tongban-chaos-disk-*") // where another user can come, unlike the test's own directory
	if err != nil {
		t.Fatal(err)
	}
	d := &disk{image: filepath.Join(t.TempDir(), "disk"), at: at}
	run(t, "chmod", "755", at)
	run(t, "truncate", "-s", "512M", d.image)
	run(t, "mkfs.ext4", "-q", "-F", d.image)
	if text, err := exec.Command("mount", "-o", "loop", d.image, d.at).CombinedOutput(); err != nil {
		t.Skipf("NOT PROVED HERE, because no loop device can be mounted (%s): that nothing acknowledged is lost with the power.", strings.TrimSpace(string(text)))
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", d.at).Run(); _ = os.Remove(d.at) })
	return d
}

// cut takes the power: what was not synced to the disk by now never gets there (EXT4_IOC_SHUTDOWN with NOLOGFLUSH).
func (d *disk) cut(t *testing.T) {
	t.Helper()
	const shutdown, noLogFlush = 0x8004587d, uint32(2)
	f, err := os.Open(d.at)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	how := noLogFlush
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&how))); errno != 0 {
		t.Fatalf("the power cannot be cut: %v", errno)
	}
}

// again gives the power back.
func (d *disk) again(t *testing.T) {
	t.Helper()
	if !waitFor(t, 20*time.Second, func() bool { return exec.Command("umount", d.at).Run() == nil }) { // until the last process on it has ended
		run(t, "umount", d.at)
	}
	run(t, "mount", "-o", "loop", d.image, d.at)
}

// outage starts the county on the disk, loads it, cuts the power and compares what comes back.
func outage(t *testing.T, d *disk, v *victim, b *book, milliseconds int) []string {
	t.Helper()
	v.mustStart(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan []string)
	go func() { done <- b.load(ctx, clients, func() string { return v.url }) }()
	pause(milliseconds)
	d.cut(t)
	pause(50) // whatever is answered now is answered without a disk
	v.kill()
	stop()
	wrong := <-done
	d.again(t)
	return append(wrong, b.compare(t.Context(), v.Data, "", v.Twin)...)
}

func TestLossOfPowerLosesNothingAcknowledged(t *testing.T) {
	root(t, "that nothing acknowledged is lost with the power")
	d := newDisk(t)
	s, random := draws(t, "-outages", fmt.Sprint(*outages))
	v, b := &victim{Options: Options{Data: filepath.Join(d.at, "data")}}, newBook(s)
	for n := range *outages {
		if wrong := outage(t, d, v, b, 100+random.IntN(500)); len(wrong) > 0 {
			t.Fatalf("outage %d: %s", n, first(wrong))
		}
	}
	b.report(t, fmt.Sprintf("%d outages", *outages))
}

func TestLossOfPowerCatchesItsTwin(t *testing.T) {
	root(t, "that the loss of power would show a county that does not sync")
	d := newDisk(t)
	s, random := draws(t)
	v, b := &victim{Options: Options{Data: filepath.Join(d.at, "data"), Twin: NeverSyncs}}, newBook(s)
	caught(t, 6, func() []string { return outage(t, d, v, b, 200+random.IntN(500)) })
}

// powered is a PostgreSQL whose data lie on a disk whose power can be cut, and a county on it.
func powered(t *testing.T, settings string) (*disk, *server, *victim) {
	t.Helper()
	server := aServer(t)
	d := newDisk(t)
	server.data, server.settings = filepath.Join(d.at, "data"), settings
	run(t, "chown", "postgres", d.at)
	server.begin(t)
	return d, server, &victim{Options: Options{Data: t.TempDir(), Database: server.url(0)}}
}

// blackout loads a county, cuts the power of its server's disk, and compares what comes back.
func blackout(t *testing.T, d *disk, server *server, v *victim, b *book, milliseconds int) []string {
	t.Helper()
	v.mustStart(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan []string)
	go func() { done <- b.load(ctx, clients, func() string { return v.url }) }()
	pause(milliseconds)
	var postmaster int
	text, err := os.ReadFile(filepath.Join(server.data, "postmaster.pid"))
	if _, scan := fmt.Sscan(string(text), &postmaster); err != nil || scan != nil {
		t.Fatal(err, scan)
	}
	d.cut(t)
	pause(50) // whatever is answered now is answered without a disk
	_ = syscall.Kill(postmaster, syscall.SIGQUIT)
	v.kill()
	stop()
	wrong := <-done
	d.again(t)
	// After a real loss of power nobody has the number of the old server any more.
	locks, _ := filepath.Glob(filepath.Join(server.dir, ".s.PGSQL.*"))
	for _, lock := range append(locks, filepath.Join(server.data, "postmaster.pid")) {
		_ = os.Remove(lock)
	}
	server.start(t)
	return append(wrong, b.compare(t.Context(), v.Data, v.Database, v.Twin)...)
}

func TestLossOfPowerOfTheServerLosesNothingAcknowledged(t *testing.T) {
	root(t, "that nothing acknowledged is lost with the power of the database server")
	d, server, v := powered(t, "")
	s, random := draws(t, "-outages", fmt.Sprint(*outages))
	b := newBook(s)
	for n := range *outages {
		if wrong := blackout(t, d, server, v, b, 200+random.IntN(500)); len(wrong) > 0 {
			t.Fatalf("outage %d: %s", n, first(wrong))
		}
	}
	b.report(t, fmt.Sprintf("%d outages of the server", *outages))
}

func TestLossOfPowerOfTheServerCatchesItsTwin(t *testing.T) {
	root(t, "that the loss of power would show a server that answers before it syncs")
	d, server, v := powered(t, "-c synchronous_commit=off -c wal_writer_delay=10s")
	s, random := draws(t)
	b := newBook(s)
	caught(t, 6, func() []string { return blackout(t, d, server, v, b, 300+random.IntN(500)) })
}

// small is a county on a small file system in memory.
func small(t *testing.T, twin Twin) *victim {
	t.Helper()
	at := t.TempDir()
	if text, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", at).CombinedOutput(); err != nil {
		t.Skipf("NOT PROVED HERE, because no tmpfs can be mounted (%s): what a full disk does.", strings.TrimSpace(string(text)))
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", at).Run() })
	return &victim{Options: Options{Data: at, Twin: twin}}
}

func TestFullDiskRefusesInWordsAndGoesOnWhenThereIsRoom(t *testing.T) {
	root(t, "that a full disk refuses writes in words, lets people read, and loses nothing")
	s, _ := draws(t)
	v, b := small(t, Sound), newBook(s)
	v.mustStart(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan []string)
	go func() { done <- b.load(ctx, clients, func() string { return v.url }) }()
	full := waitFor(t, 60*time.Second, func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.busy > 20 })
	if !full {
		t.Fatal("the disk did not get full: nothing was tried")
	}
	status, body, header := post(ctx, http.DefaultClient, v.url+"/take", request{key: "full"}.fields())
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(body, "存储空间不足") {
		t.Errorf("on a full disk: %d, Retry-After %q, %.300s", status, header.Get("Retry-After"), body)
	}
	if status, body := get(t, v.url+"/list"); status != http.StatusOK || !strings.Contains(body, "form-") {
		t.Errorf("on a full disk reading gives %d %.100s", status, body)
	}
	run(t, "mount", "-o", "remount,size=64m", v.Data)
	if took, ok := b.answered(ctx, time.Now(), 10*time.Second); !ok {
		t.Errorf("no write succeeded within %v after there was room again", took)
	}
	stop()
	wrong := <-done
	v.kill()
	if wrong = append(wrong, b.compare(t.Context(), v.Data, "", Sound)...); len(wrong) > 0 {
		t.Error(first(wrong))
	}
	b.report(t, "1 full disk")
}

func TestFullDiskCatchesItsTwin(t *testing.T) {
	root(t, "that a full disk would show a county that says yes anyway")
	s, _ := draws(t)
	v, b := small(t, SaysYesAnyway), newBook(s)
	caught(t, 1, func() []string {
		return v.cycle(t, b, func() {
			waitFor(t, 10*time.Second, func() bool { return v.failing(t) })
			pause(300)
			run(t, "mount", "-o", "remount,size=64m", v.Data)
		})
	})
}

// failing reports whether a command that the twin does not touch is refused.
func (v *victim) failing(t *testing.T) bool {
	t.Helper()
	status, _, _ := post(t.Context(), http.DefaultClient, v.url+"/decide", request{key: "probe-" + fmt.Sprint(time.Now().UnixNano()), of: "form-1", verdict: "granted"}.fields())
	return status == http.StatusServiceUnavailable
}

func waitFor(t *testing.T, patience time.Duration, is func() bool) bool {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if is() {
			return true
		}
	}
	return false
}

func get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	hr, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	status, body, _ = do(http.DefaultClient, hr)
	return status, body
}

// failSync makes every sync of the process fail until it is called back.
func failSync(t *testing.T, pid int) (back func()) {
	t.Helper()
	p := exec.Command("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO", "-p", fmt.Sprint(pid))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	attached := waitFor(t, 10*time.Second, func() bool {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		return strings.Contains(string(text), fmt.Sprintf("TracerPid:\t%d", p.Process.Pid))
	})
	if !attached {
		_ = p.Process.Kill()
		_ = p.Wait()
		t.Skip("NOT PROVED HERE, because processes may not be traced: what a failing disk does.")
	}
	return func() {
		_ = p.Process.Signal(os.Interrupt)
		_ = p.Wait()
	}
}

func TestFailedSyncIsNeverAnsweredWithYes(t *testing.T) {
	tool(t, "strace", "what a disk does that fails to sync")
	s, _ := draws(t)
	v, b := &victim{Options: Options{Data: t.TempDir()}}, newBook(s)
	v.mustStart(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan []string)
	go func() { done <- b.load(ctx, clients, func() string { return v.url }) }()
	if _, ok := b.answered(ctx, time.Now(), 20*time.Second); !ok {
		t.Fatal("the county does not serve")
	}
	back := failSync(t, v.pid)
	if !waitFor(t, 20*time.Second, func() bool { b.mu.Lock(); defer b.mu.Unlock(); return b.busy > 10 }) {
		t.Error("no write was refused: nothing was tried")
	}
	for n := range 5 {
		if status, _, _ := post(ctx, http.DefaultClient, v.url+"/take", request{key: fmt.Sprintf("eio-%d", n)}.fields()); status != http.StatusServiceUnavailable {
			t.Errorf("with a disk that does not sync: %d", status)
		}
	}
	if status, _ := get(t, v.url+"/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("the county is ready (%d) though no write reaches the disk", status)
	}
	if status, _ := get(t, v.url+"/list"); status != http.StatusOK {
		t.Errorf("reading gives %d", status)
	}
	back()
	if took, ok := b.answered(ctx, time.Now(), 10*time.Second); !ok {
		t.Errorf("no write succeeded within %v after the disk was well again", took)
	}
	if status, _ := get(t, v.url+"/readyz"); status != http.StatusOK {
		t.Errorf("the county is not ready again: %d", status)
	}
	stop()
	wrong := <-done
	v.kill()
	if wrong = append(wrong, b.compare(t.Context(), v.Data, "", Sound)...); len(wrong) > 0 {
		t.Error(first(wrong))
	}
	b.report(t, "1 disk that does not sync")
}

func TestFailedSyncCatchesItsTwin(t *testing.T) {
	tool(t, "strace", "that a disk which fails to sync would show a county that says yes anyway")
	s, _ := draws(t)
	v, b := &victim{Options: Options{Data: t.TempDir(), Twin: SaysYesAnyway}}, newBook(s)
	caught(t, 3, func() []string {
		return v.cycle(t, b, func() {
			pause(200)
			back := failSync(t, v.pid)
			pause(400)
			back()
		})
	})
}
