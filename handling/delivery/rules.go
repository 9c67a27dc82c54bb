package delivery

import (
	"slices"
	"strings"
	"time"

	"tongban/base/party"
	"tongban/kernel/problem"
)

const (
	maxTries   = 5                // wrong last four in a row, then the parcel rests
	restFor    = 15 * time.Minute // so that nobody guesses at a counter
	checkHolds = 30 * time.Minute // how long a person found to be the right one may take to sign
	// unclaimedAfter is when a parcel counts as unclaimed and its owner is reminded (local practice).
	unclaimedAfter = 7 * 24 * time.Hour
)

// wayOf picks the way of a parcel: the applicant's first choice that there is.
func wayOf(ways []string) string {
	for _, w := range ways {
		if slices.Contains([]string{Window, Post, Download}, w) {
			return w
		}
	}
	return Window
}

// resting is how long nobody may try after too many wrong answers.
func (p Parcel) resting(now time.Time) time.Duration {
	if p.tries < maxTries {
		return 0
	}
	return max(0, restFor-now.Sub(p.triedAt))
}

// checked reports whether the clerk has just found the person to be the right one.
func (p Parcel) checked(clerk string, now time.Time) bool {
	return p.CheckedBy == clerk && clerk != "" && !p.CheckedAt.IsZero() && now.Sub(p.CheckedAt) < checkHolds
}

// Check brings a receiver into the form of the receipt. An agent leaves the number of his own document and what empowers him.
func (r Receiver) Check(applicant string) (Receiver, error) {
	bad := problem.Invalid("领取人信息不完整，请按提示补齐")
	r.Authority = strings.TrimSpace(r.Authority)
	if !r.Agent {
		if r.Name = strings.TrimSpace(r.Name); r.Name == "" {
			r.Name = applicant
		}
		r.Number, r.NumberKind, r.Authority = "", "", ""
		return r, nil
	}
	var err error
	if r.Name, err = party.ParsePersonName(r.Name); err != nil {
		bad = bad.On("receiver", problem.MessageFor(err))
	}
	if r.NumberKind == "" {
		r.NumberKind = "111"
	}
	number, err := party.ParseCredential(party.CredentialKind(r.NumberKind), r.Number)
	if err != nil {
		bad = bad.On("number", problem.MessageFor(err))
	}
	r.Number = number.Full()
	if r.Authority == "" {
		bad = bad.On("authority", "请写明凭什么代领，例如：授权委托书、法定代表人证明书")
	}
	if len(bad.Fields) > 0 {
		return r, bad
	}
	return r, nil
}

// isPickupCode reports whether the words are six digits.
func isPickupCode(s string) bool {
	return len(s) == 6 && strings.Trim(s, "0123456789") == ""
}
