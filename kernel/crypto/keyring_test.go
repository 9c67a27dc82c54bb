package crypto

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func keyring(t testing.TB) *Keyring {
	t.Helper()
	k, err := Create(filepath.Join(t.TempDir(), "keys.json"), "")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSealedFieldOpensForItsPurposeOnly(t *testing.T) {
	k, other := keyring(t), keyring(t)
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := k.Seal("party.citizen_number", plain)
		if err != nil || !strings.HasPrefix(sealed, "k1:") {
			t.Fatal(sealed, err)
		}
		if back, err := k.Open("party.citizen_number", sealed); err != nil || !bytes.Equal(back, plain) {
			t.Fatalf("%x %v", back, err)
		}
		if again, _ := k.Seal("party.citizen_number", plain); again == sealed {
			t.Fatal("sealing twice gives the same text")
		}
		if _, err := k.Open("party.phone", sealed); !errors.Is(err, ErrSealed) {
			t.Fatal("opens for another purpose", err)
		}
		if _, err := other.Open("party.citizen_number", sealed); !errors.Is(err, ErrSealed) {
			t.Fatal("opens with another keyring", err)
		}
	})
}

func TestNotOneCharacterOfASealedFieldMayChange(t *testing.T) {
	k := keyring(t)
	if err := k.Rotate("other"); err != nil { // so that k2 is a real key
		t.Fatal(err)
	}
	for _, plain := range []string{"", "4", "43", "431127199003070010"} {
		sealed, err := k.Seal("p", []byte(plain))
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(sealed) {
			for _, c := range []byte("A0_-kz2:=\n \x00\xff") {
				b := []byte(sealed)
				if b[i] == c {
					continue
				}
				b[i] = c
				if _, err := k.Open("p", string(b)); !errors.Is(err, ErrSealed) {
					t.Fatalf("%q at %d: %v", c, i, err)
				}
			}
			for _, cut := range []string{sealed[:i], sealed[:i] + sealed[i+1:], sealed[:i] + "\n" + sealed[i:], sealed[:i] + "A" + sealed[i:]} {
				if cut == sealed {
					continue
				}
				if _, err := k.Open("p", cut); !errors.Is(err, ErrSealed) {
					t.Fatalf("%q: %v", cut, err)
				}
			}
		}
	}
}

func TestRotationKeepsOldFieldsReadable(t *testing.T) {
	k := keyring(t)
	old, _ := k.SealText("p", "431127199003070010")
	index := k.Index("p", "431127199003070010")
	// A second process on the same key file.
	second, err := Load(k.path, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Rotate("p"); err != nil {
		t.Fatal(err)
	}
	fresh, err := k.SealText("p", "x")
	if err != nil || !strings.HasPrefix(fresh, "k2:") {
		t.Fatal(fresh, err)
	}
	if !k.NeedsReseal("p", old) || k.NeedsReseal("p", fresh) || k.NeedsReseal("p", "") {
		t.Error("the reseal job would do the wrong work")
	}
	if other, _ := k.SealText("q", "x"); k.NeedsReseal("q", other) {
		t.Error("another purpose was rotated along")
	}
	if back, err := k.OpenText("p", old); err != nil || back != "431127199003070010" {
		t.Error(back, err)
	}
	if back, err := second.OpenText("p", fresh); err != nil || back != "x" {
		t.Error("the other process cannot read what we seal now", err)
	}
	// It adds to what we added instead of overwriting it.
	if err := second.RotateAll(); err != nil {
		t.Fatal(err)
	}
	if err := k.Reload(); err != nil {
		t.Fatal(err)
	}
	last, _ := k.SealText("new purpose", "x")
	if !strings.HasPrefix(last, "k3:") || !k.NeedsReseal("p", fresh) {
		t.Error(last)
	}
	reopened, err := Load(k.path, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{old, fresh} {
		if _, err := reopened.OpenText("p", s); err != nil {
			t.Error(err)
		}
	}
	if reopened.Index("p", "431127199003070010") != index || reopened.Fingerprint() != k.Fingerprint() {
		t.Error("the index or the fingerprint changed")
	}
}

func TestBlindIndexFindsEqualsAndTellsNoMore(t *testing.T) {
	k, other := keyring(t), keyring(t)
	n := "431127199003070010"
	if first, again := k.Index("p", n), k.Index("p", n); first != again || len(first) != 22 {
		t.Error("equals differ")
	}
	for _, same := range []string{k.Index("q", n), k.Index("p", n+"0"), other.Index("p", n), k.Index("p1", n[1:])} {
		if same == k.Index("p", n) {
			t.Error("different things have one index")
		}
	}
	if k.Fingerprint() == other.Fingerprint() || len(k.Fingerprint()) != 16 {
		t.Error("fingerprints")
	}
}

func TestKeyFileIsPrivateAndNeverReplacedByAccident(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if _, err := Load(path, ""); !errors.Is(err, ErrKeyFile) || !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "备份") {
		t.Error(err)
	}
	k, err := LoadOrCreate(path, "")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if _, err := Create(path, ""); err == nil {
		t.Error("the keys were replaced")
	}
	again, err := LoadOrCreate(path, "")
	if err != nil || again.Fingerprint() != k.Fingerprint() {
		t.Error("another keyring", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".keys-*")); len(left) > 0 {
		t.Error("keys lie about in", left)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, ""); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Error(err)
	}
}

func TestTwoProcessesStartingAtOnceAgreeOnTheKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	prints := make([]string, 8)
	var all sync.WaitGroup
	for i := range prints {
		all.Go(func() {
			k, err := LoadOrCreate(path, "")
			if err == nil {
				prints[i] = k.Fingerprint()
				err = k.Rotate(fmt.Sprint("purpose ", i))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	k, err := Load(path, "")
	if err != nil || len(k.material.Roots) != 9 || len(k.material.Current) != 8 {
		t.Fatal("a rotation was lost", err)
	}
	for _, p := range prints {
		if p != k.Fingerprint() {
			t.Error("two keyrings for one path")
		}
	}
}

func TestPassphraseClosesTheKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	k, err := Create(path, "南岭·口令")
	if err != nil {
		t.Fatal(err)
	}
	sealed, _ := k.SealText("p", "x")
	data, _ := os.ReadFile(path)
	if bytes.Contains(data, []byte("roots")) || bytes.Contains(data, []byte("secret")) {
		t.Error("the keys lie open")
	}
	for _, wrong := range []string{"", "南岭·口今"} {
		if _, err := Load(path, wrong); !errors.Is(err, ErrKeyFile) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if err := k.Rewrap(""); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path, "南岭·口令"); err == nil {
		t.Error("a file without passphrase passes for one with")
	}
	open, err := Load(path, "")
	if err != nil {
		t.Fatal(err)
	}
	if back, err := open.OpenText("p", sealed); err != nil || back != "x" {
		t.Error(err)
	}
	if err := k.Rotate("p"); err != nil { // the keyring knows the file is open now
		t.Error(err)
	}
}

func TestDamagedKeyFileIsRefusedWithoutQuotingIt(t *testing.T) {
	for _, data := range []string{"", "{", `{"version":2}`, `{"version":1}`, `{"version":1,"keys":{}}`, `{"version":1,"keys":"s3cret"}`,
		`{"version":1,"keys":{"roots":[{"id":"k1","secret":"czNjcmV0"}],"default":"k1"}}`} {
		m, err := decodeKeyFile([]byte(data), "")
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v %v", data, m, err)
		}
	}
}

func TestKeysNeverPrint(t *testing.T) {
	k := keyring(t)
	type holder struct{ k *Keyring }
	for _, out := range []string{fmt.Sprintf("%v %+v %#v %s %x %d", k, k, k, k, k, k), fmt.Sprintf("%+v %#v", holder{k}, holder{k})} {
		if strings.Contains(out, fmt.Sprint(k.material.Index[0], " ", k.material.Index[1])) || strings.Contains(out, "Roots") {
			t.Error(out)
		}
	}
}

func FuzzOpen(f *testing.F) {
	k := keyring(f)
	good, err := k.Seal("p", []byte("431127199003070010"))
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{good, "", ":", "k1:", "k1:AAAA", "k2:" + good[3:], "k1:" + strings.Repeat("A", 38), "k999999:AA", "k1:\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if plain, err := k.Open("p", s); err == nil && s != good {
			t.Fatalf("%q opens to %q", s, plain)
		}
		k.NeedsReseal("p", s)
	})
}

func FuzzDecodeKeyFile(f *testing.F) {
	data, err := encodeKeyFile(newMaterial(), "")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"version":1,"keys":{"roots":[null]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := decodeKeyFile(data, ""); err == nil && m.secret(m.Default) == nil {
			t.Fatal("a file without its default key was taken")
		}
	})
}

func BenchmarkSealAndOpen(b *testing.B) {
	k := keyring(b)
	for b.Loop() {
		s, _ := k.SealText("p", "431127199003070010")
		if _, err := k.OpenText("p", s); err != nil {
			b.Fatal(err)
		}
	}
}
