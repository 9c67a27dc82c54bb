package delivery

import (
	"context"
	"time"

	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/event"
)

// Completed tells that results reached the applicant: all of a parcel, or the part he asked for first. Each case is told once.
type Completed struct {
	Parcel        ID        `json:"parcel"`
	Group         string    `json:"group"`
	Title         string    `json:"title"`
	Applicant     string    `json:"applicant"`
	ApplicantName string    `json:"applicant_name"`
	Cases         []string  `json:"cases"` // those handed over now
	Outlet        string    `json:"outlet"`
	Way           string    `json:"way"`
	Receipt       string    `json:"receipt"` // number of the 送达回证
	At            time.Time `json:"at"`
}

// EventName implements db.Event.
func (Completed) EventName() string { return "delivery.completed" }

// Subject implements db.Event.
func (c Completed) Subject() string { return c.Group }

// facts are the events that programs may hear of.
func facts() []event.Fact {
	return []event.Fact{event.Open("结果已送达", PermRead, func(e Completed) event.Notice {
		return event.Notice{Kind: "parcel", Number: string(e.Parcel), State: string(Done), Unit: e.Outlet, URL: "/api/v1/parcels/" + string(e.Parcel)}
	})}
}

func (m *Module) listeners() []event.Listener {
	return []event.Listener{event.On("delivery.close", m.closeCases)}
}

// closeCases ends the cases whose results are with the applicant. It is no part of the handing over itself: a clerk at the outlet may hand
// over, and has no other say in the cases.
func (m *Module) closeCases(ctx context.Context, tx *db.Tx, e Completed) error {
	cases, err := m.cases.Some(ctx, &tx.View, e.Cases)
	if err != nil {
		return err
	}
	for _, c := range cases {
		if c.State != casework.Granted && c.State != casework.Refused {
			continue
		}
		if err := m.cases.Close(ctx, tx, c.ID); err != nil {
			return err
		}
	}
	return nil
}
