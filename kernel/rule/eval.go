package rule

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Verdict is what is known about a rule: it holds, it does not, or it still depends on
// open questions.
type Verdict int

// The verdicts; the zero value is Open.
const (
	Open Verdict = iota
	False
	True
)

// String names the verdict in Chinese.
func (v Verdict) String() string {
	switch v {
	case True:
		return "成立"
	case False:
		return "不成立"
	}
	return "未定"
}

func verdict(b bool) Verdict {
	if b {
		return True
	}
	return False
}

// Rule is a compiled boolean rule. It is immutable and may be used by several goroutines.
type Rule struct {
	expression
	logic *logic

	once sync.Once
	own  *space // nil when the rule is coarse
	root int32
}

// Formula is a compiled expression whose value is a number or a text.
type Formula struct {
	expression
	kind Kind
}

// Partial is the state of a rule when some answers are missing.
type Partial struct {
	Verdict  Verdict
	Residual string   // what is left of the source under the known answers: "true", "false" or a shorter rule
	Open     []string // unknown variables that can still change the outcome; empty unless Verdict is Open
}

// Reason is one answer that a verdict rests on.
type Reason struct {
	Variable string // name
	Label    string
	Answer   any    // float64, string or bool
	Shown    string // the answer as people read it
}

// String prints the reason as “面积：320 ㎡”.
func (r Reason) String() string { return "“" + r.Label + "：" + r.Shown + "”" }

// Because joins reasons into 因为您选择了“…”和“…”, or "" without any.
func Because(reasons []Reason) string {
	if len(reasons) == 0 {
		return ""
	}
	parts := make([]string, len(reasons))
	for i, r := range reasons {
		parts[i] = r.String()
	}
	last := len(parts) - 1
	if last == 0 {
		return "因为您选择了" + parts[0]
	}
	return "因为您选择了" + strings.Join(parts[:last], "、") + "和" + parts[last]
}

// Source returns the text the rule was compiled from.
func (e expression) Source() string { return e.source }

// Variables returns the names the text mentions, in vocabulary order.
func (e expression) Variables() []string { return slices.Clone(e.names) }

// run evaluates with all variables known.
func (e expression) run(answers map[string]any) (ref.Val, error) {
	known, err := e.vocabulary.known(answers, e.names)
	if err != nil {
		return nil, err
	}
	if len(known) < len(e.names) {
		var lack []string
		for _, name := range e.names {
			if _, ok := known[name]; !ok {
				x, _ := e.vocabulary.Variable(name)
				lack = append(lack, "“"+x.Label+"”（"+name+"）")
			}
		}
		return nil, fmt.Errorf("还缺答案：%s", strings.Join(lack, "、"))
	}
	out, _, err := e.program.Eval(known)
	if err != nil {
		return nil, fmt.Errorf("计算规则 %s：%w", e.source, err)
	}
	return out, nil
}

// Eval decides the rule. Every variable it mentions must be answered; the error names the
// missing ones, or the answer that is not possible. Answers to other variables are ignored.
func (r *Rule) Eval(answers map[string]any) (bool, error) {
	out, err := r.run(answers)
	if err != nil {
		return false, err
	}
	return out == types.True, nil
}

// Value computes the formula: a float64 or a string. Every variable it mentions must be
// answered. A number that is not finite (division by zero) is an error.
func (f *Formula) Value(answers map[string]any) (any, error) {
	out, err := f.run(answers)
	if err != nil {
		return nil, err
	}
	switch x := out.(type) {
	case types.Double:
		if n := float64(x); !math.IsNaN(n) && !math.IsInf(n, 0) {
			return n, nil
		}
		return nil, fmt.Errorf("公式 %s 在这些答案下算不出数（可能除以了零），请修改公式", f.source)
	case types.String:
		return string(x), nil
	}
	return nil, fmt.Errorf("公式 %s 的结果既不是数也不是文字", f.source)
}

// Number computes a formula of Kind Number.
func (f *Formula) Number(answers map[string]any) (float64, error) {
	x, err := f.Value(answers)
	if err != nil {
		return 0, err
	}
	n, ok := x.(float64)
	if !ok {
		return 0, fmt.Errorf("公式 %s 的结果是文字，这里需要数", f.source)
	}
	return n, nil
}

// Kind says whether the value is Number or Text.
func (f *Formula) Kind() Kind { return f.kind }

// Open lists the unknown variables left in the formula under the known answers, in
// vocabulary order. It is syntactic: "x > 1 ? 5 : 5" still asks x.
func (f *Formula) Open(answers map[string]any) ([]string, error) {
	known, err := f.vocabulary.known(answers, f.names)
	if err != nil {
		return nil, err
	}
	_, _, names, err := f.residual(known)
	return names, err
}

// residual runs CEL's partial evaluation. out is the value when it is decided, else nil.
func (e expression) residual(known map[string]any) (out ref.Val, text string, names []string, err error) {
	var unknown []*cel.AttributePatternType
	for _, name := range e.names {
		if _, ok := known[name]; !ok {
			unknown = append(unknown, cel.AttributePattern(name))
		}
	}
	vars, err := cel.PartialVars(known, unknown...)
	if err != nil {
		return nil, "", nil, err
	}
	prg, err := e.vocabulary.env.Program(e.ast, cel.EvalOptions(cel.OptTrackState, cel.OptPartialEval), cel.CostLimit(MaxCost))
	if err != nil {
		return nil, "", nil, err
	}
	out, details, err := prg.Eval(vars)
	if err != nil {
		return nil, "", nil, fmt.Errorf("计算规则 %s：%w", e.source, err)
	}
	if !types.IsUnknown(out) {
		text, err = cel.ExprToString(ast.NewExprFactory().NewLiteral(1, out), ast.NewSourceInfo(nil))
		return out, text, nil, err
	}
	left, err := e.vocabulary.env.ResidualAst(e.ast, details)
	if err != nil {
		return nil, "", nil, err
	}
	if text, err = cel.AstToString(left); err != nil {
		return nil, "", nil, err
	}
	used := map[string]bool{}
	ast.PostOrderVisit(left.NativeRep().Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.IdentKind {
			used[x.AsIdent()] = true
		}
	}))
	for _, name := range e.names {
		if _, ok := known[name]; used[name] && !ok {
			names = append(names, name)
		}
	}
	return nil, text, names, nil
}

// space returns the rule's own diagram, built on first use; nil when the rule is coarse.
func (r *Rule) space() *space {
	r.once.Do(func() {
		s := newSpace(r.vocabulary.vars, MaxRuleEdges, []*logic{r.logic})
		r.root = s.build(r.logic)
		if !s.diagram.full {
			r.own = s
		}
	})
	return r.own
}

// Coarse says that the rule is too intricate for exact analysis; see the package comment.
func (r *Rule) Coarse() bool { return r.space() == nil }

// state gives verdict and open variables under normalised answers.
func (r *Rule) state(known map[string]any) (Verdict, map[string]bool, error) {
	s := r.space()
	if s == nil {
		return r.coarse(known)
	}
	fixed, err := s.fix(known)
	if err != nil {
		return Open, nil, err
	}
	if v := s.diagram.settle(r.root, fixed); v != Open {
		return v, nil, nil
	}
	return Open, s.open(s.diagram.support(r.root, fixed), known), nil
}

// coarse answers by CEL's own partial evaluation.
func (r *Rule) coarse(known map[string]any) (Verdict, map[string]bool, error) {
	out, _, names, err := r.residual(known)
	if err != nil {
		return Open, nil, err
	}
	if out != nil {
		return verdict(out == types.True), nil, nil
	}
	open := map[string]bool{}
	for _, name := range names {
		open[name] = true
	}
	return Open, open, nil
}

// Verdict decides the rule as far as the answers reach.
func (r *Rule) Verdict(answers map[string]any) (Verdict, error) {
	known, err := r.vocabulary.known(answers, r.names)
	if err != nil {
		return Open, err
	}
	v, _, err := r.state(known)
	return v, err
}

// Partial decides the rule as far as the answers reach, and says what is left of it.
func (r *Rule) Partial(answers map[string]any) (Partial, error) {
	known, err := r.vocabulary.known(answers, r.names)
	if err != nil {
		return Partial{}, err
	}
	v, open, err := r.state(known)
	if err != nil {
		return Partial{}, err
	}
	if v != Open {
		return Partial{Verdict: v, Residual: map[Verdict]string{True: "true", False: "false"}[v]}, nil
	}
	_, text, _, err := r.residual(known)
	return Partial{Verdict: Open, Residual: text, Open: r.vocabulary.inOrder(open)}, err
}

// Matters returns the unknown variables that can still change the rule's outcome, in
// vocabulary order.
func (r *Rule) Matters(answers map[string]any) ([]string, error) {
	known, err := r.vocabulary.known(answers, r.names)
	if err != nil {
		return nil, err
	}
	_, open, err := r.state(known)
	return r.vocabulary.inOrder(open), err
}

// Explain returns a smallest set of answers the verdict rests on: without any one of them
// the rule would be open. It is empty when the rule is open, or decided by nothing.
func Explain(r *Rule, answers map[string]any) ([]Reason, error) {
	known, err := r.vocabulary.known(answers, r.names)
	if err != nil {
		return nil, err
	}
	return r.vocabulary.explain(known, func(k map[string]any) (Verdict, error) {
		v, _, err := r.state(k)
		return v, err
	})
}

// Explain is the function [Explain] as a method.
func (r *Rule) Explain(answers map[string]any) ([]Reason, error) { return Explain(r, answers) }

// explain drops answers, the last asked first, as long as the verdict stands. A verdict
// once reached stays with more answers, so one round finds a set that cannot shrink.
func (v *Vocabulary) explain(known map[string]any, decide func(map[string]any) (Verdict, error)) ([]Reason, error) {
	goal, err := decide(known)
	if err != nil || goal == Open {
		return nil, err
	}
	for _, x := range slices.Backward(v.vars) {
		answer, ok := known[x.Name]
		if !ok {
			continue
		}
		delete(known, x.Name)
		got, err := decide(known)
		if err != nil {
			return nil, err
		}
		if got != goal {
			known[x.Name] = answer
		}
	}
	var reasons []Reason
	for _, x := range v.vars {
		if answer, ok := known[x.Name]; ok {
			reasons = append(reasons, Reason{Variable: x.Name, Label: x.Label, Answer: answer, Shown: x.Show(answer)})
		}
	}
	return reasons, nil
}

func (v *Vocabulary) inOrder(names map[string]bool) []string {
	var out []string
	for _, x := range v.vars {
		if names[x.Name] {
			out = append(out, x.Name)
		}
	}
	return out
}
