package delivery

import (
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/flow"
)

// Permissions of the module.
const (
	PermRead authz.Permission = "delivery.read"
	PermHand authz.Permission = "delivery.hand"
)

// ID names a parcel inside the system.
type ID string

// Ways of handing over.
const (
	Window   = "window"   // 窗口领取
	Post     = "post"     // 邮寄
	Download = "download" // 只要电子证照
)

// WayName is the way in words.
func WayName(way string) string {
	return map[string]string{Window: "窗口领取", Post: "邮寄", Download: "电子送达"}[way]
}

// State is where a parcel stands.
type State string

// The states of a parcel. Done means that everything in it is with the applicant.
const (
	Ready  State = "ready"     // 待领取
	Posted State = "posted"    // 已寄出
	Done   State = "completed" // 已送达
)

// Act moves a parcel.
type Act string

// The acts.
const (
	ActHand   Act = "hand"
	ActPost   Act = "post"
	ActArrive Act = "arrive"
	ActBounce Act = "bounce"
	ActRefill Act = "refill"
	ActRest   Act = "arrive_rest"
)

// Moves is the way of a parcel.
func Moves() flow.Table[State, Act] {
	return flow.Table[State, Act]{Name: "送达件",
		States: []flow.State[State]{{Name: Ready, Label: "待领取", Start: true}, {Name: Posted, Label: "已寄出"}, {Name: Done, Label: "已送达", End: true}},
		Moves: []flow.Move[State, Act]{
			{From: Ready, Act: ActHand, To: Done, Label: "送达", Guard: "已核对领取人，全部结果已交付", By: "出件窗口或申请人", Basis: "行政许可法第四十四条"},
			{From: Ready, Act: ActPost, To: Posted, Label: "寄出", Guard: "已登记快递单号", By: "出件窗口"},
			{From: Posted, Act: ActArrive, To: Done, Label: "登记签收", By: "出件窗口", Basis: "行政许可法第四十四条"},
			{From: Posted, Act: ActRest, To: Ready, Label: "登记签收，其余待领", Guard: "邮寄途中又补入了结果", By: "出件窗口"},
			{From: Posted, Act: ActBounce, To: Ready, Label: "登记退回", By: "出件窗口"},
			{From: Ready, Act: ActRefill, To: Ready, Label: "补入结果", By: "系统"},
			{From: Posted, Act: ActRefill, To: Posted, Label: "补入结果", Guard: "补入的留待下一次送达", By: "系统"},
			{From: Done, Act: ActRefill, To: Ready, Label: "补入结果", Guard: "申请人要求先领的部分已经送达", By: "系统"},
		}}
}

// Result is one thing in a parcel: what a case came to.
type Result struct {
	CaseID  string
	Name    string // of the item
	Licence string // empty: the written decision itself
	Number  string // of the licence or document, where known

	CaseNumber string // these are read from the case
	Unit       string
	Granted    bool
	Sent       bool   // it is with the post
	Hand       string // its handing over; empty: still here
}

// Parcel is what came of one submission. To Prepare it takes Group, Title, Applicant and Results; the rest is optional or filled in.
type Parcel struct {
	ID            ID
	Group         string
	Title         string
	Applicant     string // party
	ApplicantName string
	Phone         string   // full, in memory only
	Ways          []string // first choice first; empty: window
	Address       string   // for the post, in full, in memory only; empty: that of the party
	Outlet        string   // unit whose window hands over; empty: the service centre
	Asked         string   // how the applicant asked for a part of the results first; empty: everything together
	Results       []Result

	Way         string
	State       State
	Carrier     string
	Tracking    string
	CheckedBy   string
	CheckedAt   time.Time
	ReadyAt     time.Time
	PostedAt    time.Time
	CompletedAt time.Time
	Version     int64

	phone, address, code string // sealed
	tries                int64
	triedAt              time.Time
}

// Waiting are the results that are still here.
func (p Parcel) Waiting() []Result {
	var out []Result
	for _, r := range p.Results {
		if r.Hand == "" {
			out = append(out, r)
		}
	}
	return out
}

// Receiver is who takes a parcel at the window.
type Receiver struct {
	Name       string
	Agent      bool   // takes it for the applicant
	NumberKind string // of the agent's document; zero: 居民身份证
	Number     string // of the agent's document
	Authority  string // what shows that the agent may: 授权委托书, 法定代表人证明 …
}

// Hand is one handing over.
type Hand struct {
	ID        string
	Parcel    ID
	Number    string // of the receipt
	Way       string
	Receiver  string
	Agent     bool
	AgentMask string
	Authority string
	Carrier   string
	Tracking  string
	Clerk     string
	ClerkName string
	Unit      string
	At        time.Time
}
