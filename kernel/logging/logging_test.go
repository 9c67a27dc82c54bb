package logging

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestNoFullNumberEverReachesTheLog(t *testing.T) {
	var out bytes.Buffer
	New(&out, "info").Info("查到 431199198001010012", slog.String("phone", "电话13800138000"), "error", errors.New("x 431199198001010012 y"))
	for _, secret := range []string{"198001010012", "13800138000"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log shows %q: %s", secret, out.String())
		}
	}
}

func TestOrdinaryNumbersStayReadable(t *testing.T) {
	for _, s := range []string{"TB2026112300001", "2026-11-23", "110000000000133380", "12345678901234567890123"} {
		if Mask(s) != s {
			t.Errorf("Mask(%q) = %q, want it unchanged", s, Mask(s))
		}
	}
}

func TestNumbersInListsAndStructsAreHiddenToo(t *testing.T) {
	var out bytes.Buffer
	New(&out, "info").Info("x", "list", []string{"13800138000"}, "map", map[string]any{"a": []string{"431199198001010012"}}, "struct", struct{ Phone string }{"13800138000"}, slog.Group("g", "n", "13800138000"), "count", 13800138000, "plain", []int{1, 2})
	for _, secret := range []string{"198001010012", `"13800138000`, `[\"13800138000`} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log shows %q: %s", secret, out.String())
		}
	}
	if !strings.Contains(out.String(), `"plain":[1,2]`) {
		t.Errorf("what is harmless changed: %s", out.String())
	}
}
