package file

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// What may be uploaded is written down, and it is what is taken.
func TestWhatIsUploadedIsAsWrittenDown(t *testing.T) {
	text, err := os.ReadFile("../../docs/security/decisions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"JPEG, PNG and PDF, judged by their bytes", fmt.Sprintf("%d MB a file", MaxBytes>>20), fmt.Sprintf("up to %d million pixels", maxPixels/1_000_000)} {
		if !strings.Contains(string(text), want) {
			t.Errorf("docs/security/decisions.md should say: %s", want)
		}
	}
	taken := map[Kind]string{JPEG: "\xff\xd8\xff", PNG: "\x89PNG\r\n\x1a\n", PDF: "%PDF-1.7"}
	for kind, head := range taken {
		if got, ok := Sniff([]byte(head)); !ok || got != kind {
			t.Errorf("%s is not taken", kind)
		}
	}
	for _, head := range []string{"GIF89a", "PK\x03\x04", "<svg", "<html", "MZ", "RIFF....WEBP", "%!PS", "\x1f\x8b", "%PDF-3", ""} {
		if kind, ok := Sniff([]byte(head)); ok {
			t.Errorf("%q is taken as %s", head, kind)
		}
	}
}
