package hall

import (
	"time"

	"tongban/base/party"
)

// ID names an intake.
type ID string

// State is where an intake stands.
type State string

// The states of an intake.
const (
	Open      State = "open"      // 收件中
	Submitted State = "submitted" // 已提交
	Dropped   State = "dropped"   // 已放弃
)

// Intake is one applicant's matter at one window, until it is submitted.
type Intake struct {
	ID          ID
	Clerk       string // account; who receives
	ClerkName   string
	Unit        string
	Party       string
	PartyName   string
	PartyKind   string
	Card        bool   // identity was read from the card itself
	Link        string // situation, as handling/guide writes it; empty while nothing is chosen
	Title       string
	Draft       string // of handling/bundle; empty while the situation is open
	Number      string // of the submission
	State       State
	MadeAt      time.Time
	SubmittedAt time.Time
	Version     int64
}

// Arrival is who stands at the window, and with what.
type Arrival struct {
	Identity party.Identity
	Card     bool
	Link     string // guide result brought along
}

// Mark is what the applicant showed for a material (材料核对).
type Mark string

// The marks, in the order of their keys 1 to 5.
const (
	Original   Mark = "original"   // 原件，核验后退还
	Copy       Mark = "copy"       // 复印件
	Electronic Mark = "electronic" // 电子件
	Spared     Mark = "spared"     // 免交
	Lacking    Mark = "lacking"    // 容缺
)

// marks in the order of their keys.
var marks = [...]Mark{Original, Copy, Electronic, Spared, Lacking}

// String is the mark in Chinese.
func (m Mark) String() string {
	switch m {
	case Original:
		return "原件"
	case Copy:
		return "复印件"
	case Electronic:
		return "电子件"
	case Spared:
		return "免交"
	case Lacking:
		return "容缺"
	}
	return "未核对"
}

// Handed tells whether the mark says that something was handed over, of which a picture must be on file.
func (m Mark) Handed() bool { return m == Original || m == Copy || m == Electronic }

// Card is what the reader reads from a resident identity card (居民身份证), in the shape of the device bridge.
type Card struct {
	Name    string `json:"name" doc:"姓名" example:"唐桂英"`
	Sex     string `json:"sex" doc:"性别" example:"女"`
	Nation  string `json:"nation" doc:"民族" example:"汉"`
	Birth   string `json:"birth" doc:"出生日期，YYYY-MM-DD" example:"1941-03-08"`
	Address string `json:"address" doc:"住址" example:"南岭县青石街道文庙社区解放路18号"`
	Number  string `json:"number" doc:"公民身份号码" example:"431199199003070012"`
	Issuer  string `json:"issuer" doc:"签发机关" example:"南岭县公安局"`
	From    string `json:"from" doc:"有效期起，YYYY-MM-DD" example:"2016-06-01"`
	Until   string `json:"until" doc:"有效期止，YYYY-MM-DD；长期为空" example:"2036-11-24"`
}
