package form

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"tongban/kernel/pack"
	"tongban/kernel/problem"
)

// Value is what a field holds.
type Value struct {
	Element  string
	Text     string // canonical; empty means not given
	Shown    string // as people read it, in full
	Source   string // where it came from before anyone typed it, in the applicant's words; empty when typed
	Original string // what the source said, canonical, when the applicant put something else

	typed map[string]string // as it was typed, by part, when it could not be read
}

// Corrected tells whether the applicant changed what a source said.
func (v Value) Corrected() bool { return v.Source != "" && v.Original != "" && v.Original != v.Text }

// Read takes a posted form. values holds every field that was sent, in canonical form; one that cannot be read has an empty Text and is complained of in
// faults, by the name of its control. An optional field left empty is no fault. Fields that the guide's answers already fill are included as they are.
func (f Form) Read(posted url.Values, now time.Time) (values []Value, faults []problem.Field) {
	for _, t := range f.Topics {
		for _, x := range t.Fields {
			if !x.Asked() {
				if x.Known.Text != "" {
					values = append(values, x.Known)
				}
				continue
			}
			v, err := f.read(x, posted, now)
			values = append(values, v)
			if err != nil {
				faults = append(faults, problem.Field{Name: x.faultName(v), Message: problem.MessageFor(err)})
			}
		}
	}
	return values, faults
}

// faultName is the control that the complaint leads to: the first part of a divided field that is empty.
func (x Field) faultName(v Value) string {
	switch x.Kind {
	case Day:
		for _, part := range []string{"month", "day"} {
			if v.typed["year"] != "" && v.typed[part] == "" {
				return x.Code + "-" + part
			}
		}
	case Address:
		if v.typed["region"] != "" {
			return x.Code + ".text"
		}
		return x.Code + ".region"
	}
	return x.Code
}

func (f Form) read(x Field, posted url.Values, now time.Time) (Value, error) {
	v := Value{Element: x.Code, typed: map[string]string{"": posted.Get(x.Code)}}
	typed := posted.Get(x.Code)
	switch x.Kind {
	case Day:
		for _, part := range []string{"year", "month", "day"} {
			v.typed[part] = posted.Get(x.Code + "." + part)
		}
		whole, err := joinDate(v.typed)
		if err != nil {
			return v, err
		}
		typed = cmp.Or(whole, typed)
	case Address:
		v.typed["region"], v.typed["text"] = posted.Get(x.Code+".region"), posted.Get(x.Code+".text")
		if v.typed["region"] != "" || strings.TrimSpace(v.typed["text"]) != "" {
			typed = v.typed["region"] + "|" + v.typed["text"]
		}
	}
	if strings.TrimSpace(typed) == "" {
		if !x.Optional {
			return v, problem.Invalid("%s", x.missing())
		}
		v.typed = nil
		return v, nil
	}
	text, err := canonical(x.Element, typed, f.regions)
	if err == nil {
		err = plausible(x.Element, text, now)
	}
	if err != nil {
		return v, err
	}
	v.Text, v.Shown, v.typed = text, f.regions.shown(x.Element, text), nil
	return v, nil
}

// missing asks for the field in the words of its kind.
func (x Field) missing() string {
	switch x.Kind {
	case YesNo, Select, Region:
		return "请选择" + x.Label
	}
	return "请填写" + x.Label
}

// joinDate puts three boxes together. A whole date pasted into the first box counts when the others are empty.
func joinDate(typed map[string]string) (string, error) {
	y, m, d := strings.TrimSpace(typed["year"]), strings.TrimSpace(typed["month"]), strings.TrimSpace(typed["day"])
	y, m, d = strings.TrimSuffix(y, "年"), strings.TrimSuffix(m, "月"), strings.TrimSuffix(d, "日")
	switch {
	case m == "" && d == "" && len(y) != 4:
		return strings.TrimSpace(typed["year"]), nil
	case y == "":
		return "", problem.Invalid("日期还缺“年”，请补上，例如 2026")
	case m == "":
		return "", problem.Invalid("日期还缺“月”，请补上 1 至 12")
	case d == "":
		return "", problem.Invalid("日期还缺“日”，请补上 1 至 31")
	}
	return y + "年" + m + "月" + d + "日", nil
}

// Shown is a stored value as it may be shown to anyone who sees the case: personal information is masked. An element that the edition does not have any more
// is shown as stored, unless it looks personal.
func Shown(ed *pack.Edition, element, text string) string {
	e, ok := pack.Find[Element](ed, KindElement, element)
	if !ok {
		return "****"
	}
	return regionsOf(ed).masked(e, text)
}

// ShownInFull is a stored value as its owner and the handler of the case read it.
func ShownInFull(ed *pack.Edition, element, text string) string {
	e, ok := pack.Find[Element](ed, KindElement, element)
	if !ok {
		return text
	}
	return regionsOf(ed).shown(e, text)
}

// LabelOf is the name of a data element; its code where the edition has none of it.
func LabelOf(ed *pack.Edition, element string) string {
	e, _ := pack.Find[Element](ed, KindElement, element)
	return cmp.Or(e.Label, element)
}

// Canonical brings a value that another module has into the stored form of the element.
func Canonical(ed *pack.Edition, element, typed string) (string, error) {
	e, ok := pack.Find[Element](ed, KindElement, element)
	if !ok {
		return "", problem.NotFound("没有数据元 %s", element)
	}
	if strings.TrimSpace(typed) == "" {
		return "", nil
	}
	return canonical(e, typed, regionsOf(ed))
}

// Reconcile puts what the applicant gave beside what the sources said. A value left as it came keeps its source; one that was changed keeps both.
func Reconcile(given, prefilled []Value) []Value {
	out := make([]Value, len(given))
	for n, v := range given {
		for _, p := range prefilled {
			if p.Element != v.Element || p.Source == "" || v.Source != "" {
				continue
			}
			v.Source = p.Source
			if original := cmp.Or(p.Original, p.Text); original != v.Text {
				v.Original = original
			}
		}
		out[n] = v
	}
	return out
}
