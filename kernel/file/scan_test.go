package file_test

import (
	"bytes"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
)

// sick is a PDF that carries what every scanner calls a virus.
var sick = []byte("%PDF-1.7\n" + strings.Repeat("x", 100_000) + kerneltest.EICAR + "\n%%EOF")

func TestMalwareIsPutAsideOnRecordAndNeverGivenOut(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		earlier, err := kt.Files.Receive(kt.Ctx, kt.Look(), "earlier.pdf", bytes.NewReader(sick)) // before there was a scanner
		if err != nil {
			t.Fatal(err)
		}
		kt.As(kerneltest.Clerk("c1")).Must("test.keep", func(tx *db.Tx) error { _, err := file.Keep(kt.Ctx, tx, earlier); return err })
		kt.Files.Guard(kerneltest.Clamd(t), kt.DB)
		if _, err := kt.Files.Receive(kt.Ctx, kt.View(kerneltest.Person("p1")), "合同.pdf", bytes.NewReader(sick)); problem.KindOf(err) != problem.KindInvalid || !strings.Contains(problem.MessageFor(err), "带有病毒（Eicar-Test-Signature）") {
			t.Fatalf("malware: %v", err)
		}
		if _, err := kt.Files.Receive(kt.Ctx, kt.View(kerneltest.Person("p1")), "健康.png", bytes.NewReader(picture(t))); err != nil {
			t.Errorf("a clean picture: %v", err)
		}
		if _, err := kt.Files.Read(earlier.Hash); problem.KindOf(err) != problem.KindGone {
			t.Errorf("the same bytes kept earlier are given out: %v", err)
		}
		if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE action = 'file.quarantine' AND actor_id = 'p1' AND to_state = 'quarantined' AND object_kind = 'file'`); n != 1 {
			t.Errorf("%d audit rows", n)
		}
		list, err := file.Quarantined(kt.Ctx, kt.Look(), "", 10)
		if err != nil || len(list) != 1 || list[0].Virus != "Eicar-Test-Signature" || list[0].By != "p1" || list[0].Hash != earlier.Hash || !list[0].Held {
			t.Fatalf("%+v, %v", list, err)
		}
		if next, err := file.Quarantined(kt.Ctx, kt.Look(), list[0].ID, 10); len(next) != 0 || err != nil {
			t.Errorf("the page after the last: %+v, %v", next, err)
		}
		admin := kt.As(kerneltest.Clerk("a1"))
		admin.Must("test.destroy", func(tx *db.Tx) error { return kt.Files.Destroy(kt.Ctx, tx, list[0].ID) })
		if err := admin.Run("test.destroy", func(tx *db.Tx) error { return kt.Files.Destroy(kt.Ctx, tx, list[0].ID) }); problem.KindOf(err) != problem.KindNotFound {
			t.Errorf("destroyed twice: %v", err)
		}
		if _, err := kt.Files.Read(earlier.Hash); problem.KindOf(err) != problem.KindGone {
			t.Errorf("given out once the quarantined copy is destroyed: %v", err)
		}
		for _, path := range kept(t, kt.Files.Dir()) {
			if strings.Contains(path, "quarantine") {
				if content, err := os.ReadFile(path); err != nil || len(content) != 0 {
					t.Errorf("destroyed bytes are still in %s", path)
				}
			}
		}
		if _, err := kt.Files.Sweep(kt.Ctx, kt.Look()); err != nil {
			t.Error(err)
		}
	})
}

func TestNothingIsTakenThatTheScannerDidNotLookAt(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	for name, says := range map[string]string{
		"hangs up":            "",
		"cannot take so much": "INSTREAM size limit exceeded. ERROR\x00",
		"speaks nonsense":     "HTTP/1.1 400 Bad Request\r\n\r\n",
		"never answers":       "wait",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					if says == "wait" {
						_, _ = io.Copy(io.Discard, c)
						return
					}
					_, _ = io.WriteString(c, says)
					_ = c.Close()
				}()
			}
		}()
		scanner, err := file.NewScanner("tcp://" + l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		kt.Files.Guard(scanner.Hurry(200*time.Millisecond), kt.DB)
		if _, err := kt.Files.Receive(kt.Ctx, kt.Look(), "a.png", bytes.NewReader(picture(t))); problem.KindOf(err) != problem.KindBusy || !strings.Contains(problem.MessageFor(err), "病毒检查暂时不可用") {
			t.Errorf("a scanner that %s: %v", name, err)
		}
		_ = l.Close()
		if _, err := kt.Files.Receive(kt.Ctx, kt.Look(), "a.png", bytes.NewReader(picture(t))); problem.KindOf(err) != problem.KindBusy {
			t.Errorf("a scanner that is gone: %v", err)
		}
	}
	if left := kept(t, kt.Files.Dir()); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAddressOfTheScannerIsCheckedAtTheStart(t *testing.T) {
	for at, good := range map[string]bool{"tcp://127.0.0.1:3310": true, "unix:///run/clamav/clamd.ctl": true, "127.0.0.1:3310": false, "tcp://127.0.0.1": false, "http://a:1": false, "unix://relative": false, "": false} {
		if _, err := file.NewScanner(at); (err == nil) != good {
			t.Errorf("%q: %v", at, err)
		}
	}
	if v, err := kerneltest.Clamd(t).Version(t.Context()); err != nil || !strings.HasPrefix(v, "ClamAV 1.4") {
		t.Error(v, err)
	}
}

// Files that are two things at once. What they are kept as is what they are sent as, and a browser is told not to guess.
func TestPolyglotIsNeverSentAsWhatItHides(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	good := picture(t)
	zip := "PK\x03\x04" + strings.Repeat("\x00", 26) + "PK\x05\x06" + strings.Repeat("\x00", 18)
	for name, content := range map[string][]byte{
		"picture and page":    append(bytes.Clone(good), "<script>alert(1)</script>"...),
		"picture and archive": append(bytes.Clone(good), zip...),
		"PDF and page":        []byte("%PDF-1.7\n<html><script>alert(1)</script></html>"),
		"PDF and archive":     []byte("%PDF-1.7\n" + zip),
	} {
		b, err := kt.Files.Receive(kt.Ctx, kt.View(authz.Actor{Kind: authz.Guest}), name+".html", bytes.NewReader(content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if m := b.Kind.MIME(); m != "image/png" && m != "application/pdf" {
			t.Errorf("%s is sent as %s", name, m)
		}
	}
	for name, content := range map[string][]byte{
		"archive": []byte(zip), "nested archive": []byte("PK\x03\x04\x14\x00\x00\x00\x08\x00" + zip + zip), "tar": append(bytes.Repeat([]byte{'a'}, 257), "ustar"...), "gzip": []byte("\x1f\x8b\x08\x00" + strings.Repeat("\x00", 64)),
		"page before PDF": []byte("<html>%PDF-1.7"), "svg": []byte(`<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), "svg in PDF's name": []byte("<svg/>%PDF-1.7"),
		"archive named picture": []byte(zip + string(good)), "program": []byte("\x7fELF\x02\x01\x01"), "office macro": []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "gif": []byte("GIF89a\x01\x00\x01\x00"), "bmp": []byte("BM\x00\x00\x00\x00"),
		"PDF without a version": []byte("%PDF-<script>"),
	} {
		if _, err := kt.Files.Receive(kt.Ctx, kt.Look(), name+".png", bytes.NewReader(content)); problem.KindOf(err) != problem.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
