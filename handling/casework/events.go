package casework

import "time"

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
