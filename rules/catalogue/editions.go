package catalogue

import (
	"fmt"
	"slices"
	"strings"

	"tongban/base/org"
	"tongban/base/party"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/rule"
)

// The kinds of documents that this module owns in a pack.
const (
	KindItem     = "item"
	KindBundle   = "bundle"
	KindQuestion = "question"
	KindSynonym  = "synonym"
)

// FindItem finds an item of the edition; [problem.KindNotFound] when there is none of that code.
func FindItem(ed *pack.Edition, code string) (Item, error) {
	i, ok := pack.Find[Item](ed, KindItem, code)
	if !ok {
		return i, problem.NotFound("没有编号为“%s”的事项，可能已经调整或取消", code).WithNext("请到“事项目录”里按名称查找，或拨打 12345。")
	}
	return i, nil
}

// FindBundle finds a thing (一件事) of the edition; [problem.KindNotFound] when there is none of that code.
func FindBundle(ed *pack.Edition, code string) (Bundle, error) {
	b, ok := pack.Find[Bundle](ed, KindBundle, code)
	if !ok {
		return b, problem.NotFound("没有叫“%s”的一件事，可能已经调整或取消", code).WithNext("请到“一件事一次办”里重新选择。")
	}
	return b, nil
}

// Items lists all items in the pack's order.
func Items(ed *pack.Edition) []Item { return pack.All[Item](ed, KindItem) }

// Bundles lists all things (一件事) in the pack's order.
func Bundles(ed *pack.Edition) []Bundle { return pack.All[Bundle](ed, KindBundle) }

// Questions lists the dictionary of determinants in the pack's order.
func Questions(ed *pack.Edition) []Question { return pack.All[Question](ed, KindQuestion) }

// Pick turns item codes into items, each once, in the pack's order: merged forms and lists must not depend on the order of asking.
func Pick(ed *pack.Edition, codes []string) ([]Item, error) {
	var out []Item
	for _, i := range Items(ed) {
		if slices.Contains(codes, i.Code) {
			out = append(out, i)
		}
	}
	for _, c := range codes {
		if _, err := FindItem(ed, c); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Once drops repeated items and brings the rest into the pack's order.
func Once(ed *pack.Edition, items []Item) []Item {
	place := map[string]int{}
	for n, i := range Items(ed) {
		place[i.Code] = n + 1
	}
	out := slices.Clone(items)
	slices.SortStableFunc(out, func(a, b Item) int {
		if d := place[a.Code] - place[b.Code]; d != 0 {
			return d
		}
		return strings.Compare(a.Code, b.Code)
	})
	return slices.CompactFunc(out, func(a, b Item) bool { return a.Code == b.Code })
}

// ImplementationCodeOf gives the 31 characters of the item (实施编码), with two more where it is a 业务办理项; empty as long as its unit's USCC or its basic
// code is not usable.
func ImplementationCodeOf(ed *pack.Edition, i Item) string {
	u, ok := pack.Find[org.Unit](ed, org.Kind, i.Unit)
	if !ok {
		return ""
	}
	uscc, err := party.ParseUSCC(u.USCC)
	if err != nil {
		return ""
	}
	basic, err := ParseBasicCode(i.BasicCode)
	if err != nil {
		return ""
	}
	c, err := MakeImplementationCode(uscc, i.Level, basic)
	if err != nil {
		return ""
	}
	if h, err := MakeHandlingCode(c, i.Variant); err == nil {
		return h.String()
	}
	return c.String()
}

// Variable declares the question to the rule language.
func (q Question) Variable() rule.Variable {
	v := rule.Variable{Name: q.Code, Label: q.Label(), Unit: q.Unit}
	switch q.Kind {
	case "bool":
		v.Kind = rule.Bool
	case "number":
		v.Kind = rule.Number
		if q.Min != 0 || q.Max != 0 {
			low, high := q.Min, q.Max
			v.Min, v.Max = &low, &high
		}
	default:
		v.Kind = rule.Choice
		for _, o := range q.Options {
			v.Options = append(v.Options, rule.Option{Code: o.Code, Label: o.Text})
		}
	}
	return v
}

// Label is what explanations call the question.
func (q Question) Label() string {
	if q.Short != "" {
		return q.Short
	}
	return q.Text
}

// Vocabulary declares every question of the edition as a variable. It is made once for each edition.
func Vocabulary(ed *pack.Edition) (*rule.Vocabulary, error) {
	return pack.Cached(ed, "catalogue.vocabulary", func() (*rule.Vocabulary, error) {
		var vars []rule.Variable
		for _, q := range Questions(ed) {
			vars = append(vars, q.Variable())
		}
		v, err := rule.NewVocabulary(vars...)
		if err != nil {
			return nil, fmt.Errorf("情形问题：%w", err)
		}
		return v, nil
	})
}

// Rule compiles a condition (when) of the edition, once. The empty condition always holds.
func Rule(ed *pack.Edition, when string) (*rule.Rule, error) {
	if strings.TrimSpace(when) == "" {
		when = "true"
	}
	return pack.Cached(ed, "catalogue.rule:"+when, func() (*rule.Rule, error) {
		v, err := Vocabulary(ed)
		if err != nil {
			return nil, err
		}
		return v.Compile(when)
	})
}

// Formula compiles an amount, such as the rule of a fee, once.
func Formula(ed *pack.Edition, source string) (*rule.Formula, error) {
	return pack.Cached(ed, "catalogue.formula:"+source, func() (*rule.Formula, error) {
		v, err := Vocabulary(ed)
		if err != nil {
			return nil, err
		}
		return v.CompileValue(source)
	})
}

// Holds tells whether a condition holds under the answers. A condition that the answers leave open counts as holding: nobody is spared what might be
// needed because a question was not asked. because are the answers it rests on.
func Holds(ed *pack.Edition, when string, answers map[string]any) (holds bool, because []rule.Reason, err error) {
	if strings.TrimSpace(when) == "" {
		return true, nil, nil
	}
	r, err := Rule(ed, when)
	if err != nil {
		return false, nil, err
	}
	verdict, err := r.Verdict(answers)
	if err != nil || verdict == rule.False {
		return false, nil, err
	}
	if verdict == rule.Open {
		return true, nil, nil
	}
	because, err = r.Explain(answers)
	return true, because, err
}
