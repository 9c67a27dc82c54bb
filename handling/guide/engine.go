package guide

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"tongban/kernel/calendar"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/rule"
	"tongban/rules/catalogue"
	"tongban/rules/competence"
	"tongban/rules/form"
	"tongban/rules/material"
)

// Engine answers for one or several things (一件事) of one edition. It is pure and may be used by several goroutines.
type Engine struct {
	ed         *pack.Edition
	situations *catalogue.Situations
}

// NewEngine prepares the guide for the things with those codes; [catalogue.SinglePrefix] and an item's code stand for the item alone. The order of the codes
// does not matter.
func NewEngine(ed *pack.Edition, bundles ...string) (*Engine, error) {
	if len(bundles) == 0 {
		return nil, problem.Invalid("请先选择要办的事")
	}
	s, err := catalogue.SituationsOf(ed, bundles...)
	if err != nil {
		return nil, err
	}
	return &Engine{ed: ed, situations: s}, nil
}

// Edition is the edition of the standard the engine works by.
func (e *Engine) Edition() *pack.Edition { return e.ed }

// Bundles are the things, by code.
func (e *Engine) Bundles() []catalogue.Bundle { return e.situations.Bundles() }

// Codes are the codes of the things, sorted.
func (e *Engine) Codes() []string {
	var out []string
	for _, b := range e.Bundles() {
		out = append(out, b.Code)
	}
	return out
}

// Name is what the things are called together.
func (e *Engine) Name() string {
	var names []string
	for _, b := range e.Bundles() {
		names = append(names, b.Name)
	}
	return strings.Join(names, "、")
}

// Ask is a question that still has to be asked.
type Ask struct {
	catalogue.Question
	Why string // what the answer decides, in the applicant's words
}

// Menu is every question that could be asked at all, in order.
func (e *Engine) Menu() []catalogue.Question {
	var out []catalogue.Question
	for _, name := range e.situations.Menu {
		if q, ok := pack.Find[catalogue.Question](e.ed, catalogue.KindQuestion, name); ok {
			out = append(out, q)
		}
	}
	return out
}

// Questions are those whose answer can still change the outcome, in the order of the menu. When there are none, the outcome is decided.
func (e *Engine) Questions(answers map[string]any) ([]Ask, error) {
	needs, err := e.situations.Asked(answers)
	if err != nil {
		return nil, invalid(err)
	}
	var out []Ask
	for _, n := range needs {
		q, ok := pack.Find[catalogue.Question](e.ed, catalogue.KindQuestion, n.Variable)
		if !ok {
			return nil, fmt.Errorf("guide: no question %s in edition %d", n.Variable, e.ed.Number)
		}
		out = append(out, Ask{Question: q, Why: e.why(n.Variable, n.Because)})
	}
	return out, nil
}

// why says what a question decides. Only the weightiest sort of outcome is named: whether something must be done before what it takes. A stop also gates every
// part behind it; such parts are not named.
func (e *Engine) why(question string, because []string) string {
	var parts, details []string
	stop, fee := false, false
	for _, name := range because {
		kind, rest, _ := strings.Cut(name, ":")
		code, _, _ := strings.Cut(rest, "/")
		switch kind {
		case "stop":
			stop = true
		case "part":
			if e.decides(question, code) {
				parts = appendOnce(parts, e.itemName(code))
			}
		case "material", "element", "condition":
			details = appendOnce(details, e.itemName(code))
		case "fee":
			fee = true
		}
	}
	switch {
	case len(parts) > 0:
		return "这一问决定是否要办" + someOf(parts)
	case stop:
		return "这一问决定能不能这样办"
	case len(details) > 0:
		return "这一问决定办理" + someOf(details) + "要交什么、填什么"
	case fee:
		return "这一问决定收多少费"
	}
	return ""
}

// decides tells whether a thing brings the item about by a condition that names the question.
func (e *Engine) decides(question, item string) bool {
	for _, p := range e.situations.Parts {
		if p.Item.Code != item {
			continue
		}
		return slices.ContainsFunc(p.From, func(row catalogue.Part) bool {
			r, err := catalogue.Rule(e.ed, row.When)
			return err == nil && slices.Contains(r.Variables(), question)
		})
	}
	return false
}

func (e *Engine) itemName(code string) string {
	i, err := catalogue.FindItem(e.ed, code)
	if err != nil {
		return code
	}
	return "“" + i.Name + "”"
}

func appendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// someOf names at most three.
func someOf(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], "、") + fmt.Sprintf("等 %d 项", len(names))
	}
	return strings.Join(names, "、")
}

// Relevant drops answers that change nothing beside the others, so that links are short and equal situations have equal links.
func (e *Engine) Relevant(answers map[string]any) (map[string]any, error) {
	out, err := e.situations.Counting(answers)
	return out, invalid(err)
}

// invalid turns an answer that the vocabulary refuses into words on a page.
func invalid(err error) error {
	if err == nil {
		return nil
	}
	return problem.Invalid("有一个回答不能用：%s", err.Error()).WithNext("请回到问题页重新选择。").Wrap(err)
}

// Given is an answer as it is shown.
type Given struct {
	Question catalogue.Question
	Shown    string
}

// Given are the answers in the order of the menu, as people read them.
func (e *Engine) Given(answers map[string]any) []Given {
	var out []Given
	for _, q := range e.Menu() {
		if a, ok := answers[q.Code]; ok && a != nil {
			out = append(out, Given{Question: q, Shown: q.Variable().Show(a)})
		}
	}
	return out
}

// Line is one fee.
type Line struct {
	Item  string
	Name  string
	Cents int64
	Text  string // 收费标准 as printed
	Basis string
	Waive string
	Local bool // the amount is local practice
}

// PlannedPart is an item that must be done, with its place in the plan.
type PlannedPart struct {
	Item     catalogue.Item
	After    []string      // items of this plan that must be granted first
	Why      string        // why this permit is needed, from the thing
	Because  []rule.Reason // the answers that cause it
	Basis    string
	Mark     catalogue.Mark
	Unit     competence.Unit
	Begin    int  // working days after acceptance at which it can begin, by the promised limits
	End      int  // and at which it is done
	Critical bool // a day lost here is a day lost for all
	Fees     []Line
}

// Stop is the end of the way for one of the things.
type Stop struct {
	Bundle string
	Name   string
	catalogue.Stop
	Because []rule.Reason
}

// Outcome is what the answers lead to.
type Outcome struct {
	Decided   bool // nothing is left to ask; otherwise the outcome shows what might be needed at most
	Parts     []PlannedPart
	Stops     []Stop
	Needs     []material.Need
	Form      form.Form
	Fees      []Line
	Total     int64    // cents
	Promised  int      // working days until the last part is done: along the critical path, not the sum
	Statutory int      // the same by the statutory limits
	Exact     bool     // both are exact: all limits are in working days
	Critical  []string // items on the critical path, in order
	Visits    int
	Windows   []string // service points and counters where everything can be given in
	Conflicts []string // items that wait for each other; publishing prevents this within one thing, several things at once may bring it about
}

// Outcome computes what the answers lead to, on the day. What is still open counts as needed, so an undecided outcome is an upper bound.
func (e *Engine) Outcome(answers map[string]any, on calendar.Day) (Outcome, error) {
	asked, err := e.situations.Asked(answers)
	if err != nil {
		return Outcome{}, invalid(err)
	}
	verdicts, err := e.situations.Rules.Outcomes(answers)
	if err != nil {
		return Outcome{}, invalid(err)
	}
	o := Outcome{Decided: len(asked) == 0, Exact: true}
	for _, s := range e.situations.Stops {
		if verdicts[s.Outcome] != rule.True {
			continue
		}
		because, err := e.situations.Rules.Explain(s.Outcome, answers)
		if err != nil {
			return o, err
		}
		b, err := catalogue.FindAny(e.ed, s.Bundle)
		if err != nil {
			return o, err
		}
		o.Stops = append(o.Stops, Stop{Bundle: s.Bundle, Name: b.Name, Stop: s.Stop, Because: because})
	}
	var items []catalogue.Item
	for _, p := range e.situations.Parts {
		if verdicts[p.Outcome] == rule.False {
			continue
		}
		part, err := e.part(p, answers, on)
		if err != nil {
			return o, err
		}
		o.Parts = append(o.Parts, part)
		items = append(items, p.Item)
	}
	o.order()
	o.windows(e.Bundles())
	if o.Form, err = form.Merge(e.ed, items, answers); err != nil {
		return o, err
	}
	o.Needs, err = material.Merge(e.ed, items, answers, material.Exemptions{Earlier: o.Earlier()})
	return o, err
}

func (e *Engine) part(p catalogue.SituatedPart, answers map[string]any, on calendar.Day) (PlannedPart, error) {
	out := PlannedPart{Item: p.Item, After: slices.Clone(p.After)}
	var err error
	if out.Unit, err = competence.Responsible(e.ed, p.Item, on); err != nil {
		return out, err
	}
	for _, row := range p.From { // the first row that holds says why
		holds, because, err := catalogue.Holds(e.ed, row.When, answers)
		if err != nil {
			return out, invalid(err)
		}
		if holds {
			out.Why, out.Basis, out.Mark, out.Because = row.Why, row.Basis, row.Mark, because
			break
		}
	}
	out.Fees, err = e.fees(p.Item, answers)
	return out, err
}

// fees lists what the item costs under the answers. An amount that cannot be computed yet is left out.
func (e *Engine) fees(i catalogue.Item, answers map[string]any) ([]Line, error) {
	var out []Line
	for _, f := range i.Fees {
		holds, _, err := catalogue.Holds(e.ed, f.When, answers)
		if err != nil {
			return nil, invalid(err)
		}
		if !holds {
			continue
		}
		line := Line{Item: i.Code, Name: f.Name, Cents: f.Amount, Text: f.Text, Basis: f.Basis, Waive: f.Waive, Local: f.Mark == catalogue.Local}
		if f.Rule != "" {
			formula, err := catalogue.Formula(e.ed, f.Rule)
			if err != nil {
				return nil, err
			}
			if open, err := formula.Open(answers); err != nil || len(open) > 0 {
				continue
			}
			n, err := formula.Number(answers)
			if err != nil {
				return nil, err
			}
			line.Cents = int64(math.Round(max(0, n)))
		}
		out = append(out, line)
	}
	return out, nil
}

// Part finds the plan of an item.
func (o Outcome) Part(item string) (PlannedPart, bool) {
	n := slices.IndexFunc(o.Parts, func(p PlannedPart) bool { return p.Item.Code == item })
	if n < 0 {
		return PlannedPart{}, false
	}
	return o.Parts[n], true
}

// Items are the items to be done, in the order of the plan.
func (o Outcome) Items() []catalogue.Item {
	var out []catalogue.Item
	for _, p := range o.Parts {
		out = append(out, p.Item)
	}
	return out
}

// Earlier gives for every item those granted before it, however many steps before.
func (o Outcome) Earlier() map[string][]string {
	out := map[string][]string{}
	for _, p := range o.Parts { // they stand in the order of the plan
		var before []string
		for _, a := range p.After {
			before = append(append(before, a), out[a]...)
		}
		slices.Sort(before)
		out[p.Item.Code] = slices.Compact(before)
	}
	return out
}

// order puts the parts into the order of their dependencies and finds the critical path. Parts that no other waits for run side by side, so the whole takes as
// long as the longest chain.
func (o *Outcome) order() {
	index := map[string]int{}
	for n, p := range o.Parts {
		index[p.Item.Code] = n
	}
	for n := range o.Parts {
		o.Parts[n].After = slices.DeleteFunc(o.Parts[n].After, func(a string) bool { _, ok := index[a]; return !ok })
	}
	var sorted []PlannedPart
	state := map[string]int{}
	var place func(string)
	place = func(item string) {
		n, ok := index[item]
		if !ok || state[item] == 2 {
			return
		}
		state[item] = 1
		p := o.Parts[n]
		p.After = slices.DeleteFunc(slices.Clone(p.After), func(a string) bool {
			if state[a] == 1 {
				o.Conflicts = append(o.Conflicts, p.Item.Code, a)
				return true
			}
			place(a)
			return false
		})
		state[item] = 2
		sorted = append(sorted, p)
	}
	for _, p := range o.Parts {
		place(p.Item.Code)
	}
	o.Parts = sorted
	statutory := map[string]int{}
	end := map[string]int{}
	last := ""
	for n := range o.Parts {
		p := &o.Parts[n]
		legal := 0
		for _, a := range p.After {
			p.Begin = max(p.Begin, end[a])
			legal = max(legal, statutory[a])
		}
		p.End = p.Begin + p.Item.Promised.Workdays()
		end[p.Item.Code], statutory[p.Item.Code] = p.End, legal+p.Item.Statutory.Workdays()
		o.Statutory = max(o.Statutory, statutory[p.Item.Code])
		o.Exact = o.Exact && p.Item.Promised.Exact() && p.Item.Statutory.Exact()
		o.Fees = append(o.Fees, p.Fees...)
		for _, f := range p.Fees {
			o.Total += f.Cents
		}
		o.Visits = max(o.Visits, p.Item.Visits)
		if last == "" || p.End > end[last] {
			last = p.Item.Code
		}
	}
	o.Promised = end[last]
	o.critical(last, end)
	slices.SortStableFunc(o.Parts, func(a, b PlannedPart) int { return cmp.Compare(depth(o, a), depth(o, b)) })
}

// depth is the number of steps before a part: the column in which it stands.
func depth(o *Outcome, p PlannedPart) int {
	d := 0
	for _, a := range p.After {
		if b, ok := o.Part(a); ok {
			d = max(d, depth(o, b)+1)
		}
	}
	return d
}

// critical walks back from the part that is done last through those that set its beginning.
func (o *Outcome) critical(last string, end map[string]int) {
	for last != "" {
		n := slices.IndexFunc(o.Parts, func(p PlannedPart) bool { return p.Item.Code == last })
		p := &o.Parts[n]
		p.Critical = true
		o.Critical = append([]string{last}, o.Critical...)
		last = ""
		for _, a := range p.After {
			if end[a] == p.Begin && (last == "" || a < last) {
				last = a
			}
		}
	}
}

// windows finds where everything can be given in at once: the things' own windows, else the counters that take every part.
func (o *Outcome) windows(bundles []catalogue.Bundle) {
	for _, b := range bundles {
		for _, w := range b.Windows {
			o.Windows = appendOnce(o.Windows, w)
		}
	}
	if len(o.Windows) > 0 || len(o.Parts) == 0 {
		return
	}
	for _, w := range o.Parts[0].Item.Windows {
		if !slices.ContainsFunc(o.Parts, func(p PlannedPart) bool { return !slices.Contains(p.Item.Windows, w) }) {
			o.Windows = append(o.Windows, w)
		}
	}
}
