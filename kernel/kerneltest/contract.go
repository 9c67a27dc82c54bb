package kerneltest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"tongban/kernel/web"
)

// Contract holds the API document to the router: what is served stands in it, complete and readable, and nothing else does. That answers
// keep to it is checked with every answer of every test.
func Contract(t *testing.T, kt *Kit) {
	t.Helper()
	wrong := kt.contract.breaches(kt)
	for _, w := range wrong {
		t.Error(w)
	}
	t.Logf("%d operations in the document, %d breaches", len(kt.contract.operations), len(wrong))
}

// contract is the document as the world reads it: fetched through the door, and judged by a validator that knows nothing of who wrote it.
type contract struct {
	once       sync.Once
	err        error
	text       []byte
	operations map[string]operation // by pattern
	groups     map[string]bool
	schemas    map[string]any
	compiler   *jsonschema.Compiler
	mu         sync.Mutex
	compiled   map[string]*jsonschema.Schema
}

type operation struct {
	Summary     string         `json:"summary"`
	Description string         `json:"description"`
	Tags        []string       `json:"tags"`
	Parameters  []parameter    `json:"parameters"`
	RequestBody *content       `json:"requestBody"`
	Responses   map[string]any `json:"responses"`
	Security    []any          `json:"security"`
}

type parameter struct {
	Name        string `json:"name"`
	In          string `json:"in"`
	Description string `json:"description"`
	Example     any    `json:"example"`
	Schema      any    `json:"schema"`
}

type content struct {
	Content map[string]struct {
		Schema any `json:"schema"`
	} `json:"content"`
}

// documentURL is the name under which the document is compiled; it is never fetched.
const documentURL = "https://tongban.invalid/openapi.json"

func (c *contract) load(kt *Kit) error {
	c.once.Do(func() {
		text, err := json.Marshal(kt.Site().Document())
		if err != nil {
			c.err = err
			return
		}
		var d struct {
			Paths map[string]map[string]operation `json:"paths"`
			Tags  []struct {
				Name, Description string
			}
			Components struct {
				Schemas map[string]any `json:"schemas"`
			} `json:"components"`
		}
		c.text = text
		whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err == nil {
			err = json.Unmarshal(text, &d)
		}
		if err != nil {
			c.err = err
			return
		}
		c.groups = map[string]bool{}
		for _, g := range d.Tags {
			c.groups[g.Name] = g.Description != ""
		}
		c.operations, c.schemas, c.compiled = map[string]operation{}, d.Components.Schemas, map[string]*jsonschema.Schema{}
		for path, methods := range d.Paths {
			for method, op := range methods {
				c.operations[strings.ToUpper(method)+" "+path] = op
			}
		}
		c.compiler = jsonschema.NewCompiler()
		c.compiler.DefaultDraft(jsonschema.Draft2020)
		c.err = c.compiler.AddResource(documentURL, whole)
	})
	return c.err
}

// schema compiles the schema of an answer.
func (c *contract) schema(r web.Route, status int, mediaType string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D", "+", "%2B").Replace
	at := documentURL + "#/paths/" + escape(r.Path) + "/" + strings.ToLower(r.Method) + "/responses/" + strconv.Itoa(status) + "/content/" + escape(mediaType) + "/schema"
	if s, ok := c.compiled[at]; ok {
		return s, nil
	}
	s, err := c.compiler.Compile(at)
	if err == nil {
		c.compiled[at] = s
	}
	return s, err
}

// breach says how an answer departs from what the document promises; empty when it does not.
func (c *contract) breach(kt *Kit, r web.Route, a *Answer) string {
	if err := c.load(kt); err != nil {
		return err.Error()
	}
	op, ok := c.operations[r.Pattern()]
	if !ok {
		return r.Pattern() + " stands not in the document"
	}
	if _, ok := op.Responses[strconv.Itoa(a.Status)]; !ok {
		return fmt.Sprintf("%s answers %d, which the document does not name", r.Pattern(), a.Status)
	}
	mediaType, _, _ := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if !strings.HasSuffix(mediaType, "json") {
		if a.Body != "" && a.Status >= 300 {
			return fmt.Sprintf("%s answers %d as %q", r.Pattern(), a.Status, mediaType)
		}
		return ""
	}
	s, err := c.schema(r, a.Status, mediaType)
	if err != nil {
		return fmt.Sprintf("%s answers %d as %q: %v", r.Pattern(), a.Status, mediaType, err)
	}
	body, err := jsonschema.UnmarshalJSON(strings.NewReader(a.Body))
	if err == nil {
		err = s.Validate(body)
	}
	if err != nil {
		return fmt.Sprintf("%s answers %d with what the document does not promise: %v\n%s", r.Pattern(), a.Status, err, a.Body)
	}
	if mediaType == "application/problem+json" {
		return unexplained(r, a)
	}
	return ""
}

// unexplained says what the type of a problem does not lead to; empty when callers find it explained.
func unexplained(r web.Route, a *Answer) string {
	var p web.Problem
	if err := json.Unmarshal([]byte(a.Body), &p); err != nil {
		return err.Error()
	}
	for _, known := range web.Refusals() {
		if known.Code == p.Code && slices.Contains(known.Statuses, a.Status) && p.Type == web.RefusalsPath+"#"+p.Code {
			return ""
		}
	}
	return fmt.Sprintf("%s answers %d with the code %s and the type %s, which are not explained", r.Pattern(), a.Status, p.Code, p.Type)
}

// breaches lists where document and router differ, and what the document leaves unsaid.
func (c *contract) breaches(kt *Kit) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if err := c.load(kt); err != nil {
		return []string{err.Error()}
	}
	served, variable := map[string]bool{}, regexp.MustCompile(`\{(\w+)\}`)
	for _, r := range kt.Site().Routes() {
		if !r.API && !strings.HasPrefix(r.Path, "/api/") {
			continue
		}
		served[r.Pattern()] = true
		op, ok := c.operations[r.Pattern()]
		if !ok || !r.Typed() {
			say("%s stands not in the document", r.Pattern())
			continue
		}
		if op.Summary == "" || op.Description == "" || len(op.Tags) != 1 || !c.groups[op.Tags[0]] {
			say("%s has no summary, description or group", r.Pattern())
		}
		if len(op.Security) == 0 {
			say("%s does not say who may call", r.Pattern())
		}
		good := false
		for status := range op.Responses {
			good = good || strings.HasPrefix(status, "2")
			if answer, _ := op.Responses[status].(map[string]any); answer["description"] == "" {
				say("%s does not say what %s means", r.Pattern(), status)
			}
		}
		if !good {
			say("%s promises no good answer", r.Pattern())
		}
		for _, name := range variable.FindAllStringSubmatch(r.Path, -1) {
			if !slices.ContainsFunc(op.Parameters, func(p parameter) bool { return p.In == "path" && p.Name == name[1] }) {
				say("%s reads nothing of its %s", r.Pattern(), name[1])
			}
		}
		for _, p := range op.Parameters {
			if shape, _ := p.Schema.(map[string]any); p.Description == "" || p.Example == nil && shape["examples"] == nil && shape["enum"] == nil {
				say("%s: parameter %s has no description or example", r.Pattern(), p.Name)
			}
		}
		if r.Method != http.MethodGet && !slices.ContainsFunc(op.Parameters, func(p parameter) bool { return p.Name == "Idempotency-Key" }) && !r.Repeatable() {
			say("%s changes something and takes no Idempotency-Key", r.Pattern())
		}
	}
	for pattern := range c.operations {
		if !served[pattern] {
			say("%s stands in the document and is not served", pattern)
		}
	}
	for name, s := range c.schemas {
		c.unsaid(s, name, say)
		if !bytes.Contains(c.text, []byte(`"#/components/schemas/`+name+`"`)) {
			say("schema %s is used nowhere", name)
		}
		if _, err := c.compiler.Compile(documentURL + "#/components/schemas/" + name); err != nil {
			say("schema %s: %v", name, err)
		}
	}
	if err := c.standard(kt.Ctx); err != nil {
		say("the document breaks OpenAPI 3.1: %v", err)
	}
	slices.Sort(wrong)
	return wrong
}

// standard asks a public validator whether the document is one of OpenAPI 3.1: structure, references, variables of addresses, unique
// names of operations, and whether every example fits its schema.
func (c *contract) standard(ctx context.Context) error {
	document, err := openapi3.NewLoader().LoadFromData(c.text)
	if err != nil {
		return err
	}
	return document.Validate(ctx)
}

// unsaid finds properties without a description, and values without an example.
func (c *contract) unsaid(schema any, where string, say func(string, ...any)) {
	s, ok := schema.(map[string]any)
	if !ok {
		return
	}
	properties, _ := s["properties"].(map[string]any)
	for name, p := range properties {
		property, _ := p.(map[string]any)
		if text, _ := property["description"].(string); text == "" && property["$ref"] == nil {
			say("%s.%s has no description", where, name)
		}
		if (property["type"] == "string" || property["type"] == "integer" || property["type"] == "number") && property["examples"] == nil && property["enum"] == nil && property["format"] != "date-time" && property["const"] == nil && name != "$schema" {
			say("%s.%s has no example", where, name)
		}
		c.unsaid(p, where+"."+name, say)
	}
	c.unsaid(s["items"], where+"[]", say)
}
