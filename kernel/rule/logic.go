package rule

import (
	"math"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// shape of a logic node.
type shape int

const (
	constant shape = iota
	and
	or
	not
	iff    // two sides equal
	choose // if, then, else
	atom   // one variable against constants
	opaque // a comparison that cannot be cut into cells of one variable
)

// logic is a rule reduced to truth values: the bridge from CEL's tree to the diagram.
type logic struct {
	shape shape
	kids  []*logic
	truth bool // constant

	variable string // atom
	op       string // atom: a CEL comparison operator, or @in
	consts   []any  // atom

	text    string      // opaque: canonical source, equal texts are one condition
	names   []string    // opaque
	program cel.Program // opaque: decides it once all names are known
}

var (
	truth   = &logic{shape: constant, truth: true}
	falsity = &logic{shape: constant}
)

// maxBranches bounds how far "? :" inside comparisons is multiplied out.
const maxBranches = 64

// reader turns a checked tree into logic.
type reader struct {
	v        *Vocabulary
	ast      *ast.AST
	factory  ast.ExprFactory
	branches int
	seen     map[string]*logic // opaque conditions by text
	err      error
}

func (e expression) reduce() (*logic, error) {
	r := &reader{v: e.vocabulary, ast: e.ast.NativeRep(), factory: ast.NewExprFactory(), seen: map[string]*logic{}}
	l := r.read(r.ast.Expr())
	return l, r.err
}

func (r *reader) isBool(x ast.Expr) bool { return r.ast.GetType(x.ID()).IsExactType(cel.BoolType) }

func (r *reader) read(x ast.Expr) *logic {
	switch x.Kind() {
	case ast.LiteralKind:
		if x.AsLiteral() == types.True {
			return truth
		}
		return falsity
	case ast.IdentKind:
		return &logic{shape: atom, variable: x.AsIdent(), op: operators.Equals, consts: []any{true}}
	}
	call := x.AsCall()
	args := call.Args()
	all := func(s shape) *logic {
		l := &logic{shape: s}
		for _, a := range args {
			l.kids = append(l.kids, r.read(a))
		}
		return l
	}
	switch call.FunctionName() {
	case operators.LogicalAnd:
		return all(and)
	case operators.LogicalOr:
		return all(or)
	case operators.LogicalNot:
		return all(not)
	case operators.Conditional:
		return all(choose)
	case operators.Equals, operators.NotEquals:
		var l *logic
		if r.isBool(args[0]) {
			l = all(iff)
		} else {
			l = r.compare(operators.Equals, x, args[0], args[1])
		}
		if call.FunctionName() == operators.NotEquals {
			return &logic{shape: not, kids: []*logic{l}}
		}
		return l
	case operators.In:
		return r.in(x, args[0], args[1].AsList().Elements())
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return r.compare(call.FunctionName(), x, args[0], args[1])
	}
	return r.opaque(x)
}

// in reads "a in [..]" as a set of constants, or as a row of equalities.
func (r *reader) in(x, a ast.Expr, elems []ast.Expr) *logic {
	if len(elems) == 0 {
		return falsity
	}
	if a.Kind() == ast.IdentKind {
		set := &logic{shape: atom, variable: a.AsIdent(), op: operators.In}
		for _, e := range elems {
			if c, ok := r.fold(e); ok {
				set.consts = append(set.consts, c)
			}
		}
		if len(set.consts) == len(elems) {
			return set
		}
	}
	any := &logic{shape: or}
	for _, e := range elems {
		if r.isBool(a) {
			any.kids = append(any.kids, &logic{shape: iff, kids: []*logic{r.read(a), r.read(e)}})
			continue
		}
		any.kids = append(any.kids, r.compare(operators.Equals, r.factory.NewCall(x.ID(), operators.Equals, a, e), a, e))
	}
	return any
}

var mirrored = map[string]string{
	operators.Equals: operators.Equals, operators.Less: operators.Greater, operators.LessEquals: operators.GreaterEquals,
	operators.Greater: operators.Less, operators.GreaterEquals: operators.LessEquals,
}

// compare reads "a op b"; whole is the comparison itself.
func (r *reader) compare(op string, whole, a, b ast.Expr) *logic {
	if cond, then, other, ok := r.split(a); ok && r.branch() {
		return &logic{shape: choose, kids: []*logic{r.read(cond), r.compare(op, r.factory.NewCall(whole.ID(), op, then, b), then, b),
			r.compare(op, r.factory.NewCall(whole.ID(), op, other, b), other, b)}}
	}
	if cond, then, other, ok := r.split(b); ok && r.branch() {
		return &logic{shape: choose, kids: []*logic{r.read(cond), r.compare(op, r.factory.NewCall(whole.ID(), op, a, then), a, then),
			r.compare(op, r.factory.NewCall(whole.ID(), op, a, other), a, other)}}
	}
	x, xConst := r.fold(a)
	y, yConst := r.fold(b)
	switch {
	case xConst && yConst:
		if holds(op, x, []any{y}) {
			return truth
		}
		return falsity
	case a.Kind() == ast.IdentKind && yConst && r.cuts(a, op):
		return &logic{shape: atom, variable: a.AsIdent(), op: op, consts: []any{y}}
	case b.Kind() == ast.IdentKind && xConst && r.cuts(b, op):
		return &logic{shape: atom, variable: b.AsIdent(), op: mirrored[op], consts: []any{x}}
	case a.Kind() == ast.IdentKind && b.Kind() == ast.IdentKind && op == operators.Equals:
		if l := r.sameChoice(a.AsIdent(), b.AsIdent()); l != nil {
			return l
		}
	}
	if whole.AsCall().FunctionName() == operators.NotEquals {
		whole = r.factory.NewCall(whole.ID(), operators.Equals, a, b)
	}
	return r.opaque(whole)
}

// cuts says whether "x op constant" cuts the variable x into cells: numbers by any
// comparison, texts and choices only by equality.
func (r *reader) cuts(x ast.Expr, op string) bool {
	v, _ := r.v.Variable(x.AsIdent())
	return v.Kind == Number || v.Kind != Bool && op == operators.Equals
}

// sameChoice spells "a == b" out over the codes two choices share.
func (r *reader) sameChoice(a, b string) *logic {
	x, _ := r.v.Variable(a)
	y, _ := r.v.Variable(b)
	if x.Kind != Choice || y.Kind != Choice {
		return nil
	}
	same := &logic{shape: or}
	for _, o := range x.Options {
		if y.has(o.Code) {
			same.kids = append(same.kids, &logic{shape: and, kids: []*logic{
				{shape: atom, variable: a, op: operators.Equals, consts: []any{o.Code}},
				{shape: atom, variable: b, op: operators.Equals, consts: []any{o.Code}},
			}})
		}
	}
	return same
}

func (r *reader) branch() bool {
	r.branches++
	return r.branches <= maxBranches
}

// split takes the first "c ? a : b" out of x and returns c and x with either side in its
// place.
func (r *reader) split(x ast.Expr) (cond, then, other ast.Expr, ok bool) {
	if x.Kind() != ast.CallKind {
		return nil, nil, nil, false
	}
	call := x.AsCall()
	if call.FunctionName() == operators.Conditional {
		return call.Args()[0], call.Args()[1], call.Args()[2], true
	}
	if r.isBool(x) {
		return nil, nil, nil, false // a truth value inside an opaque comparison stays whole
	}
	for i, a := range call.Args() {
		if cond, then, other, ok = r.split(a); ok {
			with := func(e ast.Expr) ast.Expr {
				args := slices.Clone(call.Args())
				args[i] = e
				return r.factory.NewCall(x.ID(), call.FunctionName(), args...)
			}
			return cond, with(then), with(other), true
		}
	}
	return nil, nil, nil, false
}

// fold computes an expression without variables: a literal, or arithmetic on literals.
func (r *reader) fold(x ast.Expr) (any, bool) {
	switch x.Kind() {
	case ast.LiteralKind:
		switch c := x.AsLiteral().(type) {
		case types.Double:
			return float64(c), true
		case types.String:
			return string(c), true
		case types.Bool:
			return bool(c), true
		}
	case ast.CallKind:
		call := x.AsCall()
		var n []float64
		for _, a := range call.Args() {
			c, ok := r.fold(a)
			f, isNumber := c.(float64)
			if !ok || !isNumber {
				return nil, false
			}
			n = append(n, f)
		}
		var f float64
		switch call.FunctionName() {
		case operators.Negate:
			f = -n[0]
		case operators.Add:
			f = n[0] + n[1]
		case operators.Subtract:
			f = n[0] - n[1]
		case operators.Multiply:
			f = n[0] * n[1]
		case operators.Divide:
			f = n[0] / n[1]
		default:
			return nil, false
		}
		return f, !math.IsNaN(f) && !math.IsInf(f, 0)
	}
	return nil, false
}

// opaque keeps x whole, with a program that decides it once its variables are known.
func (r *reader) opaque(x ast.Expr) *logic {
	text, err := cel.ExprToString(x, r.ast.SourceInfo())
	if err != nil {
		r.err = err
		return falsity
	}
	if l, ok := r.seen[text]; ok {
		return l
	}
	l := &logic{shape: opaque, text: text}
	used := map[string]bool{}
	ast.PostOrderVisit(x, ast.NewExprVisitor(func(y ast.Expr) {
		if y.Kind() == ast.IdentKind {
			used[y.AsIdent()] = true
		}
	}))
	for _, v := range r.v.vars {
		if used[v.Name] {
			l.names = append(l.names, v.Name)
		}
	}
	if l.program, err = r.v.env.PlanProgram(ast.NewAST(x, r.ast.SourceInfo()), cel.CostLimit(MaxCost)); err != nil {
		r.err = err
		return falsity
	}
	if len(l.names) == 0 {
		out, _, err := l.program.Eval(map[string]any{})
		if err != nil {
			r.err = err
		}
		if out == types.True {
			return truth
		}
		return falsity
	}
	r.seen[text] = l
	return l
}

// holds decides an atom for one value.
func holds(op string, value any, consts []any) bool {
	if op == operators.Equals || op == operators.In {
		return slices.Contains(consts, value)
	}
	var d int
	switch x := value.(type) {
	case float64:
		y := consts[0].(float64)
		switch {
		case x < y:
			d = -1
		case x > y:
			d = 1
		}
	case string:
		d = strings.Compare(x, consts[0].(string))
	case bool:
		if y := consts[0].(bool); x != y {
			d = 1
			if y {
				d = -1
			}
		}
	}
	switch op {
	case operators.Less:
		return d < 0
	case operators.LessEquals:
		return d <= 0
	case operators.Greater:
		return d > 0
	}
	return d >= 0
}

// atoms calls f for every atom and opaque condition.
func (l *logic) atoms(f func(*logic)) {
	if l.shape == atom || l.shape == opaque {
		f(l)
	}
	for _, k := range l.kids {
		k.atoms(f)
	}
}
