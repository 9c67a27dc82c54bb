package casework

import (
	"time"

	"tongban/kernel/clock"
	"tongban/rules/licensing"
)

// ID names a case inside the system; people use its number.
type ID string

// State is where a case stands in law.
type State string

// The states of a case.
const (
	Received   State = "received"   // 已收件, waiting for the decision of art. 32
	Correcting State = "correcting" // 待补正: the applicant was told everything that is missing
	Accepted   State = "accepted"   // 已受理, in examination
	Suspended  State = "suspended"  // 特别程序中: time is excluded (art. 45)
	Granted    State = "granted"    // 准予
	Refused    State = "refused"    // 不予许可
	Declined   State = "declined"   // 不予受理
	Withdrawn  State = "withdrawn"  // 申请人撤回
	Lapsed     State = "lapsed"     // 逾期未补正, taken as given up
	Closed     State = "closed"     // 办结
)

// Act is what can be done with a case.
type Act string

// The acts. Open to Close move the case or leave it in its state by the table; the last ones never touch the state.
const (
	ActOpen       Act = "open"       // 收件
	ActRelease    Act = "release"    // 前置已办好，开始办理
	ActAccept     Act = "accept"     // 受理
	ActDeem       Act = "deem"       // 视为受理
	ActDecline    Act = "decline"    // 不予受理
	ActAsk        Act = "ask"        // 一次性告知补正
	ActSupplement Act = "supplement" // 补正提交
	ActLapse      Act = "lapse"      // 逾期未补正
	ActAssess     Act = "assess"     // 审查
	ActSendBack   Act = "send_back"  // 退回重审
	ActSuspend    Act = "suspend"    // 启动特别程序
	ActResume     Act = "resume"     // 特别程序结束
	ActExtend     Act = "extend"     // 延长期限
	ActGrant      Act = "grant"      // 准予
	ActRefuse     Act = "refuse"     // 不予许可
	ActWithdraw   Act = "withdraw"   // 撤回
	ActClose      Act = "close"      // 办结

	ActAssign      Act = "assign"       // 指派
	ActAskOpinion  Act = "ask_opinion"  // 征求意见
	ActGiveOpinion Act = "give_opinion" // 反馈意见
	ActMark        Act = "mark"         // 标记
)

// Stage is what a case waits for: the tab it stands under.
type Stage string

// The stages.
const (
	StageHold    Stage = "hold"    // 等待前置事项
	StageReceive Stage = "receive" // 待受理
	StageCorrect Stage = "correct" // 待补正
	StageAssess  Stage = "assess"  // 待审查
	StageDecide  Stage = "decide"  // 待决定
	StageSuspend Stage = "suspend" // 特别程序
	StageDeliver Stage = "deliver" // 待送达
	StageDone    Stage = "done"    // 已结束
)

// Flags are for the work; none of them changes what the law says of the state.
type Flags struct {
	Hold         bool `json:"hold,omitempty"`          // waits for another case of its group
	Deemed       bool `json:"deemed,omitempty"`        // accepted by silence (art. 32)
	Extended     bool `json:"extended,omitempty"`      // term extended (art. 42)
	Assessed     bool `json:"assessed,omitempty"`      // an assessment is on file
	Urgent       bool `json:"urgent,omitempty"`        // 加急
	Green        bool `json:"green_channel,omitempty"` // 绿色通道
	Contested    bool `json:"contested,omitempty"`     // 申请人有异议
	Supplemented bool `json:"supplemented,omitempty"`  // 已补正
}

// Channel is how an application reached us (domain 22: 来源渠道).
type Channel string

// The channels.
const (
	Online  Channel = "online"
	Counter Channel = "counter"
	Mobile  Channel = "mobile"
	Kiosk   Channel = "kiosk"
	Helper  Channel = "helper" // 帮代办
	Post    Channel = "post"
	Cross   Channel = "cross" // 跨域
)

// Case is a case as it stands. Zero times mean "not yet".
type Case struct {
	ID            ID
	Number        string // TB20261123 and five digits
	Item          string
	ItemName      string
	ItemVersion   int64
	Edition       int64 // of the pack; pinned for life
	Group         string
	GroupTitle    string
	Unit          string // the one that answers for the case
	Holder        string // account of the person it was given to; empty: anyone of the unit with the right
	Applicant     string // party
	ApplicantName string
	Agent         string // party or account that acts for the applicant
	Channel       Channel
	Instant       bool // 即办件
	State         State
	Stage         Stage
	Flags         Flags
	Reason        string // of the last decline, refusal, withdrawal
	Notices       int    // clocks of art. 32 so far
	OpenedAt      time.Time
	ReceivedAt    time.Time // when the terms of art. 32 began: receipt, release, or the supplement
	AcceptedAt    time.Time
	DecidedAt     time.Time
	ClosedAt      time.Time
	Due           time.Time // first instant that is too late for the present step; zero: none
	LegalDue      time.Time
	Version       int64
}

// Opening is all that opens a case.
type Opening struct {
	Item          string
	Edition       int64 // 0: the edition in force
	Group         string
	GroupTitle    string
	Applicant     string
	ApplicantName string
	Agent         string
	Channel       Channel
	Unit          string // zero: whom competence names
	Hold          bool   // waits for Release
	Number        string // of Numbers; zero: the next one
	Flags         Flags
}

// Kind of thing a defect is about.
const (
	OfMaterial = "material"
	OfElement  = "element"
	OfOther    = "other"
)

// Defect is one thing the applicant must mend (补正内容). Thing is the code of the material type or data element.
type Defect struct {
	Kind  string    `json:"kind"`
	Thing string    `json:"thing"`
	Name  string    `json:"name"`
	What  string    `json:"what"`
	How   string    `json:"how"`
	Fixed time.Time `json:"fixed,omitzero"`
}

// key tells defects apart for the rule that only one notice may be given.
func (d Defect) key() string { return d.Kind + ":" + d.Thing + d.Name }

// Checked is what the assessor found on one review point (审查要点) of the item.
type Checked struct {
	Point  int    `json:"point"` // index in the item's Points
	Text   string `json:"text"`
	Passed bool   `json:"passed"`
	Note   string `json:"note,omitempty"`
}

// Assessment is the result of examining a case (审查意见).
type Assessment struct {
	Points []Checked
	Grant  bool // proposes to grant
	Text   string
	By     string // account; filled by the command
	ByName string
	At     time.Time
}

// Suspension stops the clock for a procedure of art. 45 or one with a basis of its own.
type Suspension struct {
	Procedure licensing.ExcludedProcedure
	Name      string // in words, when it is not on the list
	Days      int    // working days needed, told to the applicant in writing
	Reason    string
	Document  string // number of a notice issued elsewhere; empty: this module issues one
	From      time.Time
	Until     time.Time
	Ended     time.Time
	EndedNote string
}

// Extension lengthens the term (art. 42).
type Extension struct {
	Days     int
	Reason   string
	By       licensing.Approver // the office that approved
	Approver string             // who; empty: the person who acts
}

// Verdict is the decision (art. 38).
type Verdict struct {
	Granted bool
	Reasons string // must be given for a refusal
	Basis   string // zero: the item's legal basis
}

// Deed is one act in the life of a case.
type Deed struct {
	ID        string
	Act       Act
	Actor     string
	ActorKind string
	ActorName string
	Unit      string
	From, To  State
	Note      string
	Open      bool // shown to the applicant
	At        time.Time
	LegalAt   time.Time // when it took effect in law
}

// Duty is who answers for a case now, and what comes next (I11).
type Duty struct {
	Unit     string
	UnitName string
	Person   string
	Phone    string
	Next     string
	By       time.Time // first instant that is too late; zero: no term runs
}

// Names of the clocks of a case.
const (
	ClockNotice     = "notice"     // five working days of art. 32; the second is notice-2
	ClockCorrection = "correction" // the applicant's time to mend
	ClockHandling   = "handling"   // promised and statutory term
	ClockDelivery   = "delivery"   // ten working days of art. 44
)

// Terms are the limits of a case's handling as its item states them.
type Terms struct {
	Notice   clock.Clock
	Handling clock.Clock
	Joint    licensing.Procedure
}

var channels = map[Channel]string{Online: "网上", Counter: "窗口", Mobile: "手机", Kiosk: "自助终端", Helper: "帮代办", Post: "邮寄", Cross: "跨域"}

// Channels are all channels, the common ones first.
func Channels() []Channel { return []Channel{Online, Mobile, Counter, Kiosk, Helper, Post, Cross} }

// Label is the channel in Chinese.
func (c Channel) Label() string { return channels[c] }
