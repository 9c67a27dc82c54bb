package crypto

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/emmansun/gmsm/sm4"
	"pgregory.net/rapid"

	"tongban/kernel/problem"
)

func TestSM3OfTheStandard(t *testing.T) {
	for in, want := range map[string]string{
		"abc":                      "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		strings.Repeat("abcd", 16): "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
	} {
		if got := HashHex([]byte(in)); got != want {
			t.Errorf("SM3(%s) = %s", in, got)
		}
		sum, n, err := HashReader(iotest.OneByteReader(strings.NewReader(in)))
		if err != nil || n != int64(len(in)) || hex.EncodeToString(sum) != want {
			t.Errorf("streaming: %x %d %v", sum, n, err)
		}
	}
	if _, _, err := HashReader(iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
}

func TestSM4OfTheStandard(t *testing.T) {
	key, _ := hex.DecodeString("0123456789abcdeffedcba9876543210")
	block, err := sm4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 16)
	block.Encrypt(out, key)
	if got := hex.EncodeToString(out); got != "681edf34d206965e86b3e94f536e4246" {
		t.Error(got)
	}
}

func TestAChainBreaksWhereAnyEntryIsChanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 1, 6).Draw(t, "entries")
		link := func() (head []byte) {
			for _, e := range entries {
				head = ChainHash(head, e)
			}
			return head
		}
		head := link()
		if !bytes.Equal(head, link()) || len(head) != HashSize {
			t.Fatal("a chain has one head")
		}
		i := rapid.IntRange(0, len(entries)-1).Draw(t, "entry")
		entries[i] = append(bytes.Clone(entries[i]), rapid.Byte().Draw(t, "more"))
		if bytes.Equal(head, link()) {
			t.Fatal("the change is not seen")
		}
	})
	if bytes.Equal(ChainHash([]byte("ab"), []byte("c")), ChainHash([]byte("a"), []byte("bc"))) {
		t.Error("where one part ends makes no difference")
	}
}

func TestTokensAndDigits(t *testing.T) {
	seen := map[string]bool{}
	counts := map[rune]int{}
	for range 2000 {
		token := Token(16)
		if len(token) != 22 || seen[token] || strings.ContainsAny(token, "+/=") {
			t.Fatal(token)
		}
		seen[token] = true
		code := Digits(6)
		if len(code) != 6 {
			t.Fatal(code)
		}
		for _, r := range code {
			counts[r]++
		}
	}
	for d := '0'; d <= '9'; d++ {
		if counts[d] < 1000 || counts[d] > 1400 { // 1200 expected, over 5 sigma either side
			t.Errorf("digit %c came %d times", d, counts[d])
		}
	}
	if len(counts) != 10 || !SameSecret("a", "a") || SameSecret("a", "b") || SameSecret("", "a") {
		t.Error("digits or comparison")
	}
}

func cheap(t *testing.T, atOnce int) *Passwords {
	t.Helper()
	p, err := NewPasswords(PasswordCost{Memory: 64, Time: 1, Threads: 1}, atOnce)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPasswordsAreKeptAsArgon2id(t *testing.T) {
	ctx, p := t.Context(), cheap(t, 2)
	hash, err := p.Hash(ctx, "南岭县-办事-2026")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Fatal(hash, err)
	}
	if other, _ := p.Hash(ctx, "南岭县-办事-2026"); other == hash {
		t.Error("two hashes share a salt")
	}
	for _, c := range []struct {
		password, hash string
		ok             bool
	}{{"南岭县-办事-2026", hash, true}, {"南岭县-办事-2027", hash, false}, {"", hash, false}, {"x", "", false}, {"", "", false}, {strings.Repeat("x", 2000), hash, false}} {
		if ok, rehash, err := p.Verify(ctx, c.password, c.hash); ok != c.ok || rehash || err != nil {
			t.Errorf("%.20q: %v %v %v", c.password, ok, rehash, err)
		}
	}
	dearer, err := NewPasswords(PasswordCost{Memory: 128, Time: 1, Threads: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if ok, rehash, err := dearer.Verify(ctx, "南岭县-办事-2026", hash); !ok || !rehash || err != nil {
		t.Error("an old cost is not noticed", ok, rehash, err)
	}
	if _, err := p.Hash(ctx, strings.Repeat("x", 2000)); problem.KindOf(err) != problem.KindInvalid {
		t.Error(err)
	}
	for _, bad := range []string{"garbage", "$argon2id$v=19$m=4294967295,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=0,p=0$AAAA$AAAA"} {
		if ok, _, err := p.Verify(ctx, "x", bad); ok || err == nil {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestPasswordHashesWaitForRoomAndGiveUpWithTheCaller(t *testing.T) {
	p := cheap(t, 1)
	if err := p.enter(t.Context()); err != nil { // the one place is taken
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := p.Hash(ctx, "x")
		done <- err
	}()
	cancel()
	if err := <-done; problem.KindOf(err) != problem.KindBusy || problem.RetryAfter(err) == 0 || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	p.leave()
	if _, _, err := p.Verify(ctx, "x", ""); problem.KindOf(err) != problem.KindBusy {
		t.Error("served after leaving", err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := p.Hash(t.Context(), "x"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestOneTimeCodeCountsOnce(t *testing.T) {
	secret, address, err := NewTOTP("南岭县政务服务", "clerk01")
	if err != nil || !strings.HasPrefix(address, "otpauth://totp/") {
		t.Fatal(address, err)
	}
	// RFC 6238 appendix B, SHA-1, last six of eight digits.
	const rfc = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"} {
		now := time.Unix(at, 0)
		step, ok := VerifyTOTP(rfc, code[:3]+" "+code[3:], now, 0)
		if !ok || step != at/30 {
			t.Errorf("%s at %d refused", code, at)
		}
		if again, ok := VerifyTOTP(rfc, code, now, step); ok || again != step {
			t.Errorf("%s counted twice", code)
		}
		for _, c := range []struct {
			after int64
			want  bool
		}{{-30, true}, {30, true}, {-90, false}, {90, false}} {
			if _, ok := VerifyTOTP(rfc, code, now.Add(time.Duration(c.after)*time.Second), 0); ok != c.want {
				t.Errorf("%s %d seconds off: %v", code, c.after, ok)
			}
		}
	}
	for _, bad := range []string{"", "12345", "1234567", "abcdef"} {
		if _, ok := VerifyTOTP(secret, bad, time.Unix(2000000000, 0), 0); ok {
			t.Errorf("%q accepted", bad)
		}
	}
	if _, ok := VerifyTOTP("not base32!", "000000", time.Unix(2000000000, 0), 0); ok {
		t.Error("a broken secret accepts")
	}
}
