package casework

import (
	"time"

	"tongban/kernel/event"
)

// About is what every event of a case says of it, so that no listener has to ask back.
type About struct {
	CaseID        ID        `json:"case_id"`
	Number        string    `json:"number"`
	Item          string    `json:"item"`
	ItemName      string    `json:"item_name"`
	Edition       int64     `json:"edition"`
	Group         string    `json:"group"`
	GroupTitle    string    `json:"group_title"`
	Unit          string    `json:"unit"`
	Applicant     string    `json:"applicant"`
	ApplicantName string    `json:"applicant_name"`
	Agent         string    `json:"agent,omitempty"`
	At            time.Time `json:"at"`      // when it was done
	LegalAt       time.Time `json:"legal"`   // when it took effect in law
	By            string    `json:"by"`      // account or mechanism
	ByName        string    `json:"by_name"` // as people read it
}

// Subject implements db.Event: the events of one case come in order.
func (a About) Subject() string { return string(a.CaseID) }

// The facts of a case's life.
type (
	// Opened: the application was received, or registered to wait (Hold).
	Opened struct {
		About
		Hold bool `json:"hold"`
	}
	// Released: what it waited for is done; the term of art. 32 runs.
	Released struct{ About }
	// WasAccepted: the application is accepted; LegalAt is the day of acceptance in law.
	WasAccepted struct {
		About
		Deemed bool      `json:"deemed"` // by silence
		Due    time.Time `json:"due"`
	}
	// WasDeclined: the application is not accepted (不予受理).
	WasDeclined struct {
		About
		Reason string `json:"reason"`
		Notice string `json:"notice"`
	}
	// CorrectionAsked: the one notice of everything missing was issued.
	CorrectionAsked struct {
		About
		Defects []Defect  `json:"defects"`
		Notice  string    `json:"notice"`
		Until   time.Time `json:"until"`
	}
	// Supplemented: the applicant handed in what was asked.
	Supplemented struct{ About }
	// Assessed: an assessment is on file.
	Assessed struct {
		About
		Grant bool `json:"grant"`
	}
	// WasSuspended: the clock stands for a special procedure.
	WasSuspended struct {
		About
		Procedure string `json:"procedure"`
		Days      int    `json:"days"`
		Notice    string `json:"notice"`
		Reason    string `json:"reason"`
	}
	// Resumed: the special procedure is over.
	Resumed struct{ About }
	// WasExtended: the term was lengthened.
	WasExtended struct {
		About
		Days   int       `json:"days"`
		Reason string    `json:"reason"`
		Due    time.Time `json:"due"`
	}
	// Decided: granted or refused.
	Decided struct {
		About
		Granted bool   `json:"granted"`
		Reasons string `json:"reasons"`
		Notice  string `json:"notice"` // number of the written decision
	}
	// WasWithdrawn: the applicant took the application back.
	WasWithdrawn struct {
		About
		Reason string `json:"reason"`
	}
	// HasLapsed: the applicant did not mend in time.
	HasLapsed struct{ About }
	// WasClosed: decision and licence are delivered, nothing follows.
	WasClosed struct{ About }
)

// facts are the events that programs may hear of: how a case goes, not what was said of it.
func facts() []event.Fact {
	return []event.Fact{
		event.Open("办件收件", PermRead, func(e Opened) event.Notice { return e.notice(Received) }),
		event.Open("办件受理", PermRead, func(e WasAccepted) event.Notice { return e.notice(Accepted) }),
		event.Open("办件不予受理", PermRead, func(e WasDeclined) event.Notice { return e.notice(Declined) }),
		event.Open("办件要补正", PermRead, func(e CorrectionAsked) event.Notice { return e.notice(Correcting) }),
		event.Open("办件已补正", PermRead, func(e Supplemented) event.Notice { return e.notice(Received) }),
		event.Open("办件进入特别程序", PermRead, func(e WasSuspended) event.Notice { return e.notice(Suspended) }),
		event.Open("办件特别程序结束", PermRead, func(e Resumed) event.Notice { return e.notice(Accepted) }),
		event.Open("办件延期", PermRead, func(e WasExtended) event.Notice { return e.notice(Accepted) }),
		event.Open("办件已作决定", PermRead, func(e Decided) event.Notice {
			if e.Granted {
				return e.notice(Granted)
			}
			return e.notice(Refused)
		}),
		event.Open("办件撤回", PermRead, func(e WasWithdrawn) event.Notice { return e.notice(Withdrawn) }),
		event.Open("办件逾期未补正", PermRead, func(e HasLapsed) event.Notice { return e.notice(Lapsed) }),
		event.Open("办件办结", PermRead, func(e WasClosed) event.Notice { return e.notice(Closed) }),
	}
}

func (a About) notice(s State) event.Notice {
	return event.Notice{Kind: "case", Number: a.Number, State: string(s), Item: a.Item, Unit: a.Unit, URL: "/api/v1/cases/" + a.Number, Agent: a.Agent}
}

// EventName implements db.Event.
func (Opened) EventName() string { return "casework.opened" }

// EventName implements db.Event.
func (Released) EventName() string { return "casework.released" }

// EventName implements db.Event.
func (WasAccepted) EventName() string { return "casework.accepted" }

// EventName implements db.Event.
func (WasDeclined) EventName() string { return "casework.declined" }

// EventName implements db.Event.
func (CorrectionAsked) EventName() string { return "casework.correction_asked" }

// EventName implements db.Event.
func (Supplemented) EventName() string { return "casework.supplemented" }

// EventName implements db.Event.
func (Assessed) EventName() string { return "casework.assessed" }

// EventName implements db.Event.
func (WasSuspended) EventName() string { return "casework.suspended" }

// EventName implements db.Event.
func (Resumed) EventName() string { return "casework.resumed" }

// EventName implements db.Event.
func (WasExtended) EventName() string { return "casework.extended" }

// EventName implements db.Event.
func (Decided) EventName() string { return "casework.decided" }

// EventName implements db.Event.
func (WasWithdrawn) EventName() string { return "casework.withdrawn" }

// EventName implements db.Event.
func (HasLapsed) EventName() string { return "casework.lapsed" }

// EventName implements db.Event.
func (WasClosed) EventName() string { return "casework.closed" }
