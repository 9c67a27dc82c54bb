package efficiency

import (
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/slot"
)

// Permissions of the module, asked over the unit of the card or case.
const (
	PermRead     authz.Permission = "efficiency.read"
	PermRemind   authz.Permission = "efficiency.remind"   // 催办
	PermInstruct authz.Permission = "efficiency.instruct" // 督办, 核实申辩, 销号
)

// SlotCockpit is the place on the cockpit where other modules show their numbers. The subject is a unit's code, or empty for all.
const SlotCockpit slot.Point = "efficiency.cockpit"

// Severity of a card.
type Severity string

// The severities, from a reminder to a breach of a statutory term.
const (
	Blue   Severity = "blue"   // 提醒: asks for no answer
	Yellow Severity = "yellow" // 黄牌
	Red    Severity = "red"    // 红牌: over the promised term
	Grave  Severity = "grave"  // 严重: over the statutory term, red with a county-wide notice
)

// Rank orders severities; a card outranks the reminders.
func (s Severity) Rank() int {
	switch s {
	case Grave:
		return 4
	case Red:
		return 3
	case Yellow:
		return 2
	case Blue:
		return 1
	}
	return 0
}

// String is the severity in Chinese.
func (s Severity) String() string {
	switch s {
	case Grave:
		return "严重（红牌并通报）"
	case Red:
		return "红牌"
	case Yellow:
		return "黄牌"
	}
	return "蓝色提醒"
}

// State of a card.
type State string

// The states.
const (
	Issued    State = "issued"
	Served    State = "served"
	Defended  State = "defended"
	Upheld    State = "upheld"
	Answered  State = "answered"
	Withdrawn State = "withdrawn"
	Closed    State = "closed"
)

// Act is what can be done with a card.
type Act string

// The acts.
const (
	ActServe    Act = "serve"
	ActDefend   Act = "defend"
	ActUphold   Act = "uphold"
	ActWithdraw Act = "withdraw"
	ActAnswer   Act = "answer"
	ActReturn   Act = "return"
	ActClose    Act = "close"
	ActSettle   Act = "settle"
)

// Card is one warning.
type Card struct {
	ID         string
	Number     string // 效能〔2026〕12号
	Clock      string // record of the clock it comes from
	Mark       string
	Thing      string // subject of that clock, such as a case
	ClockName  string
	Title      string // what had to be done
	CaseNumber string // empty: not of a case
	ItemName   string
	Unit       string
	Holder     string // account; empty: the unit as a whole
	HolderName string
	Severity   Severity
	Basis      string    // name of the threshold
	Points     int64     // hundredths
	CrossedAt  time.Time // when the mark was passed in law
	Due        string    // last day of the term, in words
	IssuedAt   time.Time
	State      State
	DueAt      time.Time // first instant too late for the present step of the card; zero: none
	Overdue    int64     // steps of the card's own life that came late
	EndedAt    time.Time
	Version    int64

	term string
}

// Open reports whether somebody still has to do something about the card.
func (c Card) Open() bool { return !moves.Ended(c.State) }

// Entry is one line in the life of a card.
type Entry struct {
	Act       Act
	From, To  State
	Words     string
	Actor     string
	ActorName string
	Unit      string
	At        time.Time
}

// Kind of urging.
type Kind string

// The kinds.
const (
	Urge     Kind = "urge"     // 催办
	Instruct Kind = "instruct" // 督办: has a number and must be answered by a day
)

// Urging is a note from above to whoever holds a case.
type Urging struct {
	ID, Number                       string
	Kind                             Kind
	CaseID, CaseNumber, ItemName     string
	Unit, Holder, Words              string
	By, ByName                       string
	At, Due                          time.Time
	Answer, AnsweredBy, AnsweredName string
	AnsweredAt                       time.Time
	State                            string // open, answered, moved (the case went on)
}

// Carded tells that a card was given.
type Carded struct {
	Card     string    `json:"card"`
	Number   string    `json:"number"`
	Thing    string    `json:"thing"`
	Unit     string    `json:"unit"`
	Holder   string    `json:"holder"`
	Severity Severity  `json:"severity"`
	Crossed  time.Time `json:"crossed"`
	At       time.Time `json:"at"`
}

// EventName implements db.Event.
func (Carded) EventName() string { return "efficiency.carded" }

// Subject implements db.Event.
func (c Carded) Subject() string { return c.Thing }

// Recalled tells that a card was withdrawn: its points do not count.
type Recalled struct {
	Card   string    `json:"card"`
	Thing  string    `json:"thing"`
	Unit   string    `json:"unit"`
	Holder string    `json:"holder"`
	At     time.Time `json:"at"`
}

// EventName implements db.Event.
func (Recalled) EventName() string { return "efficiency.withdrawn" }

// Subject implements db.Event.
func (c Recalled) Subject() string { return c.Thing }

// Urged tells that a case was urged or instructed.
type Urged struct {
	ID     string    `json:"id"`
	CaseID string    `json:"case_id"`
	Kind   Kind      `json:"kind"`
	Unit   string    `json:"unit"`
	At     time.Time `json:"at"`
}

// EventName implements db.Event.
func (Urged) EventName() string { return "efficiency.urged" }

// Subject implements db.Event.
func (u Urged) Subject() string { return u.CaseID }
