package web

import (
	"net/url"

	"tongban/kernel/problem"
	"tongban/ui"
)

// Sent is a form as it was sent, with what was wrong with it; the zero value is a form not sent yet.
type Sent struct {
	url.Values
	Err error
}

// Fault is what was wrong with a field; empty when nothing was.
func (s Sent) Fault(name string) string {
	for _, f := range problem.FieldsOf(s.Err) {
		if f.Name == name {
			return f.Message
		}
	}
	return ""
}

// Onto puts what was wrong at the head of the page.
func (s Sent) Onto(p ui.FormPage) ui.FormPage {
	if s.Err == nil {
		return p
	}
	for _, f := range problem.FieldsOf(s.Err) {
		p.Faults = append(p.Faults, ui.Fault{Field: f.Name, Text: f.Message})
	}
	p.Notice = ui.Notice{Tone: ui.Bad, Text: problem.MessageFor(s.Err)}
	return p
}
