package form

import (
	"cmp"
	"strings"

	"github.com/a-h/templ"

	"tongban/base/party"
	"tongban/kernel/calendar"
	"tongban/kernel/problem"
	"tongban/ui"
)

// Components shows the fields of the form that are asked, topic by topic, with the values so far, where they came from, and what is wrong with them. The first
// index is that of Topics.
func (f Form) Components(values []Value, faults []problem.Field) [][]templ.Component {
	out := make([][]templ.Component, len(f.Topics))
	for n, t := range f.Topics {
		for _, x := range t.Asked() {
			out[n] = append(out[n], f.component(x, Get(values, x.Code), x.fault(faults)))
		}
	}
	return out
}

// fault is what is wrong with the field, whichever of its controls the complaint names.
func (x Field) fault(faults []problem.Field) string {
	for _, f := range faults {
		rest, ok := strings.CutPrefix(f.Name, x.Code)
		if ok && (rest == "" || rest[0] == '.' || rest == "-month" || rest == "-day") {
			return f.Message
		}
	}
	return ""
}

// note says where a prefilled value came from, and both values when it was changed.
func (f Form) note(x Field, v Value) ui.SourceNote {
	if v.Source == "" {
		return ui.SourceNote{}
	}
	n := ui.SourceNote{From: strings.TrimPrefix(v.Source, "来自")}
	if v.Corrected() {
		n.Theirs, n.Yours = f.regions.shown(x.Element, v.Original), f.regions.shown(x.Element, v.Text)
	}
	return n
}

func (f Form) component(x Field, v Value, fault string) templ.Component {
	hint, note := x.hint(), f.note(x, v)
	switch x.Kind {
	case Day:
		d := ui.DateBoxes{Name: x.Code, Label: x.Label, Hint: hint, Error: fault, Optional: x.Optional, Source: note}
		if v.typed != nil {
			d.Year, d.Month, d.Day = v.typed["year"], v.typed["month"], v.typed["day"]
		} else if day, err := calendar.ParseDay(v.Text); err == nil {
			d.Year, d.Month, d.Day = itoa(day.Year()), itoa(int(day.Month())), itoa(day.DayOfMonth())
		}
		return d
	case YesNo:
		return ui.Choice{Name: x.Code, Label: x.Label, Hint: hint, Error: fault, Optional: x.Optional, Inline: true, Source: note,
			Options: []ui.Option{{Value: yes, Label: "是"}, {Value: no, Label: "否"}}, Selected: selected(v)}
	case Select:
		var options []ui.Option
		for _, o := range x.Options {
			options = append(options, ui.Option{Value: o.Code, Label: o.Text})
		}
		if len(options) <= 4 {
			return ui.Choice{Name: x.Code, Label: x.Label, Hint: hint, Error: fault, Optional: x.Optional, Options: options, Selected: selected(v), Source: note}
		}
		return ui.Select{Name: x.Code, Label: x.Label, Hint: hint, Error: fault, Optional: x.Optional, Blank: "请选择", Options: options, Value: v.raw(""), Source: note}
	case Region:
		return ui.Select{Name: x.Code, Label: x.Label, Hint: hint, Error: fault, Optional: x.Optional, Blank: "请选择", Options: f.places(false), Value: v.raw(""), Source: note}
	case Address:
		return f.address(x, v, fault, hint, note)
	}
	return ui.Field{Kind: x.Kind.control(), Name: x.Code, Label: x.Label, Value: x.boxed(v), Hint: hint, Error: fault, Optional: x.Optional,
		Unit: x.unit(), MaxLength: x.Max, Source: note}
}

// address is two controls: the division, then the rest in words.
func (f Form) address(x Field, v Value, fault, hint string, note ui.SourceNote) templ.Component {
	code, rest, _ := strings.Cut(v.Text, "|")
	if v.typed != nil {
		code, rest = v.typed["region"], v.typed["text"]
	}
	above, below := "", ""
	if fault != "" {
		if above, below = fault, ""; code != "" {
			above, below = "", fault
		}
	}
	return ui.Group{
		ui.Select{Name: x.Code + ".region", Label: x.Label + "：所在村（社区）", Optional: x.Optional, Blank: "请选择", Options: f.places(true), Value: code, Error: above},
		ui.Field{Name: x.Code + ".text", Label: x.Label + "：门牌号", Hint: cmp.Or(hint, "例如 文庙路 12 号 1 楼"), Value: rest, Optional: x.Optional, Error: below, Source: note},
	}
}

// places are the divisions to choose from: villages and communities under the name of their township.
func (f Form) places(withOutside bool) []ui.Option {
	var out []ui.Option
	hasVillages := map[string]bool{}
	for _, r := range f.regions.all {
		if len(r.Code) == 12 {
			hasVillages[r.Code[:9]] = true
		}
	}
	for _, town := range f.regions.all {
		if len(town.Code) != 9 {
			continue
		}
		label := town.Name
		if hasVillages[town.Code] {
			label += "（不确定村、社区）"
		}
		out = append(out, ui.Option{Value: town.Code, Label: label})
		for _, village := range f.regions.all {
			if len(village.Code) == 12 && village.Code[:9] == town.Code {
				out = append(out, ui.Option{Value: village.Code, Label: town.Name + " " + village.Name})
			}
		}
	}
	if withOutside {
		out = append(out, ui.Option{Value: outside, Label: "本县以外"})
	}
	return out
}

func (x Field) hint() string {
	if x.Example == "" {
		return x.Help
	}
	if x.Help == "" {
		return "例如 " + x.Example
	}
	return x.Help + "例如 " + x.Example
}

func (x Field) unit() string {
	if x.Kind == Money || x.Kind == Area {
		return "" // the control has its own
	}
	return x.Unit
}

// raw is what stands in a control: what was typed, if it could not be read, else the stored text.
func (v Value) raw(part string) string {
	if v.typed != nil {
		return v.typed[part]
	}
	return v.Text
}

// boxed is the value as it is typed into a box.
func (x Field) boxed(v Value) string {
	if v.typed != nil {
		return v.typed[""]
	}
	if x.Kind == Money && v.Text != "" {
		if cents, ok := cents(v.Text); ok {
			return strings.ReplaceAll(party.FormatMoney(cents), ",", "")
		}
	}
	return v.Text
}

func selected(v Value) []string {
	if s := v.raw(""); s != "" {
		return []string{s}
	}
	return nil
}

// control is the sort of box for the kind.
func (k Kind) control() ui.FieldKind {
	switch k {
	case LongText:
		return ui.Multiline
	case CitizenNumber:
		return ui.IDNumber
	case CreditCode:
		return ui.USCC
	case Phone:
		return ui.Phone
	case Money:
		return ui.MoneyKind
	case Area:
		return ui.Area
	case Count:
		return ui.Whole
	}
	return ui.Plain
}

// Summary shows all fields of the form as answers to be checked before submitting, topic by topic. change gives the address where a topic is corrected; for
// what the guide asked, guideURL. masked hides personal values.
func (f Form) Summary(values []Value, change func(topic string) string, guideURL string, masked bool) []ui.SummaryList {
	var out []ui.SummaryList
	for _, t := range f.Topics {
		list := ui.SummaryList{Title: t.Title}
		for _, x := range t.Fields {
			v := Get(values, x.Code)
			if v.Element == "" {
				v = x.Known
			}
			a := ui.Answer{Label: x.Label, Value: f.regions.shown(x.Element, v.Text), Source: f.note(x, v)}
			if masked {
				a.Value = f.regions.masked(x.Element, v.Text)
				if x.Personal {
					a.Source.Theirs, a.Source.Yours = "", ""
				}
			}
			switch {
			case x.Later != "":
				a.Value = "办好“" + x.Later + "”后自动填入"
			case !x.Asked():
				a.ChangeURL = guideURL
			case change != nil:
				a.ChangeURL = change(t.Code)
			}
			list.Answers = append(list.Answers, a)
		}
		out = append(out, list)
	}
	return out
}

// Faults brings complaints into the summary at the head of a form.
func Faults(faults []problem.Field) []ui.Fault {
	var out []ui.Fault
	for _, f := range faults {
		out = append(out, ui.Fault{Field: f.Name, Text: f.Message})
	}
	return out
}
