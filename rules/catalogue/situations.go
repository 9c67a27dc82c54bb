package catalogue

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tongban/kernel/pack"
	"tongban/kernel/rule"
)

// Situations are the rules of one or several things at once: which parts apply, what each part then needs, and where the way ends. They are made once for
// each edition and combination and may be used by several goroutines.
type Situations struct {
	Rules   *rule.RuleSet
	Parts   []SituatedPart
	Stops   []SituatedStop
	Menu    []string // questions in the order in which they are asked
	Fees    []SituatedFee
	bundles []Bundle
}

// SituatedPart is an item that one of the things may bring about.
type SituatedPart struct {
	Outcome string // its name in Rules
	Item    Item
	After   []string // items of the same set that are granted before it when both apply
	From    []Part   // the rows of the things that bring it
}

// SituatedStop is an end of the way.
type SituatedStop struct {
	Outcome string
	Bundle  string
	Stop    Stop
}

// SituatedFee is a fee whose amount is computed.
type SituatedFee struct {
	Outcome string
	Item    string
	Formula *rule.Formula
}

// Single is a thing made of one item, for those who need nothing else.
func Single(i Item) Bundle {
	b := Bundle{Code: SinglePrefix + i.Code, Name: i.Name, Aliases: i.Aliases, Side: "person", Lead: i.Unit, Windows: i.Windows,
		Parts: []Part{{Item: i.Code, Why: "您要办的就是这个事项"}}}
	if !slices.Contains(i.Subjects, "person") {
		b.Side = "company"
	}
	return b
}

// SinglePrefix marks the code of a thing that is one item alone.
const SinglePrefix = "item:"

// FindAny finds a thing, or an item as a thing of its own when the code begins with [SinglePrefix].
func FindAny(ed *pack.Edition, code string) (Bundle, error) {
	if item, ok := strings.CutPrefix(code, SinglePrefix); ok {
		i, err := FindItem(ed, item)
		return Single(i), err
	}
	return FindBundle(ed, code)
}

// SituationsOf gathers the rules of the things with those codes. The order of the codes does not matter.
func SituationsOf(ed *pack.Edition, codes ...string) (*Situations, error) {
	codes = slices.Compact(slices.Sorted(slices.Values(codes)))
	return pack.Cached(ed, "catalogue.situations:"+strings.Join(codes, " "), func() (*Situations, error) {
		var bundles []Bundle
		for _, code := range codes {
			b, err := FindAny(ed, code)
			if err != nil {
				return nil, err
			}
			bundles = append(bundles, b)
		}
		return situate(ed, bundles)
	})
}

// Bundles are the things in the set, by code.
func (s *Situations) Bundles() []Bundle { return s.bundles }

func situate(ed *pack.Edition, bundles []Bundle) (*Situations, error) {
	v, err := Vocabulary(ed)
	if err != nil {
		return nil, err
	}
	s := &Situations{bundles: bundles}
	var outcomes []rule.Outcome
	add := func(name, label string, sources ...string) error {
		o := rule.Outcome{Name: name, Label: label}
		for _, src := range sources {
			if src == "" {
				continue
			}
			r, err := Rule(ed, src)
			if err != nil {
				return err
			}
			o.Rules = append(o.Rules, r)
		}
		outcomes = append(outcomes, o)
		return nil
	}
	applies := map[string][]string{} // item -> ways in which it comes about
	for _, b := range bundles {
		var before []string
		for n, stop := range b.Stop {
			name := "stop:" + b.Code + ":" + strconv.Itoa(n+1)
			// Only the first stop that holds counts, so that one reason is given and the answer is the same in whatever order it was found.
			if err := add(name, stop.Text, append([]string{or(stop.When, "true")}, before...)...); err != nil {
				return nil, err
			}
			s.Stops = append(s.Stops, SituatedStop{Outcome: name, Bundle: b.Code, Stop: stop})
			before = append(before, "!("+or(stop.When, "true")+")")
		}
		for _, p := range b.Parts {
			way := "(" + or(p.When, "true") + ")"
			if len(before) > 0 {
				way = "(" + way + " && " + strings.Join(before, " && ") + ")"
			}
			applies[p.Item] = append(applies[p.Item], way)
			at := slices.IndexFunc(s.Parts, func(x SituatedPart) bool { return x.Item.Code == p.Item })
			if at < 0 {
				item, err := FindItem(ed, p.Item)
				if err != nil {
					return nil, err
				}
				s.Parts = append(s.Parts, SituatedPart{Outcome: "part:" + p.Item, Item: item})
				at = len(s.Parts) - 1
			}
			s.Parts[at].From = append(s.Parts[at].From, p)
			for _, a := range append(slices.Clone(p.After), s.Parts[at].Item.Needs...) {
				if !slices.Contains(s.Parts[at].After, a) {
					s.Parts[at].After = append(s.Parts[at].After, a)
				}
			}
		}
		for _, q := range b.Questions {
			if !slices.Contains(s.Menu, q) {
				s.Menu = append(s.Menu, q)
			}
		}
	}
	known := func(code string) bool {
		return slices.ContainsFunc(s.Parts, func(p SituatedPart) bool { return p.Item.Code == code })
	}
	for n, p := range s.Parts {
		s.Parts[n].After = slices.DeleteFunc(p.After, func(a string) bool { return !known(a) })
		slices.Sort(s.Parts[n].After)
		way := strings.Join(applies[p.Item.Code], " || ")
		if err := add(p.Outcome, p.Item.Name, way); err != nil {
			return nil, err
		}
		for _, need := range conditioned(ed, p.Item) {
			if err := add(need.name, need.label, way, need.when); err != nil {
				return nil, err
			}
		}
		for f, fee := range p.Item.Fees {
			if fee.Rule == "" {
				continue
			}
			formula, err := Formula(ed, fee.Rule)
			if err != nil {
				return nil, err
			}
			name := feeName(p.Item, f)
			if err := add(name, fee.Name, way, or(fee.When, "true")); err != nil {
				return nil, err
			}
			s.Fees = append(s.Fees, SituatedFee{Outcome: name, Item: p.Item.Code, Formula: formula})
		}
	}
	if s.Rules, err = rule.NewRuleSet(v, outcomes...); err != nil {
		return nil, err
	}
	for _, x := range v.Variables() { // what a rule asks beyond the menu is asked after it
		used := slices.ContainsFunc(outcomes, func(o rule.Outcome) bool {
			return slices.ContainsFunc(o.Rules, func(r *rule.Rule) bool { return slices.Contains(r.Variables(), x.Name) })
		}) || slices.ContainsFunc(s.Fees, func(f SituatedFee) bool { return slices.Contains(f.Formula.Variables(), x.Name) })
		if used && !slices.Contains(s.Menu, x.Name) {
			s.Menu = append(s.Menu, x.Name)
		}
	}
	return s, nil
}

// conditional is something an item needs under a condition of its own.
type conditional struct{ name, label, when, path string }

// titleOf is what people call a material or a data element; its code where the edition does not have it.
func titleOf(ed *pack.Edition, kind, code string) string {
	type titled struct {
		Name  string `json:"name"`
		Label string `json:"label"`
	}
	t, _ := pack.Find[titled](ed, kind, code)
	return cmp.Or(t.Name, t.Label, code)
}

// conditioned lists what the item needs only in some situations. Rows of the same material are joined: what counts is whether it is needed.
func conditioned(ed *pack.Edition, i Item) []conditional {
	var out []conditional
	add := func(kind, what, label, when, path string) {
		name := kind + ":" + i.Code + "/" + what
		if n := slices.IndexFunc(out, func(c conditional) bool { return c.name == name }); n >= 0 {
			if kind == "material" && strings.TrimSpace(when) != "" {
				// Which of the rows holds decides copies and waivers, so each is an outcome of its own.
				name += "#" + strconv.Itoa(len(out))
			} else {
				return
			}
		}
		if strings.TrimSpace(when) != "" {
			out = append(out, conditional{name, label, when, path})
		}
	}
	for n, m := range i.Materials {
		add("material", m.Type, i.Name+"的材料："+titleOf(ed, "material", m.Type), m.When, "materials["+strconv.Itoa(n)+"].when")
	}
	for n, e := range i.Elements {
		add("element", e.Element, i.Name+"要填的："+titleOf(ed, "element", e.Element), e.When, "elements["+strconv.Itoa(n)+"].when")
	}
	for n, c := range i.Conditions {
		add("condition", strconv.Itoa(n), i.Name+"的条件“"+c.Text+"”", c.When, "conditions["+strconv.Itoa(n)+"].when")
	}
	for n, f := range i.Fees {
		if f.Rule == "" {
			add("fee", strconv.Itoa(n), i.Name+"的收费“"+f.Name+"”", f.When, "fees["+strconv.Itoa(n)+"].when")
		}
	}
	return out
}

func feeName(i Item, n int) string { return "fee:" + i.Code + "/" + strconv.Itoa(n) }

// Asked lists the questions that can still change what the answers lead to, in the order of the menu, each with the outcomes it can change. When it is empty
// the outcome is decided.
func (s *Situations) Asked(answers map[string]any) ([]rule.Need, error) {
	needs, err := s.Rules.Questions(answers)
	if err != nil {
		return nil, err
	}
	verdicts, err := s.Rules.Outcomes(answers)
	if err != nil {
		return nil, err
	}
	for _, f := range s.Fees {
		if verdicts[f.Outcome] != rule.True {
			continue
		}
		open, err := f.Formula.Open(answers)
		if err != nil {
			return nil, err
		}
		for _, name := range open {
			if n := slices.IndexFunc(needs, func(x rule.Need) bool { return x.Variable == name }); n >= 0 {
				needs[n].Because = append(needs[n].Because, f.Outcome)
			} else {
				needs = append(needs, rule.Need{Variable: name, Because: []string{f.Outcome}})
			}
		}
	}
	slices.SortStableFunc(needs, func(a, b rule.Need) int {
		return slices.Index(s.Menu, a.Variable) - slices.Index(s.Menu, b.Variable)
	})
	return needs, nil
}

// Counting drops the answers that change nothing beside the others: what remains is the situation itself. Fewer answers, shorter links.
func (s *Situations) Counting(answers map[string]any) (map[string]any, error) {
	kept := map[string]any{}
	for grown := true; grown; {
		grown = false
		for _, name := range s.Menu {
			a, ok := answers[name]
			if _, have := kept[name]; have || !ok || a == nil || a == "" {
				continue
			}
			asked, err := s.Asked(kept)
			if err != nil {
				return nil, err
			}
			if slices.ContainsFunc(asked, func(n rule.Need) bool { return n.Variable == name }) {
				kept[name], grown = a, true
			}
		}
	}
	// An answer given early may have become idle through later ones.
	for _, name := range slices.Backward(s.Menu) {
		a, ok := kept[name]
		if !ok {
			continue
		}
		delete(kept, name)
		asked, err := s.Asked(kept)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(asked, func(n rule.Need) bool { return n.Variable == name }) {
			kept[name] = a
		}
	}
	return kept, nil
}

// or gives the first text that says something.
func or(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}
