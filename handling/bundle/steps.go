package bundle

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/material"
	"tongban/ui"
)

// perPage is how many fields one page asks at most.
const perPage = 7

// The steps that are not a topic of the form.
const (
	stepMaterials = "materials"
	stepAll       = "all" // 整页填写
)

// step is one page of the wizard: fields about one topic, or the materials.
type step struct {
	Code  string
	Title string
	Form  form.Form
}

// steps are the pages of a draft. A long topic is divided into pages of about the same length.
func (w Work) steps() []step {
	var out []step
	for _, t := range w.Form.Topics {
		asked := len(t.Asked())
		if asked == 0 {
			continue
		}
		pages := (asked + perPage - 1) / perPage
		size := (asked + pages - 1) / pages
		topic := w.Form.Only(t.Code)
		fields := topic.Topics[0].Fields
		for n := 0; n < pages; n++ {
			s := step{Code: t.Code, Title: t.Title}
			if n > 0 {
				s.Code = t.Code + "-" + strconv.Itoa(n+1)
			}
			if pages > 1 {
				s.Title = fmt.Sprintf("%s（%d/%d）", t.Title, n+1, pages)
			}
			take, count := 0, 0
			for take < len(fields) && (count < size || n == pages-1 || !fields[take].Asked()) {
				if fields[take].Asked() {
					count++
				}
				take++
			}
			s.Form = w.Form.Only(t.Code)
			s.Form.Topics[0].Title = s.Title
			s.Form.Topics[0].Fields = slices.Clone(fields[:take])
			fields = fields[take:]
			out = append(out, s)
		}
	}
	if len(w.Needs) > 0 {
		out = append(out, step{Code: stepMaterials, Title: "材料"})
	}
	return out
}

// whole is the step that shows all fields on one page.
func (w Work) whole() step { return step{Code: stepAll, Title: "填写申请", Form: w.Form} }

// step finds a page by its code; the first one where there is none of that name.
func (w Work) step(code string) (step, int) {
	all := w.steps()
	if code == stepAll {
		return w.whole(), 0
	}
	for n, s := range all {
		if s.Code == code {
			return s, n
		}
	}
	if len(all) == 0 {
		return step{Code: stepMaterials, Title: "材料"}, 0
	}
	return all[0], 0
}

// after is the address of the page after a step.
func (w Work) after(code string) string {
	all := w.steps()
	if code == stepAll {
		if len(w.Needs) > 0 {
			return w.url(stepMaterials)
		}
		return w.checkURL()
	}
	_, n := w.step(code)
	if n+1 < len(all) {
		return w.url(all[n+1].Code)
	}
	return w.checkURL()
}

// before is the page before a step.
func (w Work) before(code string) ui.Link {
	all := w.steps()
	_, n := w.step(code)
	if n > 0 && code != stepAll {
		return ui.Link{Label: "返回上一步", URL: w.url(all[n-1].Code)}
	}
	return ui.Link{Label: "返回", URL: "/my/drafts"}
}

// placeOf is the address under which things are guided and applied for: one thing, several, or one item alone.
func placeOf(codes []string) string {
	if len(codes) != 1 {
		return "/events/combine"
	}
	if item, ok := strings.CutPrefix(codes[0], catalogue.SinglePrefix); ok {
		return "/items/" + item
	}
	return "/events/" + codes[0]
}

func (d Draft) place() string { return placeOf(d.Bundles) }

func (d Draft) base() string { return d.place() + "/apply" }

// url is the address of a step of the draft.
func (d Draft) url(step string) string {
	return d.base() + "/" + step + "?d=" + url.QueryEscape(string(d.ID))
}

func (d Draft) checkURL() string { return "/check/" + string(d.ID) }

// ResumeURL is where the person goes on.
func (d Draft) ResumeURL() string {
	if d.Step == "check" {
		return d.checkURL()
	}
	if d.Step == "" {
		return d.url("start")
	}
	return d.url(d.Step)
}

// way shows where the person is: one entry for each topic, however many pages it has.
func (w Work) way(code string) ui.Steps {
	var s ui.Steps
	topic := ""
	for _, st := range w.steps() {
		of := st.Code
		if len(st.Form.Topics) == 1 {
			of = st.Form.Topics[0].Code
		}
		if of != topic {
			title := st.Title
			if of != stepMaterials {
				title = form.TopicTitle(of)
			}
			s.Steps, topic = append(s.Steps, ui.Step{Label: title, URL: w.url(st.Code)}), of
		}
		if st.Code == code {
			s.Current = len(s.Steps)
		}
	}
	s.Steps = append(s.Steps, ui.Step{Label: "核对提交", URL: w.checkURL()})
	if code == stepAll {
		s.Steps = []ui.Step{{Label: "填写申请"}, {Label: "材料", URL: w.url(stepMaterials)}, {Label: "核对提交", URL: w.checkURL()}}
		s.Current = 1
	}
	if s.Current == 0 {
		s.Current = len(s.Steps)
	}
	return s
}

// stepOf is the page on which a field or material is given.
func (w Work) stepOf(name string) string {
	for _, s := range w.steps() {
		if _, ok := s.Form.Field(name); ok {
			return s.Code
		}
	}
	return stepMaterials
}

// pieces are the files there for a material, also those sent back.
func (w Work) pieces(typ string) []material.Piece {
	var out []material.Piece
	for _, p := range w.Pieces {
		if p.Type == typ && p.File != "" {
			out = append(out, p)
		}
	}
	return out
}

// StepWords says where the person left a draft.
func (d Draft) StepWords() string {
	topic, _, _ := strings.Cut(d.Step, "-")
	switch d.Step {
	case "", "start":
		return "刚开始"
	case stepAll:
		return "填写申请"
	case stepMaterials:
		return "上传材料"
	case "check":
		return "核对提交"
	}
	return form.TopicTitle(topic)
}
