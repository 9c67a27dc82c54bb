package pack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MetaFile is the file every pack has at its root.
const MetaFile = "pack.yaml"

// SchemaDir holds the schemas an exported pack carries for editors; it is not read back.
const SchemaDir = "schemas"

// Limits against files that were not written by a person.
const (
	maxFileBytes = 2 << 20  // one file
	maxPackBytes = 64 << 20 // all files
	maxFiles     = 5000
	maxDepth     = 32      // nesting inside a document
	maxNodes     = 200_000 // values in one file
	maxFindings  = 500     // enough to work on; the rest appears once these are mended
	maxFlow      = 1000    // brackets in one flow value, before the parser sees it
)

// Meta is the content of pack.yaml.
type Meta struct {
	Name        string `json:"name"`        // short ASCII name, such as nanling
	Title       string `json:"title"`       // as people read it
	Area        string `json:"area"`        // six-digit area code
	Version     string `json:"version"`     // of the pack, such as 2026.11
	Description string `json:"description"` // where the data comes from and what is invented
}

// Section is one kind of document in a pack, declared by the module that owns it.
type Section struct {
	Kind      string // such as unit; unique among the sections
	Glob      string // which files hold it, as path.Match understands it: units/*.yaml
	Schema    []byte // JSON Schema, draft 2020-12; nil accepts any mapping
	Key       string // the field whose value is the document's code
	Versioned bool   // published documents of this kind are never changed: a change is a new version
}

// Doc is one document of a pack.
type Doc struct {
	Kind   string
	Code   string
	JSON   []byte     // canonical: sorted keys, no null and no empty values
	Digest string     // SHA-256 of JSON, hexadecimal
	File   string     // path inside the pack
	Line   int        // where the document begins, from 1
	Node   *yaml.Node // as written, with comments and positions
}

// Content is a pack that was read. The zero value is an empty pack.
type Content struct {
	Meta     Meta
	sections []Section
	docs     map[string][]Doc
	index    map[string]map[string]int
}

// Load reads the pack in fsys and checks every document against its section's
// schema. It returns what could be read even when findings are errors, so that
// the caller's own checks can run in the same round; use [Failed] before
// taking the content into use.
func Load(fsys fs.FS, sections []Section) (*Content, []Finding) {
	l := &loader{fsys: fsys, content: newContent(sections)}
	l.compile()
	l.walk()
	return l.finish()
}

func (l *loader) finish() (*Content, []Finding) {
	l.unique()
	slices.SortStableFunc(l.findings, compareFindings)
	if len(l.findings) > maxFindings {
		rest := len(l.findings) - maxFindings
		l.findings = append(l.findings[:maxFindings:maxFindings], Finding{
			File: MetaFile, Line: 1, Severity: Warn,
			Message: fmt.Sprintf("还有 %d 个问题没有列出", rest), Remedy: "先改好上面的，再检查一次"})
	}
	return l.content, l.findings
}

func newContent(sections []Section) *Content {
	return &Content{sections: sections, docs: map[string][]Doc{}, index: map[string]map[string]int{}}
}

// Sections returns the sections the pack was read with.
func (c *Content) Sections() []Section { return slices.Clone(c.sections) }

// Docs returns the documents of a kind in the order of their files and lines.
func (c *Content) Docs(kind string) []Doc { return c.docs[kind] }

// Doc returns one document.
func (c *Content) Doc(kind, code string) (Doc, bool) {
	i, ok := c.index[kind][code]
	if !ok {
		return Doc{}, false
	}
	return c.docs[kind][i], true
}

// Has tells whether a document of that kind and code exists.
func (c *Content) Has(kind, code string) bool {
	_, ok := c.index[kind][code]
	return ok
}

// Len counts all documents.
func (c *Content) Len() int {
	n := 0
	for _, docs := range c.docs {
		n += len(docs)
	}
	return n
}

func (c *Content) add(d Doc) {
	if c.index[d.Kind] == nil {
		c.index[d.Kind] = map[string]int{}
	}
	c.index[d.Kind][d.Code] = len(c.docs[d.Kind])
	c.docs[d.Kind] = append(c.docs[d.Kind], d)
}

// Decode reads a document into T. A field that T does not have is an error:
// the schema and the type must not drift apart.
func Decode[T any](d Doc) (T, error) {
	var v T
	dec := json.NewDecoder(bytes.NewReader(d.JSON))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return v, fmt.Errorf("%s:%d %s %s 读不成 %T: %w", d.File, d.Line, d.Kind, d.Code, v, err)
	}
	return v, nil
}

// DecodeAll reads all documents of a kind.
func DecodeAll[T any](c *Content, kind string) ([]T, error) {
	docs := c.Docs(kind)
	all := make([]T, 0, len(docs))
	for _, d := range docs {
		v, err := Decode[T](d)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

type loader struct {
	fsys     fs.FS
	content  *Content
	schemas  map[string]*compiled
	findings []Finding
	size     int64
	files    int
}

func (l *loader) report(f Finding) { l.findings = append(l.findings, f) }

func (l *loader) compile() {
	l.schemas = map[string]*compiled{}
	for _, s := range l.content.sections {
		sch, err := compileSchema(s)
		if err != nil {
			// A schema is our own text, not the county's: say so plainly.
			l.report(Finding{File: MetaFile, Line: 1, Path: s.Kind, Severity: Error,
				Message: fmt.Sprintf("程序自带的 %s 结构说明（JSON Schema）无法使用：%v", s.Kind, err),
				Remedy:  "这是程序的问题，请联系开发者"})
			continue
		}
		l.schemas[s.Kind] = sch
	}
}

func (l *loader) walk() {
	seenMeta := false
	err := fs.WalkDir(l.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			l.report(Finding{File: name, Severity: Error, Message: "读不出来：" + err.Error(), Remedy: "检查文件权限"})
			return nil
		}
		if name != "." && strings.HasPrefix(d.Name(), ".") || name == SchemaDir {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		if l.files++; l.files > maxFiles {
			l.report(Finding{File: name, Severity: Error, Message: fmt.Sprintf("数据包的文件超过 %d 个", maxFiles), Remedy: "确认没有指错文件夹"})
			return fs.SkipAll
		}
		if name == MetaFile {
			seenMeta = true
			l.meta()
			return nil
		}
		l.file(name, d)
		return nil
	})
	if err != nil {
		l.report(Finding{File: ".", Severity: Error, Message: "数据包读不出来：" + err.Error(), Remedy: "检查文件夹是否存在"})
	}
	if !seenMeta {
		l.report(Finding{File: MetaFile, Line: 1, Severity: Error, Message: "缺少 pack.yaml",
			Remedy: "在数据包根目录建 pack.yaml，写明 name、title、area、version、description"})
	}
}

func (l *loader) section(name string) (Section, bool) {
	for _, s := range l.content.sections {
		if ok, err := path.Match(s.Glob, name); err == nil && ok {
			return s, true
		}
	}
	return Section{}, false
}

func (l *loader) file(name string, d fs.DirEntry) {
	switch path.Ext(name) {
	case ".md", ".go":
		return // explanations and embedding, not data
	}
	s, ok := l.section(name)
	if !ok {
		l.report(l.stranger(name))
		return
	}
	if !d.Type().IsRegular() {
		l.report(Finding{File: name, Severity: Error, Message: "不是普通文件", Remedy: "数据包里不要放链接"})
		return
	}
	for _, doc := range l.documents(name) {
		l.document(s, name, doc)
	}
}

// stranger explains a file that belongs to no section.
func (l *loader) stranger(name string) Finding {
	f := Finding{File: name, Line: 1, Severity: Error, Message: "数据包里不应有这种文件"}
	if stem, ok := strings.CutSuffix(name, ".yml"); ok {
		if s, ok := l.section(stem + ".yaml"); ok {
			f.Remedy = fmt.Sprintf("%s 的文件用 .yaml 结尾，改名为 %s.yaml", s.Kind, path.Base(stem))
			return f
		}
	}
	var globs []string
	for _, s := range l.content.sections {
		globs = append(globs, s.Glob)
	}
	f.Remedy = "移走它，或放进这些位置之一：" + strings.Join(globs, "、")
	return f
}

func (l *loader) meta() {
	docs := l.documents(MetaFile)
	if len(docs) != 1 || docs[0].Kind != yaml.MappingNode {
		l.report(Finding{File: MetaFile, Line: 1, Severity: Error, Message: "应只有一份“字段: 值”的说明", Remedy: "写明 name、title、area、version、description"})
		return
	}
	value, bad := toValue(MetaFile, docs[0])
	l.findings = append(l.findings, bad...)
	m, _ := value.(map[string]any)
	for key, into := range map[string]*string{
		"name": &l.content.Meta.Name, "title": &l.content.Meta.Title, "area": &l.content.Meta.Area,
		"version": &l.content.Meta.Version, "description": &l.content.Meta.Description,
	} {
		switch v := m[key].(type) {
		case string:
			*into = v
		case nil:
			l.report(Finding{File: MetaFile, Line: docs[0].Line, Path: key, Severity: Error, Message: "没有填写", Remedy: "补上 " + key})
		default:
			l.report(at(MetaFile, docs[0], []string{key}, "应为文字", "加上英文引号"))
		}
		delete(m, key)
	}
	for key := range m {
		l.report(at(MetaFile, docs[0], []string{key}, "没有这个字段", "删去，或核对拼写"))
	}
}

func (l *loader) document(s Section, name string, node *yaml.Node) {
	if node.Kind != yaml.MappingNode {
		l.report(Finding{File: name, Line: node.Line, Column: node.Column, Severity: Error,
			Message: "这里应是一份“字段: 值”的内容", Remedy: fmt.Sprintf("从 %s: 开始逐行写字段", s.Key)})
		return
	}
	value, bad := toValue(name, node)
	l.findings = append(l.findings, bad...)
	if value == nil {
		return
	}
	complained := false
	if sch := l.schemas[s.Kind]; sch != nil {
		found := sch.check(name, node, value)
		complained = slices.ContainsFunc(found, func(f Finding) bool { return f.Path == s.Key })
		l.findings = append(l.findings, found...)
	}
	m, _ := value.(map[string]any)
	code, _ := m[s.Key].(string)
	if code == "" {
		if !complained { // the schema has not said so already
			l.report(at(name, node, []string{s.Key}, "没有可用的代码", fmt.Sprintf("写上 %s: 和一个用引号括起的代码", s.Key)))
		}
		return
	}
	canonical, err := Canonical(value)
	if err != nil {
		l.report(Finding{File: name, Line: node.Line, Severity: Error, Message: "内容无法保存：" + err.Error(), Remedy: "检查数字和特殊符号"})
		return
	}
	doc := Doc{Kind: s.Kind, Code: code, JSON: canonical, Digest: digest(canonical), File: name, Line: node.Line, Node: node}
	if prior, ok := l.content.Doc(s.Kind, code); ok {
		l.report(doc.Finding(s.Key, fmt.Sprintf("代码 %s 与 %s:%d 重复", code, prior.File, prior.Line), "换一个代码，或删去其中一份"))
		return
	}
	l.content.add(doc)
}

// unique reports sections that were declared twice: two modules claim one kind.
func (l *loader) unique() {
	seen := map[string]bool{}
	for _, s := range l.content.sections {
		if seen[s.Kind] {
			l.report(Finding{File: MetaFile, Line: 1, Path: s.Kind, Severity: Error,
				Message: "程序里有两个模块都登记了 " + s.Kind, Remedy: "这是程序的问题，请联系开发者"})
		}
		seen[s.Kind] = true
	}
}
