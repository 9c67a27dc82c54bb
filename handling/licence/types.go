package licence

import (
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/flow"
)

// Permissions of the module.
const (
	PermRead   authz.Permission = "licence.read"
	PermIssue  authz.Permission = "licence.issue"  // look after the making, make a voided one again
	PermRevoke authz.Permission = "licence.revoke" // end, suspend, restore
)

// ID names a licence inside the system; people use its number.
type ID string

// Kind is what the result of the item is.
type Kind string

// The kinds.
const (
	KindLicence  Kind = "licence"  // 证照, with a face, a licence number and an identifier
	KindApproval Kind = "approval" // 批准文件
	KindRecord   Kind = "record"   // 备案凭证
)

// State is where a licence stands.
type State string

// The states. Only those from Valid on were ever issued.
const (
	Ordered   State = "ordered"   // 待赋号
	Numbered  State = "numbered"  // 待制证
	Sealing   State = "sealing"   // 待签章
	Voided    State = "voided"    // 作废 before it was issued
	Valid     State = "valid"     // 有效
	Suspended State = "suspended" // 暂扣
	Expired   State = "expired"   // 失效
	Withdrawn State = "withdrawn" // 撤回
	Revoked   State = "revoked"   // 撤销
	Penalised State = "penalised" // 吊销
	Cancelled State = "cancelled" // 注销
)

// Act moves a licence.
type Act string

// The acts.
const (
	ActNumber   Act = "number"
	ActPaper    Act = "paper"
	ActIssue    Act = "issue"
	ActVoid     Act = "void"
	ActSuspend  Act = "suspend"
	ActRestore  Act = "restore"
	ActExpire   Act = "expire"
	ActWithdraw Act = "withdraw"
	ActRevoke   Act = "revoke"
	ActPenalise Act = "penalise"
	ActCancel   Act = "cancel"
)

type move = flow.Move[State, Act]

// Moves is the life of a licence.
func Moves() flow.Table[State, Act] {
	t := flow.Table[State, Act]{Name: "证照",
		States: []flow.State[State]{
			{Name: Ordered, Label: "待赋号", Start: true}, {Name: Numbered, Label: "待制证"}, {Name: Sealing, Label: "待签章"},
			{Name: Voided, Label: "作废", End: true}, {Name: Valid, Label: "有效", End: true}, {Name: Suspended, Label: "暂扣"},
			{Name: Expired, Label: "失效", End: true}, {Name: Withdrawn, Label: "已撤回", End: true}, {Name: Revoked, Label: "已撤销", End: true},
			{Name: Penalised, Label: "已吊销", End: true}, {Name: Cancelled, Label: "已注销", End: true},
		},
		Moves: []move{
			{From: Ordered, Act: ActNumber, To: Numbered, Label: "赋号", By: "系统"},
			{From: Numbered, Act: ActPaper, To: Sealing, Label: "制证", Guard: "用印意图已登记", By: "系统"},
			{From: Sealing, Act: ActIssue, To: Valid, Label: "颁发", Guard: "签章与文件一致", By: "系统", Basis: "行政许可法第三十九条、第四十四条"},
			{From: Sealing, Act: ActVoid, To: Voided, Label: "作废", Guard: "用印被退回", By: "用印放行人"},
			{From: Valid, Act: ActSuspend, To: Suspended, Label: "暂扣", Guard: "写明理由和依据", By: "颁发机关", Basis: "行政处罚法第九条"},
			{From: Suspended, Act: ActRestore, To: Valid, Label: "发还", By: "颁发机关"},
			{From: Valid, Act: ActExpire, To: Expired, Label: "失效", Guard: "有效期已满", By: "系统", Basis: "行政许可法第七十条第（一）项"},
		}}
	for _, from := range []State{Valid, Suspended} {
		t.Moves = append(t.Moves,
			move{From: from, Act: ActWithdraw, To: Withdrawn, Label: "撤回", Guard: "法律或客观情况变化，公共利益需要", By: "颁发机关", Basis: "行政许可法第八条"},
			move{From: from, Act: ActRevoke, To: Revoked, Label: "撤销", Guard: "违法作出或以欺骗取得", By: "颁发机关", Basis: "行政许可法第六十九条"},
			move{From: from, Act: ActPenalise, To: Penalised, Label: "吊销", Guard: "行政处罚决定", By: "颁发机关", Basis: "行政处罚法第九条"})
	}
	for _, from := range []State{Valid, Suspended, Expired, Withdrawn, Revoked, Penalised} {
		t.Moves = append(t.Moves, move{From: from, Act: ActCancel, To: Cancelled, Label: "注销", By: "颁发机关", Basis: "行政许可法第七十条"})
	}
	return t
}

// Endings are the acts by which an authority ends or stops a licence, in the order of a form.
func Endings() []Act {
	return []Act{ActRevoke, ActWithdraw, ActPenalise, ActCancel, ActSuspend, ActRestore}
}

// Line is one line of the face (照面项).
type Line struct {
	Element string `json:"element"`
	Label   string `json:"label"`
	Text    string `json:"text"`  // canonical
	Shown   string `json:"shown"` // as printed
}

// Licence is what the holder gets.
type Licence struct {
	ID          ID
	CaseID      string
	CaseNumber  string
	Item        string
	ItemName    string
	Edition     int64
	Group       string
	Unit        string
	Holder      string // party
	HolderName  string
	HolderKind  string
	Kind        Kind
	Name        string
	Type        string
	Number      string
	Identifier  string
	Code        string // for checking
	Issuer      string
	IssuerCode  string
	IssuedOn    calendar.Day
	ValidUntil  calendar.Day // zero: long-term
	Seal        string
	SealUse     string
	File        string // row in the file store
	Blob        string // name of the bytes
	Hash        string // SM3 of the bytes, hex
	State       State
	Reason      string
	Basis       string
	DecidedBy   string
	DecidedName string
	OrderedAt   time.Time
	NumberedAt  time.Time
	IssuedAt    time.Time
	EndedAt     time.Time
	Fault       string
	Version     int64

	face string // sealed
}

// StateOn is the state as the law sees it on a day: one that has outlived its term is not valid, whether or not it was marked.
func (l Licence) StateOn(day calendar.Day) State {
	if l.State == Valid && !l.ValidUntil.IsZero() && day.After(l.ValidUntil) {
		return Expired
	}
	return l.State
}

// Issued reports whether the licence ever came into force.
func (l Licence) Issued() bool { return !l.IssuedAt.IsZero() }

// Term is how long the licence holds, in words.
func (l Licence) Term() string {
	if l.ValidUntil.IsZero() {
		return "长期"
	}
	return "至" + l.ValidUntil.Chinese()
}

// Ending is what ends, stops or restores a licence.
type Ending struct {
	Act      Act
	Reason   string
	Basis    string // article
	Document string // number of the decision
}
