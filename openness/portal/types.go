package portal

import (
	"strings"
	"time"
	"unicode"
)

// Kinds of faults that readers report.
var faultKinds = [...]struct{ code, title string }{
	{"wrong", "内容写错了"},
	{"old", "内容过时了"},
	{"dead", "链接打不开"},
	{"law", "依据或材料要求不对"},
	{"hard", "看不懂、不好用"},
	{"other", "其他"},
}

func faultTitle(code string) string {
	for _, k := range faultKinds {
		if k.code == code {
			return k.title
		}
	}
	return "其他"
}

// Fault is what a reader says is wrong with a page (找错).
type Fault struct {
	Page  string
	Kind  string
	Words string
	Phone string // may be empty; then nobody can be told
}

// State is where a reported fault stands.
type State string

// The states of a reported fault.
const (
	Open     State = "open"     // 待处理
	Mended   State = "mended"   // 已改正
	Declined State = "declined" // 经核实不改
)

// String is the state in Chinese.
func (s State) String() string {
	switch s {
	case Mended:
		return "已改正"
	case Declined:
		return "经核实无误"
	}
	return "待处理"
}

// Report is a reported fault with its answer.
type Report struct {
	ID         string
	Number     string
	Fault      Fault // Phone is masked
	Unit       string
	State      State
	Answer     string
	AnsweredBy string
	MadeAt     time.Time
	AnsweredAt time.Time
	Version    int64
}

// Miss is what people searched for without finding anything that fits.
type Miss struct {
	Words   string
	Times   int64
	FirstAt time.Time
	LastAt  time.Time
}

// longestMiss is how many characters of a search are kept: a word, not a story.
const longestMiss = 40

// missWords brings a search into the form in which misses are counted; empty when it must not be kept. Numbers are left out as a whole: who types an ID or
// a phone number into the search box does not want it on a list.
func missWords(query string) string {
	var b strings.Builder
	digits := 0
	for _, r := range strings.ToLower(query) {
		switch {
		case unicode.IsDigit(r):
			digits++
			b.WriteRune(r)
		case unicode.IsLetter(r), r == '·':
			b.WriteRune(r)
		}
	}
	words := []rune(b.String())
	if len(words) == 0 || len(words) > longestMiss || digits >= 5 {
		return ""
	}
	return string(words)
}

// workdaysToAnswer is how many working days a reported fault may wait. It is the county's own promise, printed on the form.
const workdaysToAnswer = 3
