package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"tongban/kernel/crypto"
	"tongban/kernel/problem"
)

const (
	typePrefix    = "tongban."
	testName      = "webhook.test" // of the message that only shows whether the way is open
	secretPrefix  = "whsec_"
	bothFor       = 24 * time.Hour // so long the former secret signs beside the new one
	usualPatience = 10 * time.Second
	breakAfter    = 3 // failures in a row, then the receiver is left alone for a while
	longestRest   = time.Hour
	mostAnswer    = 200
)

// waits are the pauses between the tries of a message: two days in all.
var waits = [...]time.Duration{5 * time.Second, time.Minute, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// mostTries is how often a message is tried before it is given to a person.
const mostTries = len(waits) + 1

// NewSecret makes a secret in the form of Standard Webhooks: 32 random bytes.
func NewSecret() string {
	raw, _ := base64.RawURLEncoding.DecodeString(crypto.Token(32)) // just encoded
	return secretPrefix + base64.StdEncoding.EncodeToString(raw)
}

// Sign is the signature of a message: a keyed hash over its id, the time of the try and its body.
func Sign(a Algorithm, secret, id string, at time.Time, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || !strings.HasPrefix(secret, secretPrefix) {
		return "", fmt.Errorf("webhook: not a secret of ours")
	}
	version, of := "v1", func() hash.Hash { return sha256.New() }
	if a == SM3 {
		version, of = "v1sm3", func() hash.Hash { return sm3.New() }
	}
	h := hmac.New(of, key)
	fmt.Fprintf(h, "%s.%d.", id, at.Unix())
	h.Write(body)
	return version + "," + base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

// Check says what is wrong with a wish. reachable judges the address; known are the kinds of events there are.
func (w Wish) Check(reachable func(string) error, known []string, clientKnown bool) error {
	bad := problem.Invalid("有几处需要修改")
	if !clientKnown {
		bad = bad.On("client", "请选择接入应用")
	}
	if err := reachable(w.URL); err != nil {
		bad = bad.On("url", err.Error())
	}
	if len(w.Events) == 0 || slices.ContainsFunc(w.Events, func(e string) bool { return !slices.Contains(known, e) }) {
		bad = bad.On("events", "请至少选一种事件，只选用得着的")
	}
	if w.Algorithm != SHA256 && w.Algorithm != SM3 {
		bad = bad.On("algorithm", "请选择签名算法")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// verdict is what an answer means for the message.
type verdict struct {
	arrived bool
	gone    bool          // the receiver wants nothing any more: 410
	rest    time.Duration // it asks to be left alone so long
	reason  string
}

// judge reads an answer. Only 2xx counts: a redirect may lead anybody anywhere, so it is a mistake in the address.
func judge(status int, retry string, now time.Time) verdict {
	switch {
	case status >= 200 && status < 300:
		return verdict{arrived: true}
	case status >= 300 && status < 400:
		return verdict{reason: fmt.Sprintf("对方答复 %d，要求转到别处；平台不跟随跳转，请把网址改成最终的地址", status)}
	case status == 410:
		return verdict{gone: true, reason: "对方答复 410：不再接收推送"}
	}
	v := verdict{reason: fmt.Sprintf("对方答复 %d", status)}
	if status == 429 || status == 503 {
		v.rest = retryAfter(retry, now)
	}
	return v
}

// retryAfter reads the header of that name (RFC 9110 §10.2.3), a day at most.
func retryAfter(text string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if n, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(max(n, 0), 86400)) * time.Second
	} else if at, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), 24*time.Hour)
}

// next is the pause before the following try of a message that failed so often; no more tries: false. scatter, of 0 to 1, keeps messages
// that failed together from coming back together.
func next(tries int, scatter float64) (time.Duration, bool) {
	if tries >= mostTries {
		return 0, false
	}
	w := waits[tries-1]
	return w + time.Duration(float64(w)*0.2*scatter), true
}

// rest is how long a receiver is left alone after so many failures in a row.
func rest(failures int) time.Duration {
	if failures < breakAfter {
		return 0
	}
	return min(30*time.Second<<min(failures-breakAfter, 10), longestRest)
}
