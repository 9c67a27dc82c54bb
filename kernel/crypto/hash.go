package crypto

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/emmansun/gmsm/sm3"
)

// HashSize is the length of an SM3 digest in bytes.
const HashSize = sm3.Size

// Hash returns the SM3 digest of data.
func Hash(data []byte) []byte {
	sum := sm3.Sum(data)
	return sum[:]
}

// HashHex returns the SM3 digest of data in lower-case hexadecimal.
func HashHex(data []byte) string { return hex.EncodeToString(Hash(data)) }

// HashReader reads r to its end and returns the SM3 digest and the number of
// bytes, without keeping them.
func HashReader(r io.Reader) (sum []byte, n int64, err error) {
	h := sm3.New()
	if n, err = io.Copy(h, r); err != nil {
		return nil, n, fmt.Errorf("crypto: hash: %w", err)
	}
	return h.Sum(nil), n, nil
}

// ChainHash returns the link of a hash chain: the SM3 digest over the link
// before (empty for the first) and the canonical form of this entry. The length
// of prev is part of what is hashed, so no other split of the same bytes gives
// the same link.
func ChainHash(prev, canonical []byte) []byte {
	h := sm3.New()
	fmt.Fprintf(h, "tongban/chain/1 %d ", len(prev))
	h.Write(prev)
	h.Write(canonical)
	return h.Sum(nil)
}

// Token returns n random bytes in base64url without padding: 16 are enough for
// anything that must not be guessed.
func Token(n int) string { return base64.RawURLEncoding.EncodeToString(randomBytes(n)) }

// Digits returns n random decimal digits, for codes that people type (查询码,
// 取件码). Ten thousand possibilities are few: whoever checks them limits tries.
func Digits(n int) string {
	out := make([]byte, 0, n)
	for len(out) < n {
		for _, b := range randomBytes(n) {
			// 250 is the largest multiple of ten a byte holds: no digit is favoured.
			if b < 250 && len(out) < n {
				out = append(out, '0'+b%10)
			}
		}
	}
	return string(out)
}

// SameSecret compares two secrets in a time that tells nothing about where they
// differ.
func SameSecret(a, b string) bool {
	return subtle.ConstantTimeCompare(Hash([]byte(a)), Hash([]byte(b))) == 1
}

// randomBytes cannot fail: the runtime stops the program when the system gives
// no random numbers.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}
