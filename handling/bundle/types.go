package bundle

import (
	"time"

	"tongban/handling/casework"
)

// ID names a draft, and later the submission made of it. It is also the group of its values, pieces and cases.
type ID string

// Proof is what the session of a person who is not signed in keeps to show that a draft is his.
type Proof string

// Draft is what somebody has begun and not yet submitted.
type Draft struct {
	ID        ID
	Account   string // owner; empty while nobody is signed in
	Applicant string // party
	Agent     string // account of the clerk or helper who fills it
	Unit      string // of that clerk
	Channel   casework.Channel
	Bundles   []string
	Slug      string // part of the address
	Title     string
	Edition   int64
	Answers   map[string]any
	Step      string
	State     string
	MadeAt    time.Time
	UpdatedAt time.Time
	Version   int64

	secret string
}

// KeepDays is how long a draft that nobody touches is kept.
const KeepDays = 90

// DaysLeft is how many days are left until an untouched draft is removed; never below zero.
func (d Draft) DaysLeft(now time.Time) int {
	return max(0, KeepDays-int(now.Sub(d.UpdatedAt)/(24*time.Hour)))
}

// Start begins a draft.
type Start struct {
	Bundles   []string // codes of the things; one item alone is catalogue.SinglePrefix and its code
	Edition   int64    // 0: the edition in force
	Answers   map[string]any
	Applicant string           // party; zero: that of the account
	Channel   casework.Channel // zero: online, at a counter for staff
}

// Way is how the applicant wants to get the result (领取方式).
type Way string

// The ways.
const (
	AtWindow Way = "window"   // 到出件窗口领
	ByPost   Way = "post"     // 邮寄
	Download Way = "download" // 只要电子证照
)

// Closing is what is said at the moment of submitting.
type Closing struct {
	Way      Way
	Declared bool // the declarations of the check page were accepted
}

// State is where a submission stands.
type State string

// The states of a submission.
const (
	Running   State = "running"   // 办理中
	Decided   State = "decided"   // every part has ended
	Delivered State = "delivered" // and all that came of it is with the applicant
)

// Submission is one matter, submitted.
type Submission struct {
	ID            ID
	Number        string // 受理凭证编号 of the whole: date, five digits, check digit
	Bundles       []string
	Title         string
	Lead          string // unit that leads
	Edition       int64
	Answers       map[string]any
	Account       string
	Applicant     string
	ApplicantName string
	Agent         string
	AgentName     string
	Channel       casework.Channel
	Way           Way
	Declared      []string
	State         State
	PartialAt     time.Time
	SubmittedAt   time.Time
	Due           time.Time // promised when it was submitted
	DecidedAt     time.Time
	DeliveredAt   time.Time
	Version       int64
}

// PartState is where one item of a submission stands.
type PartState string

// The states of a part. The last five are ends.
const (
	Waiting   PartState = "waiting"   // for an item before it
	Handling  PartState = "handling"  // at its unit
	Granted   PartState = "granted"   // 准予
	Refused   PartState = "refused"   // 不予许可
	NotTaken  PartState = "declined"  // 不予受理
	Lapsed    PartState = "lapsed"    // 逾期未补正
	Withdrawn PartState = "withdrawn" // 申请人撤回
)

// Part is one item of a submission.
type Part struct {
	Submission    ID
	Item          string
	ItemName      string
	Case          casework.ID
	CaseNumber    string
	Unit          string
	After         []string // items of the same submission that must be granted first
	Why           string
	State         PartState
	Blocked       string // name of the item before it that failed; the applicant chooses what to do
	Reason        string
	Notice        string
	Licence       string
	LicenceNumber string
	Ready         bool // its result can be handed over
	Parcel        string
	DecidedAt     time.Time
	DeliveredAt   time.Time
}

// Ended reports whether nothing more will be decided about the part.
func (p Part) Ended() bool { return p.State != Waiting && p.State != Handling }

// Corrections are all that is still to be mended in a submission, of every unit.
type Corrections []Correction

// Correction is what one unit asked to be mended.
type Correction struct {
	Letter   string // corrections with the same letter are shown together
	Case     casework.ID
	ItemName string
	Unit     string
	Notice   string
	Defects  []casework.Defect
	Until    time.Time
	AskedAt  time.Time
	ReadAt   time.Time
}
