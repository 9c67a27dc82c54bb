package file_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"tongban/kernel/file"
	"tongban/kernel/problem"
)

// Whatever is uploaded under whatever name: it is refused in words and leaves nothing, or it is kept as it is under a name that leads
// nowhere.
func FuzzReceive(f *testing.F) {
	f.Add("证件.png", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"))
	f.Add("../../etc/passwd", []byte("%PDF-1.7\n%%EOF"))
	f.Add("a\x00b\r\n.jpg", []byte("\xff\xd8\xff\xe0\x00\x10JFIF"))
	f.Add("\xff.pdf", []byte("GIF89a<script>"))
	f.Add("x.svg", append([]byte("\x89PNG\r\n\x1a\n"), flood()...))
	dir := f.TempDir()
	store, err := file.Open(dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		b, err := store.Receive(t.Context(), nil, name, bytes.NewReader(content))
		if left, _ := filepath.Glob(filepath.Join(dir, "incoming", "*")); len(left) > 0 {
			t.Fatalf("left behind: %v", left)
		}
		if err != nil {
			if k := problem.KindOf(err); k != problem.KindInvalid && k != problem.KindTooLarge {
				t.Fatalf("refused as %v: %v", k, err)
			}
			return
		}
		kind, ok := file.Sniff(content[:min(16, len(content))])
		if kept, err := store.Read(b.Hash); err != nil || !bytes.Equal(kept, content) || !ok || kind != b.Kind || b.Size != int64(len(content)) {
			t.Fatalf("kept %+v, %v", b, err)
		}
		if !utf8.ValidString(b.Name) || strings.ContainsAny(b.Name, `/\`) || strings.ContainsFunc(b.Name, unicode.IsControl) {
			t.Fatalf("the name %q may lead somewhere", b.Name)
		}
		_ = os.RemoveAll(filepath.Join(dir, b.Hash[:2]))
	})
}
