package delivery

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tongban/handling/casework"
	"tongban/handling/delivery/internal/store"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

var zone = calendar.Zone()

// Find reads a parcel. Whether the viewer may see it is the caller's to ask (MayRead).
func (m *Module) Find(ctx context.Context, v *db.View, id ID) (Parcel, error) {
	p, found, err := m.one(ctx, v)(store.New(v).Find(ctx, string(id)))
	if err == nil && !found {
		return p, problem.NotFound("没有这份送达件")
	}
	return p, err
}

// OfGroup finds the parcel of a submission.
func (m *Module) OfGroup(ctx context.Context, v *db.View, group string) (p Parcel, found bool, err error) {
	return m.one(ctx, v)(store.New(v).OfBatch(ctx, group))
}

// ByCode finds the open parcel of a pick-up code.
func (m *Module) ByCode(ctx context.Context, v *db.View, code string) (p Parcel, found bool, err error) {
	if !isPickupCode(code) {
		return Parcel{}, false, nil
	}
	return m.byIndex(ctx, v, m.k.Keys.Index(sealCode, code))
}

func (m *Module) byIndex(ctx context.Context, v *db.View, index string) (Parcel, bool, error) {
	return m.one(ctx, v)(store.New(v).ByCode(ctx, index))
}

// Of lists the parcels of a party, newest first.
func (m *Module) Of(ctx context.Context, v *db.View, party string) ([]Parcel, error) {
	if party == "" {
		return nil, nil
	}
	rows, err := store.New(v).OfApplicant(ctx, party)
	if err != nil {
		return nil, err
	}
	var out []Parcel
	for _, row := range rows {
		p, _, err := m.one(ctx, v)(row, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// MayRead reports whether the viewer may see the parcel: its owner, and the staff of the outlet.
func MayRead(v *db.View, p Parcel) bool { return owns(v.Actor, p) || v.Actor.May(PermRead, place(p)) }

// Code is the pick-up code of a parcel, for its owner; empty once it is no longer good.
func (m *Module) Code(p Parcel) (string, error) {
	return m.k.Keys.OpenText(sealCode, p.code)
}

// PostTo is the address of a parcel for the post. The caller answers for who sees it.
func (m *Module) PostTo(p Parcel) (address, phone string, err error) {
	if address, err = m.k.Keys.OpenText(sealAddress, p.address); err != nil {
		return "", "", err
	}
	phone, err = m.k.Keys.OpenText(sealPhone, p.phone)
	return address, phone, err
}

// Hands lists the handings over of a parcel, oldest first.
func (m *Module) Hands(ctx context.Context, v *db.View, id ID) ([]Hand, error) {
	rows, err := store.New(v).Hands(ctx, string(id))
	var out []Hand
	for _, row := range rows {
		out = append(out, readHand(row))
	}
	return out, err
}

// Hand reads one handing over.
func (m *Module) Hand(ctx context.Context, v *db.View, id string) (Hand, error) {
	row, err := store.New(v).Hand(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Hand{}, problem.NotFound("没有这份送达回证")
	}
	return readHand(row), err
}

// Filter narrows the list of the outlet.
type Filter struct {
	Way       string
	State     State
	Unclaimed bool // waiting at the window for more than a week
	After     ID
	Limit     int // 0 means 50
}

func (f Filter) where(v *db.View) *db.Where {
	w := (&db.Where{}).Within(v.Actor.Scope(PermRead), "outlet", "")
	switch f.State {
	case "":
	case Done:
		w.And("state = 'completed'")
	default: // in the words of the index
		w.And("state <> 'completed'").And("state = ?", string(f.State))
	}
	if f.Way != "" {
		w.And("way = ?", f.Way)
	}
	if f.Unclaimed {
		w.And("state <> 'completed' AND state = 'ready' AND way = 'window' AND ready_at < ?", db.At(v.Now.Add(-unclaimedAfter)))
	}
	return w
}

// List lists the parcels of the viewer's outlets, newest first. Next is the cursor of the following page.
func (m *Module) List(ctx context.Context, v *db.View, f Filter) (list []Parcel, next ID, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	w := f.where(v)
	if f.After != "" {
		w.And("id < ?", string(f.After))
	}
	ids, err := store.New(v).IDsWhere(ctx, w.String()+` ORDER BY id DESC LIMIT `+w.Bind(f.Limit+1), w.Args...)
	if err != nil {
		return nil, "", err
	}
	if len(ids) > f.Limit {
		ids = ids[:f.Limit]
		next = ID(ids[f.Limit-1])
	}
	for _, id := range ids {
		p, err := m.Find(ctx, v, ID(id))
		if err != nil {
			return nil, "", err
		}
		list = append(list, p)
	}
	return list, next, nil
}

// Count counts the parcels of the viewer's outlets.
func (m *Module) Count(ctx context.Context, v *db.View, f Filter) (int, error) {
	w := f.where(v)
	return store.New(v).CountWhere(ctx, w.String(), w.Args...)
}

// due is the first instant that is too late for what is in the parcel; zero where no term runs.
func (m *Module) due(ctx context.Context, v *db.View, p Parcel) time.Time {
	var first time.Time
	var cases []string
	for _, r := range p.Waiting() {
		cases = append(cases, r.CaseID)
	}
	clocks, _ := m.k.Clocks.Named(ctx, v, casework.ClockDelivery, cases)
	for _, c := range clocks {
		if d, err := c.Ledger.Due(m.k.Clocks.Calendar()); err == nil && !d.Statutory.IsZero() && (first.IsZero() || d.Statutory.End.Before(first)) {
			first = d.Statutory.End
		}
	}
	return first
}

// one reads a parcel with its results.
func (m *Module) one(ctx context.Context, v *db.View) func(store.DeliveryParcel, error) (Parcel, bool, error) {
	return func(r store.DeliveryParcel, err error) (Parcel, bool, error) {
		if errors.Is(err, sql.ErrNoRows) {
			return Parcel{}, false, nil
		}
		if err != nil {
			return Parcel{}, false, err
		}
		p := Parcel{ID: ID(r.ID), Group: r.Batch, Title: r.Title, Applicant: r.Applicant, ApplicantName: r.ApplicantName, Outlet: r.Outlet, Asked: r.Asked, Way: r.Way,
			State: State(r.State), Carrier: r.Carrier, Tracking: r.Tracking, CheckedBy: r.CheckedBy, CheckedAt: r.CheckedAt.Time, ReadyAt: r.ReadyAt.Time,
			PostedAt: r.PostedAt.Time, CompletedAt: r.CompletedAt.Time, Version: r.Version, phone: r.Phone, address: r.Address, tries: r.Tries, triedAt: r.TriedAt.Time}
		if r.CodeIndex != "" {
			p.code = r.Code
		}
		rows, err := store.New(v).Results(ctx, r.ID)
		for _, x := range rows {
			p.Results = append(p.Results, Result{CaseID: x.CaseID, Name: x.Name, Licence: x.Licence, Number: x.Number, CaseNumber: x.CaseNumber, Unit: x.Unit,
				Granted: x.Granted, Sent: x.Sent, Hand: x.Hand})
		}
		return p, err == nil, err
	}
}

func readHand(r store.DeliveryHand) Hand {
	return Hand{ID: r.ID, Parcel: ID(r.Parcel), Number: r.Number, Way: r.Way, Receiver: r.Receiver, Agent: r.Relation == "agent", AgentMask: r.AgentMask,
		Authority: r.Authority, Carrier: r.Carrier, Tracking: r.Tracking, Clerk: r.Clerk, ClerkName: r.ClerkName, Unit: r.Unit, At: r.At.Time}
}
