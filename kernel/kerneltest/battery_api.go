package kerneltest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"

	"tongban/kernel/authz"
	"tongban/kernel/web"
)

// JSON is a request that sends a body to the API under a key; the key may be empty.
func JSON(method, path string, body any, key string) *http.Request {
	text, ok := body.([]byte)
	if !ok {
		text, _ = json.Marshal(body)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(text))
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return r
}

// called is a complete call of a route at an address, its body made from the document.
func (w *walker) called(r web.Route, address string) *http.Request {
	if err := w.contract.load(w.Kit); err != nil {
		w.T.Fatal(err)
	}
	var body any = map[string]any{}
	if op := w.contract.operations[r.Pattern()]; op.RequestBody != nil {
		if shape := op.RequestBody.Content["application/json"].Schema; shape != nil {
			body = w.sample(shape, "1")
		}
	}
	hr := JSON(r.Method, address, body, w.DB.NewID())
	hr.Header.Set("If-Match", `"v1"`)
	return hr
}

// call sends to an API route what must be refused, made from its own document.
func (w *walker) call(r web.Route) {
	op := w.contract.operations[r.Pattern()]
	var shape any
	if op.RequestBody != nil {
		shape = op.RequestBody.Content["application/json"].Schema
	}
	send := func(body any, key string, change func(*http.Request)) (*Answer, bool) {
		before := w.acts()
		hr := JSON(r.Method, r.Example(), body, key)
		hr.Header.Set("If-Match", `"v1"`)
		if change != nil {
			change(hr)
		}
		a := w.ask(r, hr, w.all)
		return a, w.acts() != before
	}
	refused := func(a *Answer) bool { return a.Status >= 400 && a.Status < 500 }
	good := w.sample(shape, "1")
	if a, wrote := send(good, "", nil); !r.Repeatable() && (wrote || a.Status != http.StatusBadRequest) {
		w.find(r, "no-once", "%d without an Idempotency-Key, written: %v", a.Status, wrote)
	}
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		if a, wrote := send(good, w.DB.NewID(), func(hr *http.Request) { hr.Header.Set(name, value) }); wrote || a.Status != http.StatusForbidden {
			w.find(r, "cross-site", "%d for a call from another site, written: %v", a.Status, wrote)
		}
	}
	if variable.MatchString(r.Path) && r.Probe == "" {
		if a, wrote := send(good, w.DB.NewID(), nil); wrote || !refused(a) {
			w.find(r, "unknown-id", "%d for a thing that does not exist, written: %v", a.Status, wrote)
		}
	}
	if shape == nil {
		return
	}
	if a, wrote := send(w.sample(shape, markup), w.DB.NewID(), nil); wrote && a.Status >= 400 || a.Status >= 500 {
		w.find(r, "markup", "%d for markup, written: %v", a.Status, wrote)
	}
	bad := map[string]any{"no JSON": []byte(`{"a":`), "an array": []byte(`[]`), "NUL": w.sample(shape, "a\x00b"), "broken UTF-8": []byte("{\"a\":\"\xff\xfe\"}"), "null": []byte("null"),
		"deep nesting": []byte(strings.Repeat(`{"a":`, 20_000)), "a body above the limit": []byte(`{"a":"` + strings.Repeat("x", int(min(r.MaxBody, 4<<20))+1) + `"}`)}
	if object, ok := good.(map[string]any); ok {
		stranger := maps.Clone(object)
		stranger["is_admin"] = true
		bad["an unknown property"] = stranger
		for name := range object {
			changed := maps.Clone(object)
			changed[name] = map[string]any{"x": []any{map[string]any{}}}
			if _, isObject := object[name].(map[string]any); !isObject {
				bad["an object as "+name] = changed
			}
		}
	}
	for name, body := range bad {
		if a, wrote := send(body, w.DB.NewID(), nil); wrote || !refused(a) {
			w.find(r, "hostile-input", "%d for %s, written: %v", a.Status, name, wrote)
		}
	}
	if a, wrote := send(good, w.DB.NewID(), func(hr *http.Request) { hr.Header.Set("Content-Type", "text/plain") }); r.Permission != authz.Anyone && (wrote || !refused(a)) {
		w.find(r, "hostile-input", "%d for a body of another type, written: %v", a.Status, wrote)
	}
}

// sample makes a value of a schema, every text in it the given one where the schema leaves a choice.
func (w *walker) sample(schema any, text string) any {
	s, _ := schema.(map[string]any)
	if ref, ok := s["$ref"].(string); ok {
		return w.sample(w.contract.schemas[ref[strings.LastIndex(ref, "/")+1:]], text)
	}
	if list, ok := s["enum"].([]any); ok && len(list) > 0 {
		return list[0]
	}
	kind, _ := s["type"].(string)
	if kinds, ok := s["type"].([]any); ok && len(kinds) > 0 {
		kind, _ = kinds[0].(string)
	}
	switch kind {
	case "object":
		out := map[string]any{}
		properties, _ := s["properties"].(map[string]any)
		for name, p := range properties {
			out[name] = w.sample(p, text)
		}
		if len(properties) == 0 && s["additionalProperties"] != false {
			out["a"] = text
		}
		return out
	case "array":
		return []any{w.sample(s["items"], text)}
	case "integer", "number":
		return 1
	case "boolean":
		return true
	}
	if list, ok := s["examples"].([]any); ok && len(list) > 0 && text == "1" {
		return list[0]
	}
	return text
}
