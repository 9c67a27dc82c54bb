// Package flow keeps states in tables. A [Table] lists every move (流转) a thing can make;
// nothing else ever happens to its state. The same table decides ([Step]), tells a page
// which buttons to show ([Table.Allowed]), is checked when the program starts
// ([Table.Check]) and is printed for people ([Table.SVG], [Table.Markdown]).
//
// States and acts are string types of the module that owns the table:
//
//	var moves = flow.Table[State, Act]{Name: "信访件", Moves: []flow.Move[State, Act]{
//		{From: Received, Act: Assign, To: Handling, Label: "交办"},
//		{From: Handling, Act: Answer, To: Answered, Label: "答复", Guard: "已写答复意见"},
//	}, States: []flow.State[State]{{Name: Received, Label: "已收到", Start: true}, …}}
package flow

import (
	"fmt"
	"slices"
	"strings"
)

// Move is one row: from a state, by an act, to a state.
type Move[S, A ~string] struct {
	From  S
	Act   A
	To    S
	Label string // the act in Chinese, a verb, as on the button
	Guard string // what must be true besides, in Chinese; for people, checked by the command
	By    string // who acts, in Chinese; for people
	Basis string // article or rule the move rests on; for people
}

// State declares a state.
type State[S ~string] struct {
	Name  S
	Label string // in Chinese
	Start bool   // things may begin here
	End   bool   // nothing needs to follow
}

// Table is a transition table. It is data: treat it as immutable once declared. A state
// that occurs in Moves only is labelled by its own name.
type Table[S, A ~string] struct {
	Name   string // the thing whose states these are, in Chinese
	States []State[S]
	Moves  []Move[S, A]
}

// Refusal says that an act is not possible in a state.
type Refusal struct {
	Thing    string   // the table's name
	State    string   // label of the present state
	Act      string   // label of the act refused
	Possible []string // labels of what is possible now
}

// Error says what is refused, why, and what is possible instead.
func (r *Refusal) Error() string {
	thing := r.Thing
	if thing == "" {
		thing = "当前"
	}
	if len(r.Possible) == 0 {
		return fmt.Sprintf("%s处于“%s”状态，不能%s；这一状态下没有可办的操作", thing, r.State, r.Act)
	}
	return fmt.Sprintf("%s处于“%s”状态，不能%s；现在可以：%s", thing, r.State, r.Act, strings.Join(r.Possible, "、"))
}

// Step returns the state an act leads to. The error is a *Refusal.
func (t Table[S, A]) Step(from S, act A) (S, error) {
	for _, m := range t.Moves {
		if m.From == from && m.Act == act {
			return m.To, nil
		}
	}
	r := &Refusal{Thing: t.Name, State: t.Label(from), Act: t.ActLabel(act)}
	for _, m := range t.Allowed(from) {
		r.Possible = append(r.Possible, m.label())
	}
	return from, r
}

// Step is [Table.Step] as a function.
func Step[S, A ~string](t Table[S, A], from S, act A) (S, error) { return t.Step(from, act) }

// Can says whether the act is possible in the state, guards aside.
func (t Table[S, A]) Can(from S, act A) bool {
	return slices.ContainsFunc(t.Moves, func(m Move[S, A]) bool { return m.From == from && m.Act == act })
}

// Allowed returns the moves out of a state, in table order.
func (t Table[S, A]) Allowed(from S) []Move[S, A] {
	var out []Move[S, A]
	for _, m := range t.Moves {
		if m.From == from {
			out = append(out, m)
		}
	}
	return out
}

// Label returns the Chinese name of a state.
func (t Table[S, A]) Label(s S) string {
	for _, x := range t.States {
		if x.Name == s && x.Label != "" {
			return x.Label
		}
	}
	return string(s)
}

// ActLabel returns the Chinese name of an act.
func (t Table[S, A]) ActLabel(a A) string {
	for _, m := range t.Moves {
		if m.Act == a {
			return m.label()
		}
	}
	return string(a)
}

// Ended says whether the state is declared as an end.
func (t Table[S, A]) Ended(s S) bool {
	return slices.ContainsFunc(t.States, func(x State[S]) bool { return x.Name == s && x.End })
}

func (m Move[S, A]) label() string {
	if m.Label != "" {
		return m.Label
	}
	return string(m.Act)
}

// all returns the declared states, then those that occur in moves only.
func (t Table[S, A]) all() []State[S] {
	out := slices.Clone(t.States)
	add := func(s S) {
		if !slices.ContainsFunc(out, func(x State[S]) bool { return x.Name == s }) {
			out = append(out, State[S]{Name: s, Label: string(s)})
		}
	}
	for _, m := range t.Moves {
		add(m.From)
		add(m.To)
	}
	return out
}

// starts returns the states things begin in: the declared ones, or else the first.
func (t Table[S, A]) starts() []S {
	var out []S
	for _, x := range t.States {
		if x.Start {
			out = append(out, x.Name)
		}
	}
	if states := t.all(); len(out) == 0 && len(states) > 0 {
		out = append(out, states[0].Name)
	}
	return out
}

// reachable returns the states that can be come to from the given ones.
func (t Table[S, A]) reachable(from []S) map[S]bool {
	seen := map[S]bool{}
	for todo := slices.Clone(from); len(todo) > 0; {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[s] {
			continue
		}
		seen[s] = true
		for _, m := range t.Allowed(s) {
			todo = append(todo, m.To)
		}
	}
	return seen
}

// Check returns what is wrong with the table, in Chinese, nil when it is sound: states
// declared twice or not at all, two moves for one act in one state, states that cannot be
// reached, dead ends that are no declared end, and states from which no end can be
// reached.
func (t Table[S, A]) Check() []string {
	var out []string
	declared := map[S]int{}
	for _, x := range t.States {
		declared[x.Name]++
		if declared[x.Name] == 2 {
			out = append(out, fmt.Sprintf("状态“%s”声明了两次；请去掉一个", t.Label(x.Name)))
		}
	}
	type pair struct {
		from S
		act  A
	}
	seen := map[pair]bool{}
	for _, m := range t.Moves {
		if seen[pair{m.From, m.Act}] {
			out = append(out, fmt.Sprintf("状态“%s”下“%s”写了两行，去向不明；请只留一行", t.Label(m.From), m.label()))
		}
		seen[pair{m.From, m.Act}] = true
	}
	reached := t.reachable(t.starts())
	ends := slices.ContainsFunc(t.States, func(x State[S]) bool { return x.End })
	for _, x := range t.all() {
		label := t.Label(x.Name)
		if declared[x.Name] == 0 && len(t.States) > 0 {
			out = append(out, fmt.Sprintf("状态“%s”没有声明；请在状态表中补上", label))
		}
		if !reached[x.Name] {
			out = append(out, fmt.Sprintf("状态“%s”从起点到不了；请补一条流转或删除它", label))
		}
		switch {
		case x.End:
		case len(t.Allowed(x.Name)) == 0:
			out = append(out, fmt.Sprintf("状态“%s”没有出路又不是终点；请补一条流转或标为终点", label))
		case ends && !t.finishes(x.Name):
			out = append(out, fmt.Sprintf("状态“%s”永远到不了任何终点；请补一条通向终点的流转", label))
		}
	}
	return out
}

func (t Table[S, A]) finishes(s S) bool {
	for x := range t.reachable([]S{s}) {
		if t.Ended(x) || len(t.Allowed(x)) == 0 {
			return true
		}
	}
	return false
}

// Picture is a table as people see it: drawn, and its moves in words. It has lost the types of its owner.
type Picture struct {
	Name string
	SVG  string
	Rows []Row
}

// Row is a move in words.
type Row struct{ From, Act, To, Guard, By, Basis string }

// Picture draws the table and puts its moves into words.
func (t Table[S, A]) Picture() Picture {
	p := Picture{Name: t.Name, SVG: t.SVG()}
	for _, m := range t.Moves {
		p.Rows = append(p.Rows, Row{From: t.Label(m.From), Act: m.label(), To: t.Label(m.To), Guard: m.Guard, By: m.By, Basis: m.Basis})
	}
	return p
}

// Markdown prints the table for people.
func (t Table[S, A]) Markdown() string {
	var b strings.Builder
	if t.Name != "" {
		fmt.Fprintf(&b, "### %s\n\n", cell(t.Name))
	}
	b.WriteString("| 现状态 | 操作 | 新状态 | 条件 | 由谁 | 依据 |\n|---|---|---|---|---|---|\n")
	for _, m := range t.Moves {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", cell(t.Label(m.From)), cell(m.label()), cell(t.Label(m.To)),
			cell(m.Guard), cell(m.By), cell(m.Basis))
	}
	var ends []string
	for _, x := range t.States {
		if x.End {
			ends = append(ends, cell(t.Label(x.Name)))
		}
	}
	if len(ends) > 0 {
		fmt.Fprintf(&b, "\n终点：%s\n", strings.Join(ends, "、"))
	}
	return b.String()
}

func cell(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ").Replace(s)
}
