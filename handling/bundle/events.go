package bundle

import (
	"time"

	"tongban/handling/casework"
	"tongban/kernel/event"
)

// About is what every event of a submission says of it.
type About struct {
	Submission    ID        `json:"submission"`
	Number        string    `json:"number"`
	Title         string    `json:"title"`
	Lead          string    `json:"lead"`
	Applicant     string    `json:"applicant"`
	ApplicantName string    `json:"applicant_name"`
	Agent         string    `json:"agent,omitempty"`
	Channel       string    `json:"channel"`
	At            time.Time `json:"at"`
}

// Subject implements db.Event: the events of one submission come in order.
func (a About) Subject() string { return string(a.Submission) }

// Brought is a part as events tell it.
type Brought struct {
	Item  string      `json:"item"`
	Case  casework.ID `json:"case"`
	Unit  string      `json:"unit"`
	State PartState   `json:"state"`
}

// The facts of a submission's life.
type (
	// Submitted: one matter was handed in; its cases are open.
	Submitted struct {
		About
		Bundles []string  `json:"bundles"`
		Parts   []Brought `json:"parts"`
		Due     time.Time `json:"due"`
	}
	// Blocked: items cannot begin because one before them failed; the applicant has been told and chooses.
	Blocked struct {
		About
		Items []string `json:"items"`
	}
	// Continued: the applicant says that he has what the failed item would have given; the part begins.
	Continued struct {
		About
		Item string      `json:"item"`
		Case casework.ID `json:"case"`
	}
	// AllDecided: every part has ended.
	AllDecided struct {
		About
		Parts []Brought `json:"parts"`
	}
	// AllDelivered: everything that came of it is with the applicant.
	AllDelivered struct{ About }
)

// facts are the events that programs may hear of.
func facts() []event.Fact {
	return []event.Fact{
		event.Open("一件事已提交", PermIntake, func(e Submitted) event.Notice { return e.notice(string(Running)) }),
		event.Open("一件事有事项不能继续，等申请人选择", PermIntake, func(e Blocked) event.Notice { return e.notice("blocked") }),
		event.Open("一件事各事项都有结果", PermIntake, func(e AllDecided) event.Notice { return e.notice(string(Decided)) }),
		event.Open("一件事全部送达", PermIntake, func(e AllDelivered) event.Notice { return e.notice(string(Delivered)) }),
	}
}

func (a About) notice(state string) event.Notice {
	return event.Notice{Kind: "submission", Number: a.Number, State: state, Unit: a.Lead, URL: "/api/v1/submissions/" + a.Number, Agent: a.Agent}
}

// EventName implements db.Event.
func (Submitted) EventName() string { return "bundle.submitted" }

// EventName implements db.Event.
func (Blocked) EventName() string { return "bundle.blocked" }

// EventName implements db.Event.
func (Continued) EventName() string { return "bundle.continued" }

// EventName implements db.Event.
func (AllDecided) EventName() string { return "bundle.decided" }

// EventName implements db.Event.
func (AllDelivered) EventName() string { return "bundle.delivered" }

func (m *Module) listeners() []event.Listener {
	return []event.Listener{
		event.OnAll("bundle.granted-or-not", m.onDecided),
		event.OnAll("bundle.declined", m.onDeclined),
		event.OnAll("bundle.lapsed", m.onLapsed),
		event.OnAll("bundle.withdrawn", m.onWithdrawn),
		event.On("bundle.correct", m.onCorrection),
		event.On("bundle.supplied", m.onSupplemented),
		event.OnAll("bundle.issued", m.onIssued),
		event.On("bundle.handed-over", m.onDelivered),
		event.On("bundle.release", m.onContinued),
	}
}

func (s Submission) about(at time.Time) About {
	return About{Submission: s.ID, Number: s.Number, Title: s.Title, Lead: s.Lead, Applicant: s.Applicant, ApplicantName: s.ApplicantName, Agent: s.Agent,
		Channel: string(s.Channel), At: at}
}

func brought(parts []Part) []Brought {
	out := make([]Brought, 0, len(parts))
	for _, p := range parts {
		out = append(out, Brought{Item: p.Item, Case: p.Case, Unit: p.Unit, State: p.State})
	}
	return out
}
