package rule

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"cel.dev/cel-go/common"
)

// Problem is one thing wrong with a source text, in words a steward can act on.
type Problem struct {
	Line, Column int    // from 1; Column counts characters
	Message      string // what is wrong
	Hint         string // how to mend it; may be empty
	Excerpt      string // the line, and a caret under the place
}

// SourceError is returned by Compile when the source text is at fault.
type SourceError struct{ Problems []Problem }

// Error prints all problems with place, excerpt and hint.
func (e *SourceError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "第 %d 行第 %d 列：%s", p.Line, p.Column, p.Message)
		if p.Excerpt != "" {
			b.WriteString("\n" + p.Excerpt)
		}
		if p.Hint != "" {
			b.WriteString("\n提示：" + p.Hint)
		}
	}
	return b.String()
}

// source places problems in a text.
type source struct {
	v     *Vocabulary
	lines [][]rune
}

func newSource(v *Vocabulary, text string) source {
	s := source{v: v}
	for line := range strings.SplitSeq(text, "\n") {
		s.lines = append(s.lines, []rune(strings.TrimRight(line, "\r")))
	}
	return s
}

// at makes a problem; column counts from 0 as CEL does.
func (s source) at(line, column int, message, hint string) Problem {
	line = min(max(line, 1), len(s.lines))
	text := s.lines[line-1]
	column = min(max(column, 0), len(text))
	return Problem{Line: line, Column: column + 1, Message: message, Hint: hint, Excerpt: excerpt(text, column)}
}

// excerpt shows at most 60 characters around the column; wide characters are underlaid
// with wide blanks so that the caret stands right in a fixed-width font.
func excerpt(text []rune, column int) string {
	from := max(0, column-40)
	to := min(len(text), from+60)
	var pad strings.Builder
	for _, r := range text[from:column] {
		switch {
		case r == '\t':
			pad.WriteByte('\t')
		case wide(r):
			pad.WriteRune('\u3000')
		default:
			pad.WriteByte(' ')
		}
	}
	return string(text[from:to]) + "\n" + pad.String() + "^"
}

func wide(r rune) bool {
	return unicode.Is(unicode.Han, r) || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xff60
}

// word returns the run of same-class characters at a place: Han, or ASCII word.
func (s source) word(line, column int) string {
	if line < 1 || line > len(s.lines) || column < 0 || column >= len(s.lines[line-1]) {
		return ""
	}
	text := s.lines[line-1]
	in := func(r rune) bool { return unicode.Is(unicode.Han, r) }
	if !in(text[column]) {
		in = func(r rune) bool { return r == '_' || r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	}
	to := column
	for to < len(text) && in(text[to]) {
		to++
	}
	return string(text[column:to])
}

var (
	undeclared = regexp.MustCompile(`^undeclared reference to '([^']*)'`)
	overload   = regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '(.*)'$`)
	unreadable = regexp.MustCompile(`(?s)^Syntax error: token recognition error at: '(.*)'$`)
	unexpected = regexp.MustCompile(`(?s)^Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting (.*)$`)
	missing    = regexp.MustCompile(`(?s)^Syntax error: missing '(.*?)' at '(.*)'$`)
	noViable   = regexp.MustCompile(`(?s)^Syntax error: no viable alternative at input '(.*)'$`)
)

// fullWidth maps punctuation that a Chinese keyboard yields to what CEL reads.
var fullWidth = map[rune]string{
	'，': ",", '（': "(", '）': ")", '“': `"`, '”': `"`, '‘': "'", '’': "'", '＝': "=", '＞': ">", '＜': "<",
	'！': "!", '：': ":", '？': "?", '。': ".", '＆': "&", '｜': "|", '【': "[", '】': "]", '≥': ">=", '≤': "<=",
	'≠': "!=", '＋': "+", '－': "-", '×': "*", '÷': "/", '＊': "*", '／': "/", '　': " ",
}

// words people write for the operators.
var spelled = map[string]string{"and": "&&", "AND": "&&", "or": "||", "OR": "||", "not": "!", "NOT": "!"}

// explain turns CEL's own errors into problems. After a syntax error the rest is noise of
// the recovering parser, so only the first is told.
func (s source) explain(errs []*common.Error) *SourceError {
	e := &SourceError{}
	for _, x := range errs {
		p, syntax := s.translate(x)
		e.Problems = append(e.Problems, p)
		if syntax || len(e.Problems) == 8 {
			break
		}
	}
	return e
}

func (s source) translate(x *common.Error) (p Problem, syntax bool) {
	line, column, msg := x.Location.Line(), x.Location.Column(), x.Message
	say := func(message, hint string) Problem { return s.at(line, column, message, hint) }
	switch {
	case undeclared.MatchString(msg):
		return s.undeclared(line, column, undeclared.FindStringSubmatch(msg)[1]), false
	case overload.MatchString(msg):
		m := overload.FindStringSubmatch(msg)
		return say(mismatch(m[1], m[2]), "数与数比，文字和选项代码写在英文双引号里，是否型变量直接写名字"), false
	case unreadable.MatchString(msg):
		return s.unreadable(line, column, unreadable.FindStringSubmatch(msg)[1]), true
	case unexpected.MatchString(msg), noViable.MatchString(msg):
		m := unexpected.FindStringSubmatch(msg)
		if m == nil {
			m = noViable.FindStringSubmatch(msg)
		}
		if strings.HasSuffix(m[1], "<EOF>") {
			return say("规则没有写完", "检查最后的运算符、括号和“? :”是否齐全"), true
		}
		if op, ok := spelled[m[1]]; ok {
			return say(fmt.Sprintf("不认识“%s”", m[1]), fmt.Sprintf("请写成 %s", op)), true
		}
		return say(fmt.Sprintf("这里不该出现“%s”", m[1]), "检查前面是否少了 &&、|| 或比较符，括号是否成对"), true
	case missing.MatchString(msg):
		return say(fmt.Sprintf("缺少“%s”", missing.FindStringSubmatch(msg)[1]), "检查括号是否成对"), true
	case strings.Contains(msg, "limit") || strings.Contains(msg, "exceed") || strings.Contains(msg, "max recursion"):
		return say(fmt.Sprintf("规则太长或嵌套太深（最多 %d 个字、%d 层）", MaxSource, MaxDepth), "请拆成几条规则"), true
	case strings.Contains(msg, "does not support field selection"):
		return say("变量没有下级字段，不能在它后面写“.字段”", "要写下一个条件，请用 && 或 || 连接"), false
	case strings.Contains(msg, "reserved identifier"):
		return say("这里用了保留字", "请换成已声明的变量名"), true
	}
	return say("写法不对（"+strings.TrimPrefix(msg, "Syntax error: ")+"）", ""), strings.HasPrefix(msg, "Syntax error")
}

func (s source) undeclared(line, column int, name string) Problem {
	if _, op := operatorSigns[name]; op || strings.HasPrefix(name, "_") {
		return s.at(line, column, "规则里不能用这个运算", "可用：&& || ! == != < <= > >= + - * / in ? :")
	}
	// CEL points at the bracket of a call, at the start of a variable.
	if c := column; line <= len(s.lines) && c < len(s.lines[line-1]) && s.lines[line-1][c] == '(' {
		return s.at(line, column-len(name), fmt.Sprintf("没有叫 %s 的函数", name),
			"可用的函数：startsWith、endsWith、contains（文字）；min、max、ceil、floor、round（数）")
	}
	message := fmt.Sprintf("没有叫 %s 的变量", name)
	if op, ok := spelled[name]; ok {
		return s.at(line, column, fmt.Sprintf("不认识“%s”", name), "请写成 "+op)
	}
	if x, ok := s.v.nearest(name); ok {
		return s.at(line, column, message, fmt.Sprintf("是不是想写 %s（%s）？", x.Name, x.Label))
	}
	return s.at(line, column, message, "可用的变量："+s.v.list())
}

func (s source) unreadable(line, column int, token string) Problem {
	first := []rune(token + "\x00")[0]
	if half, ok := fullWidth[first]; ok {
		return s.at(line, column, fmt.Sprintf("“%c”是中文符号，规则里读不懂", first), "请换成英文符号 "+half)
	}
	switch {
	case unicode.Is(unicode.Han, first):
		word := s.word(line, column)
		for _, x := range s.v.vars {
			if x.Label == word {
				return s.at(line, column, fmt.Sprintf("“%s”是变量的中文名，规则里要写它的代码名", word), "请写成 "+x.Name)
			}
			for _, o := range x.Options {
				if o.Label == word {
					return s.at(line, column, fmt.Sprintf("“%s”是选项的中文名", word), fmt.Sprintf(`请写成 %s == "%s"`, x.Name, o.Code))
				}
			}
		}
		return s.at(line, column, fmt.Sprintf("规则里不能直接写中文“%s”", word), "变量用英文代码名；文字要放在英文双引号里")
	case first == '=':
		return s.at(line, column, "一个等号读不懂", "比较是否相等写两个等号：==")
	case first == '"' || first == '\'':
		return s.at(line, column, "引号没有配对", "文字前后各要一个引号")
	case first == '&' || first == '|':
		return s.at(line, column, fmt.Sprintf("单个“%c”读不懂", first), fmt.Sprintf("请写两个：%c%c", first, first))
	}
	return s.at(line, column, fmt.Sprintf("读不懂“%s”", strings.TrimSpace(token)), "单位不要写在规则里；只写数字、变量名和运算符")
}

// operatorSigns names CEL's operator functions as written.
var operatorSigns = map[string]string{
	"_&&_": "&&", "_||_": "||", "!_": "!", "_?_:_": "? :", "_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=",
	"_>_": ">", "_>=_": ">=", "_+_": "+", "_-_": "-", "_*_": "*", "_/_": "/", "-_": "-", "@in": "in", "_%_": "%", "_[_]": "[ ]",
}

func mismatch(function, signature string) string {
	kinds := strings.NewReplacer("double", "数", "string", "文字", "bool", "是否", "int", "数", "list(", "清单(", "null", "空", ", ", "与",
		"()", "无").Replace(strings.Trim(signature, "()"))
	if sign, ok := operatorSigns[function]; ok {
		return fmt.Sprintf("“%s”不能用在 %s 上", sign, kinds)
	}
	return fmt.Sprintf("函数 %s 不能用在 %s 上", function, kinds)
}

// nearest finds the variable a misspelt name may mean.
func (v *Vocabulary) nearest(name string) (Variable, bool) {
	best, at := len([]rune(name))/2+1, -1
	for i, x := range v.vars {
		if d := distance(strings.ToLower(name), strings.ToLower(x.Name)); d < best {
			best, at = d, i
		}
	}
	if at < 0 {
		return Variable{}, false
	}
	return v.vars[at], true
}

func (v *Vocabulary) list() string {
	var names []string
	for i, x := range v.vars {
		if i == 12 {
			names = append(names, "…")
			break
		}
		names = append(names, x.Name+"（"+x.Label+"）")
	}
	return strings.Join(names, "、")
}

// distance is the number of letters to change, add, drop or swap with a neighbour.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(row[j-1]+1, last[j]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
