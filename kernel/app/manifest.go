// Package app is how the product hangs together: what a module declares, in which order things start, and how they stop.
package app

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tongban/kernel/authz"
	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/earlier"
	"tongban/kernel/event"
	"tongban/kernel/flow"
	"tongban/kernel/job"
	"tongban/kernel/meter"
	"tongban/kernel/pack"
	"tongban/kernel/slot"
	"tongban/kernel/web"
)

// Module is one capability of the bureau.
type Module interface {
	Manifest() Manifest
}

// Manifest is all that hangs on a module. The kernel does the rest: it mounts, migrates, checks, delivers and shows.
type Manifest struct {
	Name        string // folder, table prefix, permission prefix
	Title       string // 办件
	Schema      db.Schema
	Permissions []authz.Definition
	Routes      []web.Route
	Objects     []web.Object // what the variables in the addresses name, and whose it is
	Nav         []web.NavEntry
	Listeners   []event.Listener
	Facts       []event.Fact                        // events of the module that programs outside may hear of
	Hears       func([]event.Fact) []event.Listener // of the one module that tells programs outside: listeners for the facts of all
	Jobs        []job.Work
	Slots       []slot.Fill
	Sections    []pack.Section                                                    // kinds of documents in a pack that the module owns
	Validate    func(edition *pack.Edition) []pack.Finding                        // what must hold before an edition may be published
	Published   func(ctx context.Context, tx *db.Tx, edition *pack.Edition) error // takes what the module needs from a new edition, in the command that publishes it
	Recall      func(ctx context.Context, v *db.View) error                       // takes into memory what another process may have changed, every few seconds
	Describe    func(*huma.OpenAPI)                                               // adds to the API document what is no route
	Invariants  []check.Invariant
	Flows       []func() flow.Picture // the tables by which the module's things change their state
	Sealed      []Sealed              // columns of the module that the keyring sealed
	Given       earlier.Given         // what the module gives to each thing anew
	Gauges      []meter.Gauge         // numbers for /metrics beside those of commands and requests
	Demo        []Scene
	Caller      web.Caller // of the one module that keeps the programs which may call the API
}

// Scene is a module's part of the demo county. Scenes of all modules are played in the order of Order.
type Scene struct {
	Order int
	Title string
	Play  func(ctx context.Context, stage *Stage) error
}

// Stage is where demo scenes are acted: with the real commands, on a clock that the scenes move.
type Stage struct {
	Now    func() time.Time
	Move   func(to time.Time)              // sets the county's clock
	Settle func(ctx context.Context) error // delivers all events and lets due clocks fire
	Say    func(done, of int, what string) // progress, on the terminal and on the page
	Cases  int                             // how many cases the county shall have
	Seed   uint64
}
