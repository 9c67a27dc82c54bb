package rule

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// environment declares the variables and the small part of CEL that rules may use: no
// macros, no indexing, no regular expressions, no conversions, so that a rule cannot loop
// and cannot fail while it runs.
func environment(vars []Variable) (*cel.Env, error) {
	lib := env.NewLibrarySubset().SetDisableMacros(true)
	for _, name := range []string{
		operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional,
		operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals,
		operators.Greater, operators.GreaterEquals, operators.Add, operators.Subtract,
		operators.Multiply, operators.Divide, operators.Negate, operators.In,
		"startsWith", "endsWith", "contains",
	} {
		lib.AddIncludedFunctions(env.NewFunction(name))
	}
	opts := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(lib)),
		cel.HomogeneousAggregateLiterals(),
		cel.ParserExpressionSizeLimit(MaxSource),
		cel.ParserRecursionLimit(MaxDepth),
		cel.ParserErrorRecoveryLimit(4),
		cel.ExpressionNodeLimit(MaxNodes),
	}
	for name, f := range map[string]func(float64) float64{"ceil": math.Ceil, "floor": math.Floor, "round": math.Round} {
		opts = append(opts, cel.Function(name, cel.Overload(name+"_double", []*cel.Type{cel.DoubleType}, cel.DoubleType,
			cel.UnaryBinding(func(x ref.Val) ref.Val { return types.Double(f(float64(x.(types.Double)))) }))))
	}
	for name, f := range map[string]func(a, b float64) float64{"min": math.Min, "max": math.Max} {
		opts = append(opts, cel.Function(name, cel.Overload(name+"_double", []*cel.Type{cel.DoubleType, cel.DoubleType}, cel.DoubleType,
			cel.BinaryBinding(func(x, y ref.Val) ref.Val {
				return types.Double(f(float64(x.(types.Double)), float64(y.(types.Double))))
			}))))
	}
	for _, x := range vars {
		opts = append(opts, cel.Variable(x.Name, x.Kind.celType()))
	}
	return cel.NewCustomEnv(opts...)
}

func (k Kind) celType() *cel.Type {
	switch k {
	case Bool:
		return cel.BoolType
	case Number:
		return cel.DoubleType
	}
	return cel.StringType
}

// expression is a checked text with its program; Rule and Formula are built on it.
type expression struct {
	vocabulary *Vocabulary
	source     string
	ast        *cel.Ast
	program    cel.Program
	names      []string // variables it mentions, in vocabulary order
}

// Compile checks a boolean rule. The error is a *SourceError when the text is at fault.
func (v *Vocabulary) Compile(src string) (*Rule, error) {
	e, err := v.compile(src)
	if err != nil {
		return nil, err
	}
	if t := e.ast.OutputType(); !t.IsExactType(cel.BoolType) {
		return nil, e.wrongResult(fmt.Sprintf("规则的结果要是“是”或“否”，这里得到的是%s", typeName(t)),
			"写成一个条件，例如 "+v.example())
	}
	l, err := e.reduce()
	if err != nil {
		return nil, fmt.Errorf("分析规则：%w", err)
	}
	return &Rule{expression: e, logic: l}, nil
}

// CompileValue checks a formula whose result is a number or a text, e.g. a fee.
func (v *Vocabulary) CompileValue(src string) (*Formula, error) {
	e, err := v.compile(src)
	if err != nil {
		return nil, err
	}
	f := &Formula{expression: e}
	switch t := e.ast.OutputType(); {
	case t.IsExactType(cel.DoubleType):
		f.kind = Number
	case t.IsExactType(cel.StringType):
		f.kind = Text
	default:
		return nil, e.wrongResult(fmt.Sprintf("公式的结果要是数或文字，这里得到的是%s", typeName(t)), `例如 area > 300 ? 100 : 0`)
	}
	return f, nil
}

func (e expression) wrongResult(message, hint string) error {
	return &SourceError{Problems: []Problem{newSource(e.vocabulary, e.source).at(1, 0, message, hint)}}
}

func typeName(t *cel.Type) string {
	switch {
	case t.IsExactType(cel.BoolType):
		return "是否"
	case t.IsExactType(cel.DoubleType):
		return "数"
	case t.IsExactType(cel.StringType):
		return "文字"
	}
	return "别的东西"
}

// example shows how a condition over the first variable is written.
func (v *Vocabulary) example() string {
	for _, x := range v.vars {
		switch x.Kind {
		case Choice:
			return fmt.Sprintf("%s == %q", x.Name, x.Options[0].Code)
		case Number:
			return x.Name + " > 100"
		case Bool:
			return x.Name
		}
	}
	return "1 > 0"
}

func (v *Vocabulary) compile(src string) (expression, error) {
	e := expression{vocabulary: v, source: src}
	place := newSource(v, src)
	fail := func(line, column int, message, hint string) (expression, error) {
		return e, &SourceError{Problems: []Problem{place.at(line, column, message, hint)}}
	}
	switch {
	case !utf8.ValidString(src):
		return e, errors.New("规则不是 UTF-8 文字，请重新输入")
	case strings.TrimSpace(src) == "":
		return fail(1, 0, "规则是空的", "总是适用请写 true")
	case utf8.RuneCountInString(src) > MaxSource:
		return e, fmt.Errorf("规则太长：%d 个字，最多 %d 个，请拆成几条", utf8.RuneCountInString(src), MaxSource)
	case nesting(src) > MaxDepth:
		return fail(1, 0, fmt.Sprintf("括号或否定嵌套太深（最多 %d 层）", MaxDepth), "请拆成几条规则")
	}
	parsed, issues := v.env.Parse(src)
	if issues.Err() != nil {
		return e, place.explain(issues.Errors())
	}
	// People write 300, numbers here are doubles: make every integer literal one.
	factory := ast.NewExprFactory()
	ast.PostOrderVisit(parsed.NativeRep().Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.LiteralKind {
			if n, ok := x.AsLiteral().(types.Int); ok {
				x.SetKindCase(factory.NewLiteral(x.ID(), types.Double(n)))
			}
		}
	}))
	checked, issues := v.env.Check(parsed)
	if issues.Err() != nil {
		return e, place.explain(issues.Errors())
	}
	e.ast = checked
	c := checker{place: place, ast: checked.NativeRep(), v: v, used: map[string]bool{}}
	c.visit(c.ast.Expr(), false)
	if len(c.problems) > 0 {
		return e, &SourceError{Problems: c.problems[:min(8, len(c.problems))]}
	}
	for _, x := range v.vars {
		if c.used[x.Name] {
			e.names = append(e.names, x.Name)
		}
	}
	if est, err := v.env.EstimateCost(checked, sizes{}); err != nil {
		return e, fmt.Errorf("估算规则的代价：%w", err)
	} else if est.Max > MaxCost {
		return fail(1, 0, fmt.Sprintf("规则太费时（估计 %d，上限 %d）", est.Max, MaxCost), "请减少文字比较，或拆成几条规则")
	}
	var err error
	if e.program, err = v.program(checked); err != nil {
		return e, fmt.Errorf("编排规则：%w", err)
	}
	return e, nil
}

func (v *Vocabulary) program(a *cel.Ast) (cel.Program, error) {
	return v.env.Program(a, cel.EvalOptions(cel.OptPartialEval), cel.CostLimit(MaxCost), cel.InterruptCheckFrequency(64))
}

// nesting is the deepest run of open brackets and prefix operators. It is counted before
// parsing because the parser's time, not only its stack, grows with it.
func nesting(src string) int {
	depth, deepest, prefix := 0, 0, 0
	var quote rune
	escaped := false
	for _, r := range src {
		if quote != 0 {
			if !escaped && (r == quote || r == '\n') {
				quote = 0
			}
			escaped = !escaped && r == '\\'
			continue
		}
		switch r {
		case '"', '\'':
			quote, prefix = r, 0
		case '(', '[', '{', '?':
			depth++
		case ')', ']', '}', ':':
			depth--
			prefix = 0
		case '!', '-':
			prefix++
		case ' ', '\t', '\n', '\r':
		default:
			prefix = 0
		}
		deepest = max(deepest, depth+prefix)
	}
	return deepest
}

// sizes tells the cost estimate how long an answer can be.
type sizes struct{}

func (sizes) EstimateSize(n cost.AstNode) *cost.SizeEstimate {
	if n.Type().Kind() == types.StringKind && len(n.Path()) == 1 {
		return &cost.SizeEstimate{Max: MaxText}
	}
	return nil
}

func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// checker walks the checked tree: only the allowed shapes, and every comparison with a
// choice names one of its codes.
type checker struct {
	place    source
	ast      *ast.AST
	v        *Vocabulary
	used     map[string]bool
	problems []Problem
}

func (c *checker) report(x ast.Expr, message, hint string) {
	loc := c.ast.SourceInfo().GetStartLocation(x.ID())
	c.problems = append(c.problems, c.place.at(loc.Line(), loc.Column(), message, hint))
}

// visit walks x; compared says that x stands where a choice may stand.
func (c *checker) visit(x ast.Expr, compared bool) {
	switch x.Kind() {
	case ast.LiteralKind:
		switch x.AsLiteral().(type) {
		case types.Double, types.String, types.Bool:
		default:
			c.report(x, "这种写法的值不能用", "只能写数、英文双引号里的文字、true、false")
		}
	case ast.IdentKind:
		name := x.AsIdent()
		v, ok := c.v.Variable(name)
		if !ok {
			c.report(x, fmt.Sprintf("没有叫 %s 的变量", name), "可用的变量："+c.v.list())
			return
		}
		c.used[name] = true
		if v.Kind == Choice && !compared {
			c.report(x, fmt.Sprintf("选项变量 %s（%s）只能用 ==、!= 或 in 比较", v.Name, v.Label),
				fmt.Sprintf("例如 %s == %q", v.Name, v.Options[0].Code))
		}
	case ast.CallKind:
		c.call(x)
	case ast.ListKind:
		c.report(x, "清单只能写在 in 后面", `例如 kind in ["a", "b"]`)
	default:
		c.report(x, "规则里不能用这种写法", "只能写条件：比较、&&、||、!、in、? :")
	}
}

func (c *checker) call(x ast.Expr) {
	call := x.AsCall()
	args := call.Args()
	switch call.FunctionName() {
	case operators.Equals, operators.NotEquals:
		c.visit(args[0], true)
		c.visit(args[1], true)
		c.codes(args[0], args[1])
		c.codes(args[1], args[0])
	case operators.In:
		c.visit(args[0], true)
		if args[1].Kind() != ast.ListKind {
			c.report(args[1], "in 后面要写一张清单", `例如 kind in ["a", "b"]`)
			return
		}
		for _, elem := range args[1].AsList().Elements() {
			c.visit(elem, true)
			c.codes(args[0], elem)
			c.codes(elem, args[0])
		}
	default:
		if call.IsMemberFunction() {
			c.visit(call.Target(), false)
		}
		for _, a := range args {
			c.visit(a, false)
		}
	}
}

// codes checks that what is compared with a choice can be one of its codes.
func (c *checker) codes(choice, other ast.Expr) {
	if choice.Kind() != ast.IdentKind {
		return
	}
	v, ok := c.v.Variable(choice.AsIdent())
	if !ok || v.Kind != Choice {
		return
	}
	switch other.Kind() {
	case ast.LiteralKind:
		code, ok := other.AsLiteral().(types.String)
		if !ok || v.has(string(code)) {
			return
		}
		hint := "可选的代码：" + v.codes()
		for _, o := range v.Options {
			if o.Label == string(code) || distance(strings.ToLower(o.Code), strings.ToLower(string(code))) <= 2 {
				hint = fmt.Sprintf("是不是想写 %q（%s）？%s", o.Code, o.Label, hint)
				break
			}
		}
		c.report(other, fmt.Sprintf("选项变量 %s（%s）没有代码 %q", v.Name, v.Label, string(code)), hint)
	case ast.IdentKind:
		o, _ := c.v.Variable(other.AsIdent())
		if o.Kind == Choice && !slices.ContainsFunc(v.Options, func(a Option) bool { return o.has(a.Code) }) {
			c.report(other, fmt.Sprintf("%s 和 %s 没有相同的选项代码，永远不会相等", v.Name, o.Name), "检查变量名是否写对")
		}
	}
}

func (x Variable) has(code string) bool {
	return slices.ContainsFunc(x.Options, func(o Option) bool { return o.Code == code })
}
