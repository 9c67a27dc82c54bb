package seal

import (
	"context"
	"strings"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/flow"
)

// Permissions of the module. PermManage implies neither release nor use: who administers seals cannot seal.
const (
	PermRead    authz.Permission = "seal.read"
	PermRequest authz.Permission = "seal.request" // of people; modules ask in commands of their own
	PermRelease authz.Permission = "seal.release"
	PermManage  authz.Permission = "seal.manage"
)

// Purposes of a use, as the register and the rules name them.
const (
	ForLicence  = "licence"  // 证照
	ForDecision = "decision" // 决定书
	ForNotice   = "notice"   // 受理、补正等通知书
	ForReceipt  = "receipt"  // 送达回证
)

// PurposeName is the purpose in words.
func PurposeName(purpose string) string {
	if name, ok := map[string]string{ForLicence: "电子证照", ForDecision: "决定书", ForNotice: "通知书", ForReceipt: "送达回证"}[purpose]; ok {
		return name
	}
	return purpose
}

// SealState is whether a seal may be used.
type SealState string

// The states of a seal.
const (
	Active    SealState = "active"
	Suspended SealState = "suspended"
	Destroyed SealState = "destroyed"
)

// SealAct changes the state of a seal.
type SealAct string

// The acts on a seal.
const (
	Suspend SealAct = "suspend"
	Restore SealAct = "restore"
	Destroy SealAct = "destroy"
)

// SealMoves is the life of a seal.
func SealMoves() flow.Table[SealState, SealAct] {
	return flow.Table[SealState, SealAct]{Name: "印章",
		States: []flow.State[SealState]{{Name: Active, Label: "启用", Start: true}, {Name: Suspended, Label: "停用"}, {Name: Destroyed, Label: "销毁", End: true}},
		Moves: []flow.Move[SealState, SealAct]{
			{From: Active, Act: Suspend, To: Suspended, Label: "停用", By: "印章管理员"},
			{From: Suspended, Act: Restore, To: Active, Label: "恢复启用", By: "印章管理员"},
			{From: Suspended, Act: Destroy, To: Destroyed, Label: "销毁", By: "印章管理员"},
		}}
}

// State is where a use stands.
type State string

// The states of a use.
const (
	Intended State = "intended" // 待放行
	Released State = "released" // 待签章
	Signed   State = "signed"   // 已签章
	Voided   State = "voided"   // 已作废
)

// Act moves a use.
type Act string

// The acts on a use.
const (
	Release Act = "release"
	Sign    Act = "sign"
	Void    Act = "void"
)

// Moves is the way of a use from intent to signature.
func Moves() flow.Table[State, Act] {
	return flow.Table[State, Act]{Name: "用印",
		States: []flow.State[State]{{Name: Intended, Label: "待放行", Start: true}, {Name: Released, Label: "待签章"}, {Name: Signed, Label: "已签章", End: true}, {Name: Voided, Label: "已作废", End: true}},
		Moves: []flow.Move[State, Act]{
			{From: Intended, Act: Release, To: Released, Label: "放行", Guard: "放行人不是决定人、申请人或印章管理员", By: "用印放行人，或放行规则"},
			{From: Intended, Act: Void, To: Voided, Label: "退回作废", Guard: "写明理由", By: "用印放行人"},
			{From: Released, Act: Sign, To: Signed, Label: "签章", Guard: "文件与登记的哈希一致", By: "签章机"},
			{From: Released, Act: Void, To: Voided, Label: "退回作废", Guard: "写明理由", By: "用印放行人"},
		}}
}

// Seal is one electronic seal.
type Seal struct {
	Code          string
	Name          string // 南岭县行政审批服务局审批专用章
	Unit          string
	Keeper        string // account that answers for it (保管人)
	KeeperName    string
	State         SealState
	Rule          Rule // zero: every use is released by hand
	Certificate   string
	From, Until   time.Time
	EstablishedBy string
	EstablishedAt time.Time
	Version       int64
}

// Note is the short text under the star of the mark.
func (s Seal) Note() string {
	if i := strings.Index(s.Name, "审批专用章"); i > 0 {
		return "审批专用章"
	}
	return ""
}

// Owner is the name of the unit on the arc of the mark: the seal's name without what kind of seal it is.
func (s Seal) Owner() string { return strings.TrimSuffix(s.Name, s.Note()) }

// Rule is a standing order that releases uses (自动放行规则). A person answers for it, and counts as the one who released.
type Rule struct {
	Name     string
	Purposes []string
	By       string // account
	ByName   string
}

// Use is one row of the register.
type Use struct {
	ID           string
	Seal         string
	About        string // module:id of what is sealed
	CaseNumber   string
	Title        string
	Hash         string // SM3, hex
	File         string // name of the bytes in the file store
	Purpose      string
	State        State
	RequestedBy  string
	RequestedAt  time.Time
	DecidedBy    string
	DecidedName  string
	ReleasedBy   string
	ReleasedName string
	ReleasedRule string
	ReleasedAt   time.Time
	Reason       string
	EndedAt      time.Time
	Version      int64
}

// Intent is what somebody wants sealed.
type Intent struct {
	Seal        string
	About       string // module:id, sealed once only
	CaseNumber  string
	Title       string
	Hash        string // SM3 of the exact bytes, hex
	File        string // their name in the file store
	Purpose     string
	DecidedBy   string // account whose decision the document carries out
	DecidedName string
}

// Signature is what sealing yields.
type Signature struct {
	Use         string
	Hash        string // SM3 of what was signed, hex
	Value       []byte // SM2 with SM3, DER
	Certificate []byte // PEM
	At          time.Time
}

// Signer makes signatures with the keys of seals: the software key of the county, or its seal machine (签章服务器). It is called
// outside any transaction and may be called twice for one document; only one signature is ever kept.
type Signer interface {
	// Certificate gives the certificate of a seal in PEM, and makes key and certificate if there are none.
	Certificate(ctx context.Context, s Seal) ([]byte, error)
	// Renew gives a seal a new key and destroys the old one; it returns the new certificate in PEM.
	Renew(ctx context.Context, s Seal) ([]byte, error)
	// Sign signs the document (not its digest) by SM2 with SM3, DER.
	Sign(ctx context.Context, s Seal, document []byte) (value, certificate []byte, err error)
}
