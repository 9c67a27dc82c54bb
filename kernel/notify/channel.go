package notify

import (
	"context"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"
)

// Means is by what a message travels.
type Means string

// The means.
const (
	Text Means = "sms"
	Mail Means = "mail"
)

// Title is the means in words.
func (m Means) Title() string {
	if m == Mail {
		return "邮件"
	}
	return "短信"
}

// Dispatch is one message on its way out of the house.
type Dispatch struct {
	ID    string // the same at every try: a gateway that knows it sends once
	To    string // mobile number or mail address
	Title string
	Text  string // with the channel's signature
}

// Sender carries a dispatch out of the house. It may be asked twice for the same id. What it returns is shown to operators and must
// hold neither number nor secret.
type Sender interface {
	Send(ctx context.Context, d Dispatch) error
	// Reach tells whether the other side can be reached at all, without sending anything.
	Reach(ctx context.Context) error
}

// Unsent wraps an error of a sender that is sure that nothing left: the budget is given back.
type Unsent struct{ Err error }

// Error implements error.
func (u Unsent) Error() string { return u.Err.Error() }

// Unwrap gives the cause.
func (u Unsent) Unwrap() error { return u.Err }

// Channel is one way out of the house, with what it may cost. Channels are tried in their order.
type Channel struct {
	Name      string
	Means     Means
	Sender    Sender
	Signature string        // stands before every text: 【南岭县政务服务】
	Longest   int           // characters of one text with its signature; 0: no limit
	PerNumber int           // messages to one number and day; 0: no limit
	PerDay    int           // pieces in all and day, as the operator bills them; 0: no limit
	Patience  time.Duration // how long one attempt may take
}

// Pieces is how many text messages the operator bills: 70 characters fit into one, a longer text is cut into pieces of 67.
func Pieces(text string) int {
	if n := utf8.RuneCountInString(text); n > 70 {
		return (n + 66) / 67
	}
	return 1
}

// cost is what one message takes from the day's budget.
func (c Channel) cost(text string) int {
	if c.Means == Text {
		return Pieces(text)
	}
	return 1
}

// unfit says why this channel can never carry the text; "" when it can.
func (c Channel) unfit(text string) string {
	if n := utf8.RuneCountInString(text); c.Longest > 0 && n > c.Longest {
		return fmt.Sprintf("内容 %d 字，超过本通道的 %d 字", n, c.Longest)
	}
	return ""
}

// line is a channel and how it has been doing in this process.
type line struct {
	Channel
	mu       sync.Mutex
	failures int
	pause    time.Duration
	until    time.Time
	reason   string
	at       time.Time
}

// A peer that failed so often in a row is left alone for a pause that doubles up to the longest; then one message tries again.
const (
	breakAfter   = 5
	firstPause   = 30 * time.Second
	longestPause = 10 * time.Minute
)

// admit says how long the peer is still left alone; 0: it may be tried now. While it is being tried again after a pause, others are held off.
func (l *line) admit(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failures < breakAfter {
		return 0
	}
	if wait := l.until.Sub(now); wait > 0 {
		return wait
	}
	l.until = now.Add(l.Patience + time.Second)
	return 0
}

// note tells how a try ended.
func (l *line) note(now time.Time, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.failures, l.pause, l.until = 0, 0, time.Time{}
		return
	}
	l.failures++
	l.reason, l.at = err.Error(), now
	if l.failures >= breakAfter {
		l.pause = min(max(2*l.pause, firstPause), longestPause)
		l.until = now.Add(l.pause)
	}
}

// Standing is how a channel does, for those who answer for it.
type Standing struct {
	Channel
	Used     int       // pieces today
	Failures int       // in a row, in this process
	Paused   time.Time // left alone until then; zero: in use
	Reason   string    // of the last failure
	FailedAt time.Time
}

func (l *line) standing(now time.Time) Standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := Standing{Channel: l.Channel, Failures: l.failures, Reason: l.reason, FailedAt: l.at}
	if l.failures >= breakAfter && now.Before(l.until) {
		s.Paused = l.until
	}
	return s
}
