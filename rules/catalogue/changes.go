package catalogue

import (
	"cmp"
	"fmt"
	"slices"

	"tongban/kernel/pack"
	"tongban/kernel/rule"
)

// Change is one way in which a new edition treats people differently.
type Change struct {
	Bundle string // code of the thing; empty for a change of an item as such
	Name   string
	Item   string // code, for changes of an item
	Text   string // what changes, in Chinese
	Cases  []rule.Case
}

// Changes tells which outcomes a change of rules alters, with example answers, and which limits and fees are different. It compares results, not wording.
// Things and items whose rules cannot be read are named as such.
func Changes(old, new *pack.Edition) []Change {
	var out []Change
	for _, b := range Bundles(new) {
		before, ok := pack.Find[Bundle](old, KindBundle, b.Code)
		if !ok {
			out = append(out, Change{Bundle: b.Code, Name: b.Name, Text: "新增了一件事“" + b.Name + "”"})
			continue
		}
		was, err1 := SituationsOf(old, before.Code)
		is, err2 := SituationsOf(new, b.Code)
		if err := cmp.Or(err1, err2); err != nil {
			out = append(out, Change{Bundle: b.Code, Name: b.Name, Text: "规则读不出来，没有比较：" + err.Error()})
			continue
		}
		for _, c := range rule.Diff(was.Rules, is.Rules) {
			out = append(out, Change{Bundle: b.Code, Name: b.Name, Text: c.Text, Cases: c.Cases})
		}
		out = append(out, orders(b, was, is)...)
	}
	for _, b := range Bundles(old) {
		if _, ok := pack.Find[Bundle](new, KindBundle, b.Code); !ok {
			out = append(out, Change{Bundle: b.Code, Name: b.Name, Text: "取消了一件事“" + b.Name + "”"})
		}
	}
	for _, i := range Items(new) {
		out = append(out, itemChanges(old, i)...)
	}
	for _, i := range Items(old) {
		if _, ok := pack.Find[Item](new, KindItem, i.Code); !ok {
			out = append(out, Change{Item: i.Code, Name: i.Name, Text: "取消了事项“" + i.Name + "”"})
		}
	}
	return out
}

// orders compares which part waits for which.
func orders(b Bundle, was, is *Situations) []Change {
	var out []Change
	for _, p := range is.Parts {
		n := slices.IndexFunc(was.Parts, func(x SituatedPart) bool { return x.Item.Code == p.Item.Code })
		if n >= 0 && !slices.Equal(was.Parts[n].After, p.After) {
			out = append(out, Change{Bundle: b.Code, Name: b.Name, Item: p.Item.Code, Text: fmt.Sprintf("“%s”等待的事项变了", p.Item.Name)})
		}
	}
	return out
}

func itemChanges(old *pack.Edition, i Item) []Change {
	before, ok := pack.Find[Item](old, KindItem, i.Code)
	if !ok {
		return []Change{{Item: i.Code, Name: i.Name, Text: "新增了事项“" + i.Name + "”"}}
	}
	var out []Change
	say := func(what, was, is string) {
		if was != is {
			out = append(out, Change{Item: i.Code, Name: i.Name, Text: fmt.Sprintf("“%s”的%s由 %s 改为 %s", i.Name, what, or(was, "无"), or(is, "无"))})
		}
	}
	say("法定时限", before.Statutory.String(), i.Statutory.String())
	say("承诺时限", before.Promised.String(), i.Promised.String())
	say("实施主体", before.Unit, i.Unit)
	say("收费", fees(before), fees(i))
	say("必交材料和数据项", always(before), always(i))
	return out
}

func fees(i Item) string {
	s := ""
	for _, f := range i.Fees {
		s += fmt.Sprintf("%s %d%s；", f.Name, f.Amount, f.Rule)
	}
	return s
}

// always lists what the item asks of everyone, in a fixed order.
func always(i Item) string {
	var list []string
	for _, m := range i.Materials {
		if m.When == "" {
			list = append(list, m.Type+"（"+m.Necessity+"）")
		}
	}
	for _, e := range i.Elements {
		if e.When == "" {
			list = append(list, e.Element)
		}
	}
	slices.Sort(list)
	return fmt.Sprint(list)
}
