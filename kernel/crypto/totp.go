package crypto

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// totpPeriod is the life of a one-time code in seconds (RFC 6238), as every
// authenticator app assumes, with six digits and HMAC-SHA-1.
const totpPeriod = 30

// NewTOTP makes a secret for one-time codes (动态口令) and the otpauth:// address
// that an authenticator app reads from a QR code. Keep the secret sealed.
func NewTOTP(issuer, account string) (secret, address string, err error) {
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: account, Period: totpPeriod, Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		return "", "", fmt.Errorf("crypto: totp: %w", err)
	}
	return key.Secret(), key.URL(), nil
}

// VerifyTOTP reports whether the code is right now, or was within the last or
// next 30 seconds, and has not been used: lastStep is what was returned for the
// account before (0 at first), and only a later step counts. On success the
// caller stores step, in the same transaction as the login, so that a code seen
// over the shoulder is worth nothing.
func VerifyTOTP(secret, code string, now time.Time, lastStep int64) (step int64, ok bool) {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code)
	current := now.Unix() / totpPeriod
	for s := current - 1; s <= current+1; s++ {
		if s <= lastStep || s < 0 {
			continue
		}
		want, err := hotp.GenerateCodeCustom(secret, uint64(s), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return s, true
		}
	}
	return lastStep, false
}
