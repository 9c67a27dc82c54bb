package licence

import (
	"time"

	"tongban/kernel/event"
)

// Told is what every event of a licence says of it.
type Told struct {
	Licence    ID        `json:"licence"`
	Kind       Kind      `json:"kind"`
	Name       string    `json:"name"`
	Number     string    `json:"number"`
	Code       string    `json:"code"`
	CaseID     string    `json:"case_id"`
	CaseNumber string    `json:"case_number"`
	Item       string    `json:"item"`
	ItemName   string    `json:"item_name"`
	Group      string    `json:"group"`
	Unit       string    `json:"unit"`
	Holder     string    `json:"holder"`
	HolderName string    `json:"holder_name"`
	At         time.Time `json:"at"`
}

// Subject implements db.Event.
func (t Told) Subject() string { return t.CaseID }

// IssuedEvent tells that a licence came into force.
type IssuedEvent struct{ Told }

// EventName implements db.Event.
func (IssuedEvent) EventName() string { return "licence.issued" }

// EndedEvent tells that a licence changed its state after it was issued.
type EndedEvent struct {
	Told
	Act    Act    `json:"act"`
	State  State  `json:"state"`
	Reason string `json:"reason"`
	Basis  string `json:"basis"`
}

// EventName implements db.Event.
func (EndedEvent) EventName() string { return "licence.ended" }

// VoidedEvent tells that a licence was given up before it was issued.
type VoidedEvent struct {
	Told
	Reason string `json:"reason"`
}

// EventName implements db.Event.
func (VoidedEvent) EventName() string { return "licence.voided" }

func (l Licence) told(at time.Time) Told {
	return Told{Licence: l.ID, Kind: l.Kind, Name: l.Name, Number: l.Number, Code: l.Code, CaseID: l.CaseID, CaseNumber: l.CaseNumber, Item: l.Item,
		ItemName: l.ItemName, Group: l.Group, Unit: l.Unit, Holder: l.Holder, HolderName: l.HolderName, At: at}
}

// facts are the events that programs may hear of.
func facts() []event.Fact {
	return []event.Fact{
		event.Open("证照已颁发", PermRead, func(e IssuedEvent) event.Notice { return e.notice(string(Valid)) }),
		event.Open("证照状态变化", PermRead, func(e EndedEvent) event.Notice { return e.notice(string(e.State)) }),
	}
}

func (t Told) notice(state string) event.Notice {
	return event.Notice{Kind: "licence", Number: t.Number, State: state, Item: t.Item, Unit: t.Unit, URL: "/api/v1/licences/" + t.Number}
}

func (m *Module) listeners() []event.Listener {
	return []event.Listener{
		event.OnAll("licence.order", m.onDecided),
		event.OnAll("licence.issue", m.onSigned),
		event.On("licence.void", m.onVoided),
	}
}
