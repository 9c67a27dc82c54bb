package client

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tongban/kernel/authz"
)

// field is one thing that is sent or answered, as the manual tells it.
type field struct{ name, kind, text string }

func byName(a, b field) int { return strings.Compare(a.name, b.name) }

// resolve follows a reference.
func (p manual) resolve(s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return p.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// parameters are those of the address and the head of a request.
func (p manual) parameters(op told) []field {
	places := map[string]string{"path": "地址", "query": "查询", "header": "请求头"}
	var out []field
	for _, q := range op.Parameters {
		kind := places[q.In] + "，" + p.kind(q.Schema)
		if q.Required {
			kind += "，必填"
		}
		s := *q.Schema
		if q.Example != nil {
			s.Examples = []any{q.Example}
		}
		out = append(out, field{q.Name, kind, p.text(q.Description, &s)})
	}
	return out
}

// fields lays a schema out line by line: a.b is b within a, a[].b is b within each a.
func (p manual) fields(s *huma.Schema, asked bool) []field { return p.within("", s, asked, nil) }

func (p manual) within(path string, s *huma.Schema, asked bool, above []*huma.Schema) []field {
	s = p.resolve(s)
	if s == nil || slices.Contains(above, s) { // a thing within itself is laid out once
		return nil
	}
	above = append(above[:len(above):len(above)], s)
	if s.Type == huma.TypeArray {
		return p.within(path+"[]", s.Items, asked, above)
	}
	var out []field
	for _, name := range sorted(s.Properties) {
		if name == "$schema" {
			continue
		}
		property, at := s.Properties[name], name
		if path != "" {
			at = path + "." + name
		}
		kind := p.kind(property)
		switch required := slices.Contains(s.Required, name); {
		case asked && required:
			kind += "，必填"
		case !asked && !required:
			kind += "，可能没有"
		}
		out = append(out, field{at, kind, p.text(property.Description, property)})
		out = append(out, p.within(at, property, asked, above)...)
	}
	return out
}

func sorted(properties map[string]*huma.Schema) []string {
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// kind is what sort of value it is, in words.
func (p manual) kind(s *huma.Schema) string {
	s = p.resolve(s)
	switch s.Type {
	case huma.TypeString:
		switch s.Format {
		case "date-time":
			return "时间"
		case "date":
			return "日期"
		}
		return "文字"
	case huma.TypeInteger:
		return "整数"
	case huma.TypeNumber:
		return "数"
	case huma.TypeBoolean:
		return "是否"
	case huma.TypeArray:
		return p.kind(s.Items) + "的数组"
	case huma.TypeObject:
		return "对象"
	}
	return "任意值"
}

// text is the description with bounds, possible values and an example.
func (p manual) text(says string, s *huma.Schema) string {
	r := p.resolve(s)
	if says == "" {
		says = r.Description
	}
	parts := []string{strings.TrimSuffix(says, "。")}
	choice := r
	if r.Type == huma.TypeArray {
		choice = p.resolve(r.Items)
	}
	if len(choice.Enum) > 0 && !strings.Contains(says, plain(choice.Enum[0])) {
		values := make([]string, len(choice.Enum))
		for i, v := range choice.Enum {
			values[i] = plain(v)
		}
		parts = append(parts, "可以是："+strings.Join(values, "、"))
	}
	bound := func(format string, n *int) {
		if n != nil && *n > 0 {
			parts = append(parts, fmt.Sprintf(format, *n))
		}
	}
	if r.MinLength != nil && *r.MinLength > 1 {
		bound("至少 %d 个字", r.MinLength)
	}
	bound("最多 %d 个字", r.MaxLength)
	bound("至少 %d 项", r.MinItems)
	bound("最多 %d 项", r.MaxItems)
	if r.Minimum != nil && r.Maximum != nil {
		parts = append(parts, fmt.Sprintf("%v 到 %v", *r.Minimum, *r.Maximum))
	}
	if r.Default != nil {
		parts = append(parts, "不写是 "+plain(r.Default))
	}
	if len(r.Examples) > 0 {
		parts = append(parts, "例："+plain(r.Examples[0]))
	}
	return strings.Join(parts, "。")
}

// plain is a value as one writes it without quotes.
func plain(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return written(v, "")
}

func written(v any, indent string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

// example is a value of the schema as JSON, made from the examples of its parts.
func example(s *huma.Schema, p manual) string { return written(p.value(s, nil), "  ") }

func (p manual) value(s *huma.Schema, above []*huma.Schema) any {
	s = p.resolve(s)
	switch {
	case s == nil || slices.Contains(above, s):
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	above = append(above[:len(above):len(above)], s)
	switch s.Type {
	case huma.TypeObject:
		out := map[string]any{}
		for name, property := range s.Properties {
			if name != "$schema" {
				out[name] = p.value(property, above)
			}
		}
		return out
	case huma.TypeArray:
		return []any{p.value(s.Items, above)}
	case huma.TypeString:
		if s.Format == "date-time" {
			return "2026-11-23T09:00:00+08:00"
		}
		return "…"
	case huma.TypeBoolean:
		return true
	}
	return 1
}

// curl is a call that can be copied as it stands, once TOKEN is set.
func (p manual) curl(op told) string {
	address, query := op.Route.Path, url.Values{}
	var heads []string
	for _, q := range op.Parameters {
		switch value := plain(exampleOf(q)); {
		case q.In == "path":
			address = strings.ReplaceAll(address, "{"+q.Name+"}", url.PathEscape(value))
		case q.In == "query" && q.Required:
			query.Set(q.Name, value)
		case q.Name == "Idempotency-Key":
			heads = append(heads, `-H "Idempotency-Key: $(uuidgen)"`)
		case q.In == "header" && q.Name != "Authorization":
			heads = append(heads, "-H "+quoted(q.Name+": "+value))
		}
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	call := []string{"curl " + quoted(p.base+address)}
	if op.Route.Method != "GET" {
		call[0] = "curl -X " + op.Route.Method + " " + quoted(p.base+address)
	}
	if op.Permission != authz.Anyone {
		call = append(call, `-H "Authorization: Bearer $TOKEN"`)
	}
	call = append(call, heads...)
	if op.RequestBody != nil {
		for kind, content := range op.RequestBody.Content {
			call = append(call, p.sent(kind, content.Schema)...)
		}
	}
	return strings.Join(call, " \\\n  ")
}

// exampleOf is the example of a parameter.
func exampleOf(q *huma.Param) any {
	if q.Example == nil && len(q.Schema.Examples) > 0 {
		return q.Schema.Examples[0]
	}
	return q.Example
}

// sent is the body of a call.
func (p manual) sent(kind string, s *huma.Schema) []string {
	switch kind {
	case "application/json":
		return []string{"-H 'Content-Type: application/json'", "-d " + quoted(example(s, p))}
	case "application/x-www-form-urlencoded":
		var out []string
		for _, name := range sorted(s.Properties) {
			out = append(out, "--data-urlencode "+quoted(name+"="+plain(s.Properties[name].Examples[0])))
		}
		return out
	}
	return []string{"-H " + quoted("Content-Type: "+kind), "--data-binary @材料.jpg"}
}

// quoted keeps the shell from reading anything into the text.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
