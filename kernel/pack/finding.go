package pack

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Severity says whether a pack with this finding may be used.
type Severity string

// The two severities.
const (
	Error Severity = "error" // the pack may not be taken into use
	Warn  Severity = "warn"  // it may, but somebody should look
)

// Finding is one thing wrong with a pack: where, what, and how to mend it.
type Finding struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`   // from 1; 0 when the file as a whole is meant
	Column   int      `json:"column"` // from 1; 0 when the line as a whole is meant
	Path     string   `json:"path"`   // field, such as promised.amount or materials[2].type
	Severity Severity `json:"severity"`
	Message  string   `json:"message"` // what is wrong
	Remedy   string   `json:"remedy"`  // what to do
}

// String is the finding as one line for a terminal:
// items/food.yaml:37 字段 promised.amount：应为整数。改法：写成 5，不要写“5天”
func (f Finding) String() string {
	var b strings.Builder
	b.WriteString(f.File)
	if f.Line > 0 {
		fmt.Fprintf(&b, ":%d", f.Line)
	}
	b.WriteByte(' ')
	if f.Severity == Warn {
		b.WriteString("（提醒）")
	}
	if f.Path != "" {
		fmt.Fprintf(&b, "字段 %s：", f.Path)
	}
	b.WriteString(f.Message)
	if f.Remedy != "" {
		b.WriteString("。改法：" + f.Remedy)
	}
	return b.String()
}

// Failed tells whether any finding forbids the use of the pack.
func Failed(findings []Finding) bool {
	for _, f := range findings {
		if f.Severity != Warn {
			return true
		}
	}
	return false
}

func compareFindings(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
}

// Finding makes an error about the field at path, positioned on its line.
// Modules use it for what a schema cannot say, such as a code that leads nowhere.
func (d Doc) Finding(path, message, remedy string) Finding {
	return at(d.File, d.Node, splitPath(path), message, remedy)
}

// LineOf returns the line of the field at path (promised.amount,
// materials[2].type); where the field is missing, the line of the nearest
// enclosing value that exists.
func (d Doc) LineOf(path string) int {
	if d.Node == nil {
		return d.Line
	}
	n, _ := locate(d.Node, splitPath(path))
	return n.Line
}

func at(file string, root *yaml.Node, path []string, message, remedy string) Finding {
	f := Finding{File: file, Path: joinPath(path), Severity: Error, Message: message, Remedy: remedy}
	if root != nil {
		n, _ := locate(root, path)
		f.Line, f.Column = n.Line, n.Column
	}
	return f
}

// locate follows path from root and returns the deepest node that exists, and
// whether the whole path did. For a field it returns the key, since that is
// where a person looks; for the value itself see valueAt.
func locate(root *yaml.Node, path []string) (*yaml.Node, bool) {
	place, value := root, root
	for _, step := range path {
		key, next := child(value, step)
		if next == nil {
			return place, false
		}
		if place, value = key, next; key == nil {
			place = next
		}
	}
	return place, true
}

func valueAt(root *yaml.Node, path []string) *yaml.Node {
	value := root
	for _, step := range path {
		if _, value = child(value, step); value == nil {
			return nil
		}
	}
	return value
}

func child(n *yaml.Node, step string) (key, value *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == step {
				return n.Content[i], n.Content[i+1]
			}
		}
	case yaml.SequenceNode:
		var i int
		if _, err := fmt.Sscanf(step, "%d", &i); err == nil && i >= 0 && i < len(n.Content) {
			return nil, n.Content[i]
		}
	}
	return nil, nil
}

// splitPath reads a.b[2].c and a.b.2.c alike.
func splitPath(p string) []string {
	p = strings.ReplaceAll(strings.ReplaceAll(p, "]", ""), "[", ".")
	return strings.FieldsFunc(p, func(r rune) bool { return r == '.' })
}

func joinPath(path []string) string {
	var b strings.Builder
	for _, step := range path {
		if step != "" && strings.Trim(step, "0123456789") == "" {
			fmt.Fprintf(&b, "[%s]", step)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(step)
	}
	return b.String()
}

// Place gives findings that name a document as kind/code their file and line in the pack they were read from.
func Place(content *Content, found []Finding) []Finding {
	out := slices.Clone(found)
	for n, f := range out {
		kind, code, ok := strings.Cut(f.File, "/")
		if !ok || f.Line > 0 {
			continue
		}
		if doc, ok := content.Doc(kind, code); ok {
			placed := doc.Finding(f.Path, f.Message, f.Remedy)
			placed.Severity = f.Severity
			out[n] = placed
		}
	}
	return out
}
