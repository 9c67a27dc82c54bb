package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// documents reads one file and returns its documents: a list at the top counts
// as that many documents, and so does each part of a file split by ---.
func (l *loader) documents(name string) []*yaml.Node {
	data, ok := l.read(name)
	if !ok {
		return nil
	}
	return l.split(name, data)
}

func (l *loader) split(name string, data []byte) []*yaml.Node {
	if bad := checkText(name, data); len(bad) > 0 {
		l.findings = append(l.findings, bad...)
		return nil
	}
	roots, err := parseYAML(data)
	if err != nil {
		l.report(syntaxFinding(name, err))
	}
	var docs []*yaml.Node
	for _, root := range roots {
		if root.Kind == yaml.DocumentNode {
			if len(root.Content) == 0 {
				continue
			}
			root = root.Content[0]
		}
		if root.Kind == yaml.ScalarNode && root.ShortTag() == "!!null" {
			continue // a file of comments only says: nothing here, on purpose
		}
		if root.Kind == yaml.SequenceNode {
			docs = append(docs, root.Content...)
			continue
		}
		docs = append(docs, root)
	}
	return docs
}

func (l *loader) read(name string) ([]byte, bool) {
	f, err := l.fsys.Open(name)
	if err != nil {
		l.report(Finding{File: name, Severity: Error, Message: "读不出来：" + err.Error(), Remedy: "检查文件权限"})
		return nil, false
	}
	defer func(f fs.File) { _ = f.Close() }(f)
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		l.report(Finding{File: name, Severity: Error, Message: "读不出来：" + err.Error(), Remedy: "检查文件是否完好"})
		return nil, false
	}
	if len(data) > maxFileBytes {
		l.report(Finding{File: name, Line: 1, Severity: Error, Message: fmt.Sprintf("文件超过 %d MB", maxFileBytes>>20), Remedy: "拆成几个文件"})
		return nil, false
	}
	if l.size += int64(len(data)); l.size > maxPackBytes {
		l.report(Finding{File: name, Line: 1, Severity: Error, Message: fmt.Sprintf("数据包总量超过 %d MB", maxPackBytes>>20), Remedy: "确认没有指错文件夹"})
		return nil, false
	}
	return data, true
}

// checkText refuses what an editor does to a file behind its writer's back:
// other encodings, tabs, control characters.
func checkText(name string, data []byte) []Finding {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return []Finding{{File: name, Line: 1, Severity: Error, Message: "文件编码是 UTF-16", Remedy: "另存为 UTF-8"}}
	}
	var out []Finding
	flow := 0
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) {
			return append(out, Finding{File: name, Line: i + 1, Severity: Error,
				Message: "文件编码不是 UTF-8（可能是 GBK）", Remedy: "用编辑器另存为 UTF-8"})
		}
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if col := bytes.IndexByte(indent, '\t'); col >= 0 {
			out = append(out, Finding{File: name, Line: i + 1, Column: col + 1, Severity: Error,
				Message: "行首有制表符（Tab）", Remedy: "用空格缩进，每级两个"})
		}
		if col := bytes.IndexFunc(line, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' || r == 0x7f }); col >= 0 {
			out = append(out, Finding{File: name, Line: i + 1, Column: utf8.RuneCount(line[:col]) + 1, Severity: Error,
				Message: "有看不见的控制字符", Remedy: "删去后重新输入这一行"})
		}
		// The parser recurses once per bracket, so their number is bounded before it runs.
		if flow += bytes.Count(line, []byte("[")) + bytes.Count(line, []byte("{")); flow > 20*maxFlow && bytes.Count(line, []byte("[[[[[["))+bytes.Count(line, []byte("{{{{{{")) > 0 {
			return append(out, tooDeep(name, i+1))
		}
		if len(out) >= 20 {
			return out
		}
	}
	return out
}

func tooDeep(name string, line int) Finding {
	return Finding{File: name, Line: line, Severity: Error, Message: fmt.Sprintf("嵌套超过 %d 层", maxDepth), Remedy: "检查括号和缩进"}
}

// parseYAML returns the documents before the first syntax error, and that
// error. The parser is third-party code fed with hostile text: a panic in it
// must not take the server down.
func parseYAML(data []byte) (roots []*yaml.Node, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("yaml: %v", r)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var n yaml.Node
		switch err := dec.Decode(&n); {
		case errors.Is(err, io.EOF):
			return roots, nil
		case err != nil:
			return roots, err
		}
		roots = append(roots, &n)
	}
}

var yamlLine = regexp.MustCompile(`line (\d+): `)

// yamlTrouble explains the parser's commonest complaints in the writer's words.
var yamlTrouble = []struct{ has, message, remedy string }{
	{"mapping values are not allowed", "冒号用在了不该用的地方", "值里面有英文冒号时，用引号把整个值括起来"},
	{"did not find expected key", "缩进不齐或少了字段名", "与上一行同级的字段要对齐；列表项以“- ”开头"},
	{"did not find expected '-' indicator", "列表项没有对齐", "同一列表的“- ”要对齐"},
	{"could not find expected ':'", "字段名后面少了冒号", "写成“字段: 值”，冒号后留一个空格"},
	{"found character that cannot start any token", "有不能放在开头的符号", "以 @ % ` 或制表符开头的值要用引号括起来"},
	{"found unexpected end of stream", "引号没有配对", "补上缺少的引号"},
	{"found unknown escape character", "双引号里的反斜杠用错了", "改用单引号"},
	{"did not find expected ',' or", "方括号或花括号没有配对", "补上括号或逗号"},
	{"unknown anchor", "用了没有定义的引用（*）", "值以 * 开头时用引号括起来"},
	{"control characters are not allowed", "有看不见的控制字符", "删去后重新输入这一行"},
}

func syntaxFinding(name string, err error) Finding {
	f := Finding{File: name, Line: 1, Severity: Error, Message: "不是正确的 YAML", Remedy: "检查这一行附近的缩进、冒号和引号"}
	if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
	}
	for _, t := range yamlTrouble {
		if strings.Contains(err.Error(), t.has) {
			f.Message, f.Remedy = t.message, t.remedy
			break
		}
	}
	return f
}

// toValue turns a node into plain values (map[string]any, []any, string,
// json.Number, bool), dropping nulls and empties, and reports what YAML allows
// and we do not. The value is nil when nothing usable is left.
func toValue(file string, root *yaml.Node) (any, []Finding) {
	c := converter{file: file}
	v := c.value(root, 0, nil)
	return v, c.findings
}

type converter struct {
	file     string
	findings []Finding
	nodes    int
	stopped  bool
}

func (c *converter) report(n *yaml.Node, path []string, message, remedy string) {
	c.findings = append(c.findings, Finding{File: c.file, Line: n.Line, Column: n.Column,
		Path: joinPath(path), Severity: Error, Message: message, Remedy: remedy})
}

func (c *converter) value(n *yaml.Node, depth int, path []string) any {
	if c.stopped {
		return nil
	}
	if c.nodes++; c.nodes > maxNodes || depth > maxDepth {
		c.stopped = true
		if depth > maxDepth {
			c.findings = append(c.findings, tooDeep(c.file, n.Line))
		} else {
			c.report(n, nil, "一份内容过大", "拆成几份")
		}
		return nil
	}
	if n.Anchor != "" || n.Kind == yaml.AliasNode {
		c.report(n, path, "不支持锚点和引用（& 与 *）", "把内容写全；值以 & 或 * 开头时用引号括起来")
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		return c.mapping(n, depth, path)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, item := range n.Content {
			v := c.value(item, depth+1, append(path[:len(path):len(path)], strconv.Itoa(i)))
			if v == nil && item.Kind == yaml.ScalarNode && !c.stopped && item.Anchor == "" && item.ShortTag() == "!!null" {
				c.report(item, append(path[:len(path):len(path)], strconv.Itoa(i)), "列表里有空项", "写上内容或删去这一行")
			}
			list = append(list, v)
		}
		return list
	case yaml.ScalarNode:
		return c.scalar(n, path)
	}
	return nil
}

func (c *converter) mapping(n *yaml.Node, depth int, path []string) any {
	m := make(map[string]any, len(n.Content)/2)
	lines := make(map[string]int, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode || k.Anchor != "" || k.ShortTag() == "!!merge" || k.ShortTag() == "!!null" {
			c.report(k, path, "字段名只能是普通文字", "写成“字段: 值”，不要用 <<、& 或复杂的键")
			continue
		}
		here := append(path[:len(path):len(path)], k.Value)
		if line, twice := lines[k.Value]; twice {
			c.report(k, here, fmt.Sprintf("字段写了两次（第 %d 行已有）", line), "删去其中一个")
			continue
		}
		lines[k.Value] = k.Line
		if value := c.value(v, depth+1, here); value != nil {
			m[k.Value] = value
		}
	}
	return m
}

func (c *converter) scalar(n *yaml.Node, path []string) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!str", "!!timestamp": // an unquoted date is kept as it is written
		return n.Value
	case "!!bool":
		var b bool
		if n.Decode(&b) == nil {
			return b
		}
	case "!!int":
		if looksLikeCode(n.Value) {
			c.report(n, path, "以 0 开头的数字会被当成数值", "用引号括起来，写成 \""+n.Value+"\"")
			return nil
		}
		var i int64
		if n.Decode(&i) == nil {
			return json.Number(strconv.FormatInt(i, 10))
		}
		c.report(n, path, "数值太大", "如果是代码，用引号括起来")
		return nil
	case "!!float":
		if looksLikeCode(n.Value) {
			c.report(n, path, "以 0 开头的数字会被当成数值", "用引号括起来，写成 \""+n.Value+"\"")
			return nil
		}
		var f float64
		if n.Decode(&f) == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return json.Number(strconv.FormatFloat(f, 'f', -1, 64))
		}
		c.report(n, path, "不是可用的数值", "写成普通小数；如果是代码，用引号括起来")
		return nil
	}
	c.report(n, path, "不支持这种写法（"+n.Tag+"）", "去掉 ! 标记，用引号括起来")
	return nil
}

// looksLikeCode finds 012 and 0799: YAML reads them as octal or decimal
// numbers, and a person always means a code.
func looksLikeCode(s string) bool {
	s = strings.TrimLeft(s, "+-")
	return len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9'
}
