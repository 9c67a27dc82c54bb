package tracking

import (
	"encoding/json"
	"time"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/material"
)

// tracking is the answer of the API: the same as the page, without names.
type tracking struct {
	Number      string         `json:"number"`
	Title       string         `json:"title"`
	State       bundle.State   `json:"state"`
	StateText   string         `json:"state_text"`
	SubmittedAt time.Time      `json:"submitted_at"`
	Due         string         `json:"due"`
	ToDo        []string       `json:"to_do"`
	Parts       []trackingPart `json:"parts"`
}

type trackingPart struct {
	Item      string           `json:"item"`
	Name      string           `json:"name"`
	Case      string           `json:"case"`
	State     bundle.PartState `json:"state"`
	StateText string           `json:"state_text"`
	Unit      string           `json:"unit"`
	Phone     string           `json:"phone,omitempty"`
	Next      string           `json:"next,omitempty"`
	By        string           `json:"by,omitempty"`
	After     []string         `json:"after"`
}

func (m *Module) apiTrack(w *web.Response, r *web.Request) error {
	number := bundle.Tidy(r.Value("receipt"))
	s, err := m.bundles.ByNumber(r.Ctx, r.View, number)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return err
	}
	if err != nil || !s.OwnedBy(r.Actor) {
		run := func(do func(*db.Tx) error) error {
			_, err := m.k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "tracking.wrong-tail", Now: r.Now}, do)
			return err
		}
		if s, err = m.Prove(r.Ctx, run, r.View, number, r.Value("tail"), visitor(r)); err != nil {
			if problem.KindOf(err) == problem.KindInvalid {
				return problem.NotFound("%s", problem.MessageFor(err)) // the same for a wrong number and for wrong digits
			}
			return err
		}
	}
	x, err := m.see(r, s)
	if err != nil {
		return err
	}
	out := tracking{Number: s.Number, Title: s.Title, State: s.State, StateText: s.State.Label(), SubmittedAt: s.SubmittedAt, Due: x.dueValue(), ToDo: []string{}, Parts: []trackingPart{}}
	for _, g := range x.open.Gaps() {
		out.ToDo = append(out.ToDo, "补正："+g.Name)
	}
	for _, g := range x.later {
		out.ToDo = append(out.ToDo, "容缺补交："+material.NameOf(x.ed, g.Type))
	}
	for _, p := range x.parts {
		d := x.duties[p.Case]
		t := trackingPart{Item: p.Item, Name: p.ItemName, Case: p.CaseNumber, State: p.State, StateText: p.Tag().Text, Unit: m.org.Name(p.Unit), Phone: d.Phone, Next: d.Next,
			By: casework.LastDay(d.By), After: p.After}
		if t.After == nil {
			t.After = []string{}
		}
		out.Parts = append(out.Parts, t)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	return json.NewEncoder(w).Encode(out)
}
