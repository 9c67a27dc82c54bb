package review

import (
	"time"

	"tongban/kernel/authz"
)

// Permissions of the module, asked over the unit a review is about.
const (
	PermRead    authz.Permission = "review.read"
	PermRectify authz.Permission = "review.rectify" // 整改, 申诉
	PermVerify  authz.Permission = "review.verify"  // 核实, 回访, 公开审核
)

// Grade is one of the five.
type Grade int

// The grades; the last two are 差评.
const (
	VeryBad  Grade = 1
	Bad      Grade = 2
	Fair     Grade = 3
	Good     Grade = 4
	VeryGood Grade = 5
)

// String is the grade in Chinese.
func (g Grade) String() string {
	if g < 1 || g > 5 {
		return "未评价"
	}
	return [...]string{"非常不满意", "不满意", "基本满意", "满意", "非常满意"}[g-1]
}

// Bad reports whether the grade is a bad review (差评).
func (g Grade) Bad() bool { return g == Bad || g == VeryBad }

// Way says which template of dimensions holds.
type Way string

// The ways.
const (
	Online  Way = "online"
	Offline Way = "offline"
)

// Dimension is one question beside the overall one. The template is unified; no local question may be added.
type Dimension struct{ Code, Label string }

// Dimensions of a way.
func Dimensions(w Way) []Dimension {
	if w == Offline {
		return []Dimension{{"efficiency", "服务效率"}, {"skill", "服务水平"}, {"attitude", "服务态度"}}
	}
	return []Dimension{{"efficiency", "办事效率"}, {"accuracy", "办事指南精确度"}, {"ease", "办事便捷度"}, {"operation", "平台操作性"}}
}

// Invitation asks for a review.
type Invitation struct {
	ID, Group, Title, Applicant, ApplicantName, Unit string
	Way                                              Way
	SentAt                                           time.Time
	Parts                                            []Part
}

// Part is a case the invitation is about.
type Part struct{ CaseID, Number, ItemName, Unit string }

// Publication of a review's words.
type Publication string

// The states of publication.
const (
	NoWords   Publication = "none"
	Waiting   Publication = "waiting"
	Published Publication = "published"
	Withheld  Publication = "withheld"
)

// Review is what somebody said.
type Review struct {
	ID, Invitation string
	Round          int // 2 after a rectification
	Unit           string
	About          string // case; empty: the whole thing
	Grade          Grade
	Dimensions     map[string]Grade
	Words          string // as written; never public
	Shown          string // personal data masked
	Publication    Publication
	Channel        string
	Excluded       bool // judged mistaken or malicious: counts nowhere
	At             time.Time
	Version        int64
}

// State of the work on a bad review.
type State string

// The states.
const (
	Opened    State = "opened"
	Disputed  State = "disputed"
	Confirmed State = "confirmed"
	Rectified State = "rectified"
	Closed    State = "closed"
	Excluded  State = "excluded"
)

// Act on a bad review.
type Act string

// The acts.
const (
	ActVerify  Act = "verify"
	ActDispute Act = "dispute"
	ActReject  Act = "reject"
	ActExclude Act = "exclude"
	ActRectify Act = "rectify"
	ActAgain   Act = "again"
	ActVisit   Act = "visit"
)

// Task is the work on a bad review; it has the review's id.
type Task struct {
	ID, Unit                                    string
	State                                       State
	Verifier, Rectifier, Visitor                string
	OpenedAt, Due                               time.Time // Due is the first instant too late
	VerifiedAt, RectifiedAt, VisitedAt, EndedAt time.Time
	Satisfied                                   bool
	Version                                     int64
}

// Step is one line of a task's life.
type Step struct {
	Act                    Act
	From, To               State
	How, Words, Evidence   string
	Actor, ActorName, Unit string
	At                     time.Time
}

// Given tells that a review was given.
type Given struct {
	Review string    `json:"review"`
	Group  string    `json:"group"`
	Unit   string    `json:"unit"`
	Grade  Grade     `json:"grade"`
	Round  int       `json:"round"`
	At     time.Time `json:"at"`
}

// EventName implements db.Event.
func (Given) EventName() string { return "review.given" }

// Subject implements db.Event.
func (g Given) Subject() string { return g.Group }

// Ended tells that the work on a bad review is over.
type Ended struct {
	Review   string    `json:"review"`
	Group    string    `json:"group"`
	Unit     string    `json:"unit"`
	Excluded bool      `json:"excluded"`
	InTime   bool      `json:"in_time"`
	At       time.Time `json:"at"`
}

// EventName implements db.Event.
func (Ended) EventName() string { return "review.closed" }

// Subject implements db.Event.
func (e Ended) Subject() string { return e.Group }
