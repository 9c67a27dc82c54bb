package pack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Export writes the pack as a tree of files, one per document, fields in the
// order of the schema, with the schemas beside them so that an editor can help
// the next writer. Loading the tree gives the same documents again.
func Export(c *Content, write func(name string, data []byte) error) error {
	meta, err := yamlOf(c.Meta, []string{"name", "title", "area", "version", "description"}, nil)
	if err != nil {
		return err
	}
	if err := write(MetaFile, meta); err != nil {
		return err
	}
	for _, s := range c.sections {
		if s.Schema != nil {
			if err := write(path.Join(SchemaDir, s.Kind+".json"), s.Schema); err != nil {
				return err
			}
		}
		order, err := fieldOrder(s.Schema)
		if err != nil {
			return fmt.Errorf("schema of %s: %w", s.Kind, err)
		}
		dir := path.Dir(s.Glob)
		files := map[string][]byte{}
		var names []string
		for _, d := range c.Docs(s.Kind) {
			data, err := yamlOf(json.RawMessage(d.JSON), nil, order)
			if err != nil {
				return fmt.Errorf("%s %s: %w", d.Kind, d.Code, err)
			}
			name := path.Join(dir, fileName(s, d.Code))
			if before, shared := files[name]; shared {
				files[name] = slices.Concat(before, []byte("---\n"), data)
				continue
			}
			names = append(names, name)
			files[name] = data
		}
		for _, name := range names {
			head := ""
			if s.Schema != nil {
				up := strings.Repeat("../", strings.Count(name, "/"))
				head = "# yaml-language-server: $schema=" + up + SchemaDir + "/" + s.Kind + ".json\n"
			}
			if err := write(name, append([]byte(head), files[name]...)); err != nil {
				return err
			}
		}
	}
	return nil
}

var unsafe = regexp.MustCompile(`[^a-zA-Z0-9_-]`)

// fileName is the document's code as a file name that the section's glob finds
// again: a glob without a star names its one file, where all go as separate documents.
func fileName(s Section, code string) string {
	name := unsafe.ReplaceAllString(code, "_")
	if name != code {
		name += "-" + digest([]byte(code))[:6] // codes that differ only in odd characters stay apart
	}
	return strings.Replace(path.Base(s.Glob), "*", name, 1)
}

// Assemble makes a pack from canonical documents kept elsewhere, such as a
// database: kind → documents as JSON. They are checked like files.
func Assemble(meta Meta, sections []Section, raw map[string][]json.RawMessage) (*Content, []Finding) {
	l := &loader{content: newContent(sections)}
	l.content.Meta = meta
	l.compile()
	for _, s := range sections {
		for i, doc := range raw[s.Kind] {
			name := fmt.Sprintf("%s[%d]", s.Kind, i)
			for _, node := range l.split(name, doc) { // JSON is YAML
				l.document(s, name, node)
			}
		}
	}
	return l.finish()
}

// yamlOf writes a value as block YAML: known fields in the given order, the rest by name.
func yamlOf(v any, top []string, order map[string][]string) ([]byte, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var node yaml.Node
	if err := yaml.Unmarshal(data, &node); err != nil { // JSON is YAML
		return nil, err
	}
	if len(node.Content) == 0 {
		return nil, nil
	}
	if top != nil {
		order = map[string][]string{"": top}
	}
	arrange(node.Content[0], "", order)
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(node.Content[0]); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func arrange(n *yaml.Node, place string, order map[string][]string) {
	n.Style = 0
	switch n.Kind {
	case yaml.ScalarNode:
		if n.Tag == "!!str" || n.ShortTag() == "!!str" {
			n.Tag = "!!str" // the encoder then quotes what would read as something else
			if strings.Contains(n.Value, "\n") {
				n.Style = yaml.LiteralStyle
			}
		}
	case yaml.SequenceNode:
		for _, item := range n.Content {
			arrange(item, place+"[]", order)
		}
	case yaml.MappingNode:
		type pair struct {
			rank       int
			key, value *yaml.Node
		}
		var pairs []pair
		for i := 0; i+1 < len(n.Content); i += 2 {
			k, v := n.Content[i], n.Content[i+1]
			k.Style = 0
			k.Tag = "!!str"
			rank := slices.Index(order[place], k.Value)
			if rank < 0 {
				rank = 1 << 20
			}
			arrange(v, place+"."+k.Value, order)
			pairs = append(pairs, pair{rank, k, v})
		}
		slices.SortStableFunc(pairs, func(a, b pair) int { return a.rank - b.rank })
		n.Content = n.Content[:0]
		for _, p := range pairs {
			n.Content = append(n.Content, p.key, p.value)
		}
	}
}

// fieldOrder lists, per place in a document, the order in which its schema
// names the fields. JSON objects have no order in Go, so the schema is read as YAML.
func fieldOrder(schema []byte) (map[string][]string, error) {
	order := map[string][]string{}
	if schema == nil {
		return order, nil
	}
	var root yaml.Node
	if err := yaml.Unmarshal(schema, &root); err != nil {
		return nil, err
	}
	if len(root.Content) == 0 {
		return order, nil
	}
	collectOrder(root.Content[0], root.Content[0], "", order, 0)
	return order, nil
}

func collectOrder(root, rule *yaml.Node, place string, order map[string][]string, depth int) {
	if rule == nil || rule.Kind != yaml.MappingNode || depth > maxDepth {
		return
	}
	if _, ref := child(rule, "$ref"); ref != nil {
		if p, ok := strings.CutPrefix(ref.Value, "#/"); ok {
			collectOrder(root, valueAt(root, strings.Split(p, "/")), place, order, depth+1)
		}
	}
	if _, properties := child(rule, "properties"); properties != nil && order[place] == nil {
		for i := 0; i+1 < len(properties.Content); i += 2 {
			name := properties.Content[i].Value
			order[place] = append(order[place], name)
			collectOrder(root, properties.Content[i+1], place+"."+name, order, depth+1)
		}
	}
	_, items := child(rule, "items")
	collectOrder(root, items, place+"[]", order, depth+1)
}
