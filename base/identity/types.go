package identity

import (
	"slices"
	"time"

	"tongban/kernel/authz"
)

// Permissions of the module. Whoever could both put a provider down and put it in force could become anybody.
const (
	PermRead    authz.Permission = "identity.read"
	PermManage  authz.Permission = "identity.manage"
	PermConfirm authz.Permission = "identity.confirm"
)

// Sides of the counter: for whom a provider vouches.
const (
	Citizens = "citizen"
	Staff    = "staff"
)

// State is whether people may come by a provider.
type State string

// The states of a provider.
const (
	Waiting State = "waiting" // put down or changed, not confirmed by a second administrator
	On      State = "on"
	Off     State = "off"
)

// Label is the state in words.
func (s State) Label() string {
	return map[State]string{Waiting: "等待复核", On: "在用", Off: "已停用"}[s]
}

// Provider is another house that vouches for people (身份平台).
type Provider struct {
	Code   string // in our addresses
	Title  string
	Side   string
	Issuer string
	Client string // our name there
	Scopes []string
	Claims Claims
	Levels []string // values of Claims.Level that are enough: 实名 for citizens, two factors for staff; AnyLevel is any
	Anew   bool     // people sign in there each time, a login that they have there does not count

	State   State
	SetBy   string // who put it down as it is now
	SetAt   time.Time
	Version int64

	secret string // sealed
}

// AnyLevel as the one of Levels says that every account there is good enough.
const AnyLevel = "*"

// Claims are the names under which a provider tells what we need.
type Claims struct {
	Name, Number, Phone, Level string
}

// Usual are the names where a provider keeps to the standard; for the number of a citizen there is none.
var Usual = Claims{Name: "name", Number: "id_number", Phone: "phone_number", Level: "acr"}

// Enough reports whether the level that a provider told is enough. For citizens that is 实名, for staff that two factors were seen.
func (p Provider) Enough(level string) bool {
	return slices.Contains(p.Levels, AnyLevel) || level != "" && slices.Contains(p.Levels, level)
}

// Link is somebody's account here and the one at a provider.
type Link struct {
	ID       string
	Provider string
	Title    string // of the provider
	Account  string
	Enough   bool
	State    string
	MadeAt   time.Time
	UsedAt   time.Time
}

// Found is who came back from a provider and has no account linked yet. It waits in his session, sealed, for his consent.
type Found struct {
	Provider string
	Subject  string // blind index
	Enough   bool
	Name     string
	Number   string
	Phone    string // as the provider vouches for it; may be empty
	For      string // account to be linked; empty for somebody who signs in
	At       int64  // Unix seconds of the machine's clock
}
