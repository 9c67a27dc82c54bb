package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"
)

// Stage is what the tests of one package share: the program, built once, and one browser.
type Stage struct {
	dir     string // temporary, gone with the stage
	missing string // why nothing can be played, empty if all is there

	build  func() (string, error)
	launch func() (context.Context, error)
	close  []func()
	mu     sync.Mutex
}

// Main runs the tests of a package on a stage: func TestMain(m *testing.M) { os.Exit(browser.Main(m, &stage)) }.
func Main(m *testing.M, to **Stage) int {
	dir, err := os.MkdirTemp("", "tongban-journeys-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	s := &Stage{dir: dir, missing: missing()}
	s.build = sync.OnceValues(s.compile)
	s.launch = sync.OnceValues(s.start)
	*to = s
	defer s.end()
	return m.Run()
}

// missing names the programs without which nothing can be seen.
func missing() string {
	var names []string
	for _, program := range []string{"chromium", "pdftotext"} {
		if _, err := exec.LookPath(program); err != nil {
			names = append(names, program)
		}
	}
	return strings.Join(names, ", ")
}

// Ready skips the test, loudly, on a machine that has no browser; the build machine (CI=true) must have one.
func (s *Stage) Ready(t *testing.T) {
	t.Helper()
	switch {
	case s.missing == "":
	case os.Getenv("CI") == "true":
		t.Fatalf("missing: %s (apt-get install chromium poppler-utils fonts-noto-cjk)", s.missing)
	default:
		fmt.Fprintf(os.Stderr, "\n*** NOT TESTED IN A BROWSER: missing %s. Install with: apt-get install chromium poppler-utils fonts-noto-cjk ***\n", s.missing)
		t.Skip("missing: " + s.missing)
	}
}

// compile builds the program. Two test packages may run at once, so the file is shared under a lock and the linker works once.
func (s *Stage) compile() (string, error) {
	if ready := os.Getenv("TONGBAN_BINARY"); ready != "" {
		return ready, nil
	}
	out := filepath.Join(os.TempDir(), fmt.Sprintf("tongban-under-test-%d", os.Getuid()))
	lock, err := os.OpenFile(out+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", out, "tongban/cmd/tongban")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build tongban/cmd/tongban: %w\n%s", err, text)
	}
	// A copy under this stage's own name: the other package may build again while this one runs.
	own := filepath.Join(s.dir, "tongban")
	return own, copyFile(out, own)
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o755)
}

// start launches the browser that all people of the stage share, each in a profile of their own.
func (s *Stage) start() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(filepath.Join(s.dir, "profile")),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("lang", "zh-CN"),
		chromedp.WindowSize(1440, 900),
	)
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	s.mu.Lock()
	s.close = append(s.close, cancel, release)
	s.mu.Unlock()
	return ctx, chromedp.Do(ctx)
}

func (s *Stage) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, done := range s.close {
		done()
	}
}
