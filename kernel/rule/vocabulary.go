package rule

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
)

// Kind says what answers a variable takes.
type Kind int

// The kinds of variables.
const (
	Choice Kind = iota + 1 // one code out of Options
	Bool                   // yes or no (是/否)
	Number                 // a finite number, in Unit
	Text                   // free text
)

// String names the kind in Chinese.
func (k Kind) String() string {
	switch k {
	case Choice:
		return "选项"
	case Bool:
		return "是否"
	case Number:
		return "数"
	case Text:
		return "文字"
	}
	return "未知类型"
}

// Option is one answer of a Choice variable.
type Option struct {
	Code  string // what rules compare with, e.g. "restaurant"
	Label string // what people read
}

// Variable is something a rule may ask about.
type Variable struct {
	Name    string // ASCII identifier, e.g. "area"
	Label   string // what people read, e.g. "经营面积"
	Kind    Kind
	Options []Option // Choice only
	Unit    string   // Number only, for display, e.g. "㎡"

	// Number only. Answers outside are refused, and the exact analysis knows that
	// nothing lies outside: with Min 0 the rule "area >= 0" is always true.
	Min, Max *float64
	Whole    bool // Number only: integers
}

// Show prints an answer as a person reads it: the option's label, 是/否, the number with
// its unit, the text itself.
func (v Variable) Show(answer any) string {
	switch x := answer.(type) {
	case bool:
		if x {
			return "是"
		}
		return "否"
	case string:
		for _, o := range v.Options {
			if o.Code == x {
				return o.Label
			}
		}
		return x
	}
	if n, ok := number(answer); ok {
		s := strconv.FormatFloat(n, 'f', -1, 64)
		if v.Unit != "" {
			s += " " + v.Unit
		}
		return s
	}
	return fmt.Sprint(answer)
}

// Vocabulary is an immutable set of declared variables. It may be used by several
// goroutines.
type Vocabulary struct {
	vars  []Variable
	index map[string]int
	env   *cel.Env
}

var identifier = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,63}$`)

// reserved words cannot name a variable: CEL keeps them, or they name a type or function.
var reserved = strings.Fields(`as break const continue else false for function if import in let loop
	package namespace null return true var void while bool bytes double duration dyn int list map
	null_type string timestamp type uint min max ceil floor round size matches has all exists filter`)

// NewVocabulary declares variables. The order given is the order of questions. The error
// names the variable that is wrongly declared.
func NewVocabulary(vars ...Variable) (*Vocabulary, error) {
	v := &Vocabulary{index: make(map[string]int, len(vars))}
	for _, x := range vars {
		if err := x.check(); err != nil {
			return nil, err
		}
		if _, dup := v.index[x.Name]; dup {
			return nil, fmt.Errorf("变量 %s 声明了两次，请去掉一个", x.Name)
		}
		v.index[x.Name] = len(v.vars)
		x.Options = slices.Clone(x.Options)
		v.vars = append(v.vars, x)
	}
	env, err := environment(v.vars)
	if err != nil {
		return nil, fmt.Errorf("建立规则环境：%w", err)
	}
	v.env = env
	return v, nil
}

func (x Variable) check() error {
	if !identifier.MatchString(x.Name) || slices.Contains(reserved, x.Name) {
		return fmt.Errorf("变量名 %q 不能用：只能用英文字母、数字和下划线，以字母开头，且不是保留字", x.Name)
	}
	switch x.Kind {
	case Choice:
		if len(x.Options) == 0 {
			return fmt.Errorf("选项变量 %s 没有任何选项，请至少写一个", x.Name)
		}
		seen := map[string]bool{}
		for _, o := range x.Options {
			if o.Code == "" || !utf8.ValidString(o.Code) || seen[o.Code] {
				return fmt.Errorf("变量 %s 的选项代码 %q 为空或重复，请改正", x.Name, o.Code)
			}
			seen[o.Code] = true
		}
	case Number:
		if x.Min != nil && x.Max != nil && !(*x.Min <= *x.Max) {
			return fmt.Errorf("变量 %s 的下限大于上限，请改正", x.Name)
		}
		if x.Whole && x.Min != nil && x.Max != nil && math.Ceil(*x.Min) > math.Floor(*x.Max) {
			return fmt.Errorf("变量 %s 的上下限之间没有整数，请改正", x.Name)
		}
	case Bool, Text:
	default:
		return fmt.Errorf("变量 %s 没有写明类型（选项、是否、数、文字）", x.Name)
	}
	return nil
}

// Variables returns the declared variables in order.
func (v *Vocabulary) Variables() []Variable { return slices.Clone(v.vars) }

// Variable returns the variable of that name.
func (v *Vocabulary) Variable(name string) (Variable, bool) {
	i, ok := v.index[name]
	if !ok {
		return Variable{}, false
	}
	return v.vars[i], true
}

// Answer brings one answer into the form rules compute with (float64, string or bool),
// or says why it cannot be an answer of that variable.
func (v *Vocabulary) Answer(name string, answer any) (any, error) {
	x, ok := v.Variable(name)
	if !ok {
		return nil, fmt.Errorf("没有叫 %s 的变量", name)
	}
	return x.answer(answer)
}

func (x Variable) answer(answer any) (any, error) {
	label := x.Label
	if label == "" {
		label = x.Name
	}
	switch x.Kind {
	case Bool:
		if b, ok := answer.(bool); ok {
			return b, nil
		}
		return nil, fmt.Errorf("“%s”要回答是或否，收到的是 %v", label, answer)
	case Number:
		n, ok := number(answer)
		switch {
		case !ok || math.IsNaN(n) || math.IsInf(n, 0):
			return nil, fmt.Errorf("“%s”要填一个数，收到的是 %v", label, answer)
		case x.Whole && n != math.Trunc(n):
			return nil, fmt.Errorf("“%s”要填整数，收到的是 %v", label, answer)
		case x.Min != nil && n < *x.Min:
			return nil, fmt.Errorf("“%s”不能小于 %v，收到的是 %v", label, *x.Min, answer)
		case x.Max != nil && n > *x.Max:
			return nil, fmt.Errorf("“%s”不能大于 %v，收到的是 %v", label, *x.Max, answer)
		}
		return n + 0, nil
	case Choice:
		s, ok := answer.(string)
		if ok && slices.ContainsFunc(x.Options, func(o Option) bool { return o.Code == s }) {
			return s, nil
		}
		return nil, fmt.Errorf("“%s”没有 %v 这个选项，可选：%s", label, answer, x.codes())
	}
	s, ok := answer.(string)
	if !ok {
		return nil, fmt.Errorf("“%s”要填文字，收到的是 %v", label, answer)
	}
	if len(s) > MaxText || !utf8.ValidString(s) {
		return nil, fmt.Errorf("“%s”太长或不是 UTF-8 文字（上限 %d 字节）", label, MaxText)
	}
	return s, nil
}

// codes lists the options as “code（label）、…”.
func (x Variable) codes() string {
	var b strings.Builder
	for i, o := range x.Options {
		if i == 12 {
			fmt.Fprintf(&b, "…等 %d 项", len(x.Options))
			break
		}
		if i > 0 {
			b.WriteString("、")
		}
		b.WriteString(o.Code)
		if o.Label != "" && o.Label != o.Code {
			b.WriteString("（" + o.Label + "）")
		}
	}
	return b.String()
}

// known picks the answers given to names: nil is no answer, and neither is the empty
// string for a choice, because an unticked form field arrives like that.
func (v *Vocabulary) known(answers map[string]any, names []string) (map[string]any, error) {
	out := make(map[string]any, len(names))
	for _, name := range names {
		raw, ok := answers[name]
		if !ok || raw == nil {
			continue
		}
		x := &v.vars[v.index[name]]
		if x.Kind == Choice && raw == "" {
			continue
		}
		a, err := x.answer(raw)
		if err != nil {
			return nil, err
		}
		out[name] = a
	}
	return out, nil
}

func number(a any) (float64, bool) {
	switch n := a.(type) {
	case float64:
		return n, true
	case float32:
		return float64(n), true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case int32:
		return float64(n), true
	case uint:
		return float64(n), true
	case uint64:
		return float64(n), true
	case uint32:
		return float64(n), true
	}
	return 0, false
}
