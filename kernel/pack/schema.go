package pack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v3"
)

// compiled is a section's schema, ready to check documents and to be quoted
// from in remedies: its descriptions and examples are the words of the module
// that owns the kind.
type compiled struct {
	url    string
	raw    any
	schema *jsonschema.Schema
}

// noLoader keeps a schema from fetching anything: all of it is embedded.
type noLoader struct{}

func (noLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("不读取外部结构 %s", url)
}

func compileSchema(s Section) (*compiled, error) {
	if s.Schema == nil {
		return nil, nil
	}
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.Schema))
	if err != nil {
		return nil, err
	}
	c := &compiled{url: "mem:///" + s.Kind + ".json", raw: raw}
	comp := jsonschema.NewCompiler()
	comp.UseLoader(noLoader{})
	if err := comp.AddResource(c.url, raw); err != nil {
		return nil, err
	}
	c.schema, err = comp.Compile(c.url)
	return c, err
}

func (c *compiled) check(file string, node *yaml.Node, value any) []Finding {
	err := c.schema.Validate(value)
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	var out []Finding
	for _, leaf := range leaves(invalid) {
		out = append(out, c.explain(file, node, leaf)...)
	}
	return out
}

// leaves are the errors that say something by themselves. Of alternatives that
// all failed, the one that came nearest speaks: the one whose complaints lie deepest.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		var best []*jsonschema.ValidationError
		depth := -1
		for _, cause := range e.Causes {
			found := leaves(cause)
			deepest := 0
			for _, leaf := range found {
				deepest = max(deepest, len(leaf.InstanceLocation))
			}
			if deepest > depth || deepest == depth && len(found) < len(best) {
				best, depth = found, deepest
			}
		}
		return best
	}
	var out []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		out = append(out, leaves(cause)...)
	}
	return out
}

var typeNames = map[string]string{
	"string": "文字", "integer": "整数", "number": "数字", "boolean": "是否（true 或 false）", "array": "列表", "object": "一组“字段: 值”", "null": "空",
}

func (c *compiled) explain(file string, root *yaml.Node, e *jsonschema.ValidationError) []Finding {
	path := e.InstanceLocation
	rule := c.ruleAt(e.SchemaURL)
	hint := c.hint(rule)
	one := func(message, remedy string) []Finding {
		return []Finding{at(file, root, path, message, remedy)}
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		var want []string
		for _, w := range k.Want {
			want = append(want, typeNames[w])
		}
		return one("应为"+strings.Join(want, "或"), typeRemedy(k, valueAt(root, path), hint))
	case *kind.Required:
		var out []Finding
		for _, missing := range k.Missing {
			remedy := "补上 " + missing
			if h := c.hint(member(rule, missing)); h != "" {
				remedy += in(h)
			}
			out = append(out, at(file, root, append(slices.Clone(path), missing), "没有填写", remedy))
		}
		return out
	case *kind.AdditionalProperties:
		var out []Finding
		for _, extra := range k.Properties {
			remedy := "删去这一行"
			if near := nearest(extra, c.members(rule)); near != "" {
				remedy = "是不是想写 " + near + "？"
			}
			out = append(out, at(file, root, append(slices.Clone(path), extra), "没有这个字段", remedy))
		}
		return out
	case *kind.Enum:
		var words []string
		for _, w := range k.Want {
			words = append(words, fmt.Sprint(w))
		}
		remedy := "从这些里选一个：" + strings.Join(words, "、")
		if near := nearest(fmt.Sprint(k.Got), words); near != "" {
			remedy = "是不是想写 " + near + "？可用的有：" + strings.Join(words, "、")
		}
		return one(fmt.Sprintf("“%v”不在可选范围内", k.Got), remedy)
	case *kind.Const:
		return one(fmt.Sprintf("应为 %v", k.Want), fmt.Sprintf("写成 %v", k.Want)+in(hint))
	case *kind.Pattern:
		return one(fmt.Sprintf("“%s”的写法不对", clip(k.Got)), "照这样写："+orElse(hint, k.Want))
	case *kind.Minimum:
		return one("不能小于 "+k.Want.RatString(), "改成 "+k.Want.RatString()+" 或更大"+in(hint))
	case *kind.Maximum:
		return one("不能大于 "+k.Want.RatString(), "改成 "+k.Want.RatString()+" 或更小"+in(hint))
	case *kind.MinLength:
		return one(fmt.Sprintf("至少 %d 个字", k.Want), "写完整"+in(hint))
	case *kind.MaxLength:
		return one(fmt.Sprintf("最多 %d 个字，现有 %d 个", k.Want, k.Got), "写短一些")
	case *kind.MinItems:
		return one(fmt.Sprintf("至少 %d 项", k.Want), "补上缺少的项"+in(hint))
	case *kind.MaxItems:
		return one(fmt.Sprintf("最多 %d 项，现有 %d 项", k.Want, k.Got), "删去多余的项")
	case *kind.UniqueItems:
		return one(fmt.Sprintf("第 %d 项与第 %d 项重复", k.Duplicates[1]+1, k.Duplicates[0]+1), "删去其中一项")
	case *kind.DependentRequired:
		return one("填了 "+k.Prop+" 就要同时填 "+strings.Join(k.Missing, "、"), "补上，或删去 "+k.Prop)
	case *kind.FalseSchema:
		return one("这里不能有这个字段", "删去这一行")
	}
	return one("不符合要求", "对照同类内容的写法"+in(hint))
}

var digits = regexp.MustCompile(`\d+(\.\d+)?`)

func typeRemedy(k *kind.Type, n *yaml.Node, hint string) string {
	written := ""
	if n != nil && n.Kind == yaml.ScalarNode {
		written = n.Value
	}
	switch want := k.Want[0]; {
	case written != "" && (want == "integer" || want == "number"):
		if d := digits.FindString(written); d != "" {
			return fmt.Sprintf("写成 %s，不要写“%s”", d, clip(written))
		}
	case written != "" && want == "string":
		return fmt.Sprintf("用引号括起来，写成 %s", strconv.Quote(written))
	case written != "" && want == "boolean":
		return fmt.Sprintf("写成 true 或 false，不要写“%s”", clip(written))
	case want == "array":
		return "每项一行，以“- ”开头"
	case want == "object":
		return "换行缩进，写成“字段: 值”"
	}
	return "对照同类内容的写法" + in(hint)
}

// ruleAt finds the part of the schema an error speaks of, by the JSON pointer in its URL.
func (c *compiled) ruleAt(url string) map[string]any {
	_, pointer, _ := strings.Cut(url, "#")
	here := any(c.raw)
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if step == "" {
			break
		}
		step = strings.NewReplacer("~1", "/", "~0", "~", "%25", "%", "%5E", "^", "%24", "$").Replace(step)
		switch v := here.(type) {
		case map[string]any:
			here = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			here = v[i]
		}
	}
	rule, _ := here.(map[string]any)
	return rule
}

func member(rule map[string]any, name string) map[string]any {
	properties, _ := rule["properties"].(map[string]any)
	m, _ := properties[name].(map[string]any)
	return m
}

func (c *compiled) members(rule map[string]any) []string {
	properties, _ := rule["properties"].(map[string]any)
	var names []string
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// hint quotes the schema's description and first example.
func (c *compiled) hint(rule map[string]any) string {
	if ref, ok := rule["$ref"].(string); ok && rule["description"] == nil {
		rule = c.ruleAt(ref)
	}
	text, _ := rule["description"].(string)
	if examples, ok := rule["examples"].([]any); ok && len(examples) > 0 {
		if b, err := json.Marshal(examples[0]); err == nil {
			text += "，例如 " + strings.Trim(string(b), `"`)
		}
	}
	return strings.TrimPrefix(text, "，")
}

// in adds what the field is for, where the schema says so.
func in(hint string) string {
	if hint == "" {
		return ""
	}
	return "（" + hint + "）"
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func clip(s string) string {
	if r := []rune(s); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}
