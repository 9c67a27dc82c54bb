package file_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
)

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// flood is a PNG of a few bytes that says it is enormous.
func flood() []byte {
	head := make([]byte, 17)
	copy(head, "IHDR")
	binary.BigEndian.PutUint32(head[4:], 100_000)
	binary.BigEndian.PutUint32(head[8:], 100_000)
	head[12] = 8
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}

// kept lists the files of the store.
func kept(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestFileIsWholeOrNotThere(t *testing.T) {
	s, err := file.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	good := picture(t)
	for name, c := range map[string]struct {
		r    io.Reader
		want problem.Kind
		says string
	}{
		"program.png":   {strings.NewReader("MZ this is no picture"), problem.KindInvalid, "不是 JPG、PNG 图片或 PDF"},
		"page.html":     {strings.NewReader("<html><script>alert(1)</script>"), problem.KindInvalid, "不是"},
		"svg.svg":       {strings.NewReader("<svg onload=alert(1)>"), problem.KindInvalid, "不是"},
		"empty.pdf":     {strings.NewReader(""), problem.KindInvalid, "空文件"},
		"broken.png":    {bytes.NewReader(good[:20]), problem.KindInvalid, "打不开"},
		"flood.png":     {bytes.NewReader(flood()), problem.KindInvalid, "尺寸过大"},
		"large.pdf":     {io.MultiReader(strings.NewReader("%PDF-1.7"), io.LimitReader(zeros{}, file.MaxBytes)), problem.KindTooLarge, "10 MB"},
		"cut.png":       {io.MultiReader(bytes.NewReader(good[:30]), iotest.ErrReader(io.ErrUnexpectedEOF)), problem.KindInvalid, "没有传完整"},
		"gone.png":      {io.MultiReader(bytes.NewReader(good[:30]), iotest.ErrReader(errors.New("connection reset by peer"))), problem.KindInvalid, "没有传完整"},
		"unlimited.png": {io.MultiReader(bytes.NewReader(good[:30]), iotest.ErrReader(&http.MaxBytesError{Limit: 20 << 20})), problem.KindTooLarge, "20 MB"},
	} {
		_, err := s.Receive(t.Context(), nil, name, c.r)
		if problem.KindOf(err) != c.want || !strings.Contains(problem.MessageFor(err), c.says) {
			t.Errorf("%s: %v, want kind %v and %q", name, err, c.want, c.says)
		}
		if left := kept(t, s.Dir()); len(left) != 0 {
			t.Errorf("%s: left behind %v", name, left)
		}
	}
	b, err := s.Receive(t.Context(), nil, `C:\Users\陈\..\身份证`+"\x00\n"+`.png`, bytes.NewReader(good))
	if err != nil || b.Kind != file.PNG || b.Size != int64(len(good)) || b.Name != "身份证.png" {
		t.Fatalf("%+v, %v", b, err)
	}
	got, err := s.Read(b.Hash)
	if err != nil || !bytes.Equal(got, good) {
		t.Error("the bytes came back changed", err)
	}
	again, err := s.Receive(t.Context(), nil, "again.png", bytes.NewReader(good))
	if err != nil || again.Hash != b.Hash || len(kept(t, s.Dir())) != 1 {
		t.Error("the same bytes are kept twice", err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestDamagedFileIsNotGivenOutAsWhole(t *testing.T) {
	s, err := file.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Put("licence.pdf", file.PDF, []byte("%PDF-1.7 content"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(kept(t, s.Dir())[0], []byte("%PDF-1.7 CONTENT"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(b.Hash); err == nil {
		t.Error("a changed file was read as the one that was kept")
	}
	for _, hash := range []string{"", "../../etc/passwd", strings.Repeat("0", 64), strings.Repeat("0", 62) + "/x", strings.ToUpper(b.Hash)} {
		if _, err := s.Open(hash); problem.KindOf(err) != problem.KindNotFound {
			t.Errorf("open %q: %v", hash, err)
		}
	}
}

func TestOrphansAreSweptAfterADayAndNothingElse(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		s := kt.Files
		orphan, err := s.Put("orphan.pdf", file.PDF, []byte("%PDF-1.7 orphan"))
		if err != nil {
			t.Fatal(err)
		}
		fresh, err := s.Put("fresh.pdf", file.PDF, []byte("%PDF-1.7 fresh"))
		if err != nil {
			t.Fatal(err)
		}
		owned, err := s.Put("owned.pdf", file.PDF, []byte("%PDF-1.7 owned"))
		if err != nil {
			t.Fatal(err)
		}
		var o file.Object
		kt.As(kerneltest.Clerk("c1")).Must("test.keep", func(tx *db.Tx) (err error) { o, err = file.Keep(kt.Ctx, tx, owned); return err })
		yesterday := time.Now().Add(-25 * time.Hour)
		for _, path := range kept(t, s.Dir()) {
			if !strings.Contains(path, fresh.Hash) {
				if err := os.Chtimes(path, yesterday, yesterday); err != nil {
					t.Fatal(err)
				}
			}
		}
		n, err := s.Sweep(kt.Ctx, kt.Look())
		if n != 1 || err != nil {
			t.Errorf("%d swept, %v", n, err)
		}
		if _, err := s.Read(orphan.Hash); problem.KindOf(err) != problem.KindNotFound {
			t.Errorf("the orphan: %v", err)
		}
		for _, b := range []file.Blob{fresh, owned} {
			if _, err := s.Read(b.Hash); err != nil {
				t.Errorf("%s: %v", b.Name, err)
			}
		}
		found, err := file.Find(kt.Ctx, kt.Look(), o.ID)
		if err != nil || found.Blob != owned || found.By != "c1" || !found.At.Equal(o.At) {
			t.Errorf("%+v, %v", found, err)
		}
		if _, err := file.Find(kt.Ctx, kt.Look(), "nothing"); problem.KindOf(err) != problem.KindNotFound {
			t.Error(err)
		}
	})
}

func TestMissingFileIsFoundByFsck(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	kt.Broken()
	b, err := kt.Files.Put("owned.pdf", file.PDF, []byte("%PDF-1.7 owned"))
	if err != nil {
		t.Fatal(err)
	}
	kt.As(kerneltest.Clerk("c1")).Must("test.keep", func(tx *db.Tx) error { _, err := file.Keep(kt.Ctx, tx, b); return err })
	if bad := kt.Unsound(); len(bad) != 0 {
		t.Fatal(bad)
	}
	if err := os.Truncate(kept(t, kt.Files.Dir())[0], 3); err != nil {
		t.Fatal(err)
	}
	if bad := kt.Unsound(); len(bad) != 1 || bad[0].ID != "I1-file" || !strings.Contains(bad[0].Bad, "owned.pdf") {
		t.Errorf("fsck: %+v", bad)
	}
}
