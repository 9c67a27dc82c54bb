package client

import (
	"time"

	"tongban/kernel/authz"
)

// ID is what a program calls itself (client_id).
type ID string

// State tells whether a program may call.
type State string

// The states.
const (
	Active    State = "active"    // 在用
	Suspended State = "suspended" // 已停用
)

// Client is a program that may call the API.
type Client struct {
	ID          ID
	Name        string // 乡镇便民服务平台
	Unit        string // for which it acts
	Contact     string // who answers for it at the unit
	Note        string
	Permissions []authz.Permission
	PerMinute   int
	PerDay      int
	State       State
	MadeAt      time.Time
	RotatedAt   time.Time // when its present secret was made
	TokenAt     time.Time // when it last got a token; zero: never
	Version     int64

	secretHash string
	epoch      int64
}

// Registration is what a new program needs, and what can be changed of it later.
type Registration struct {
	Name        string
	Unit        string
	Contact     string
	Note        string
	Permissions []authz.Permission
	PerMinute   int
	PerDay      int
}

// Use is how often a program called on a day.
type Use struct {
	Day     string
	Calls   int64
	Refused int64 // beyond its rate or quota
}
