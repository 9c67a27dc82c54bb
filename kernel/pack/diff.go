package pack

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Act says what happened to a document between two packs.
type Act string

// The three acts.
const (
	Added   Act = "added"
	Removed Act = "removed"
	Changed Act = "changed"
)

// Change is one document that differs between two packs.
type Change struct {
	Kind      string
	Code      string
	Act       Act
	Versioned bool    // the kind keeps versions: the change becomes a new one
	Fields    []Field // what differs, for Changed
}

// Field is one value that differs, as canonical JSON; "" where there is none.
type Field struct {
	Path string
	Old  string
	New  string
}

var acts = map[Act]string{Added: "新增", Removed: "删去", Changed: "改动"}

// String is the change in Chinese, one line for each field that differs.
func (c Change) String() string {
	out := acts[c.Act] + " " + c.Kind + " " + c.Code
	for _, f := range c.Fields {
		switch {
		case f.Old == "":
			out += fmt.Sprintf("\n  %s：新增 %s", f.Path, f.New)
		case f.New == "":
			out += fmt.Sprintf("\n  %s：删去 %s", f.Path, f.Old)
		default:
			out += fmt.Sprintf("\n  %s：由 %s 改为 %s", f.Path, f.Old, f.New)
		}
	}
	return out
}

// Diff lists what would change when a county that runs old takes new into use.
// Either may be nil, which counts as empty.
func Diff(old, new *Content) []Change {
	if old == nil {
		old = &Content{}
	}
	if new == nil {
		new = &Content{}
	}
	versioned := map[string]bool{}
	kinds := map[string]bool{}
	for _, s := range slices.Concat(old.sections, new.sections) {
		kinds[s.Kind] = true
		versioned[s.Kind] = versioned[s.Kind] || s.Versioned
	}
	var out []Change
	for kind := range kinds {
		for _, d := range old.Docs(kind) {
			now, ok := new.Doc(kind, d.Code)
			switch {
			case !ok:
				out = append(out, Change{Kind: kind, Code: d.Code, Act: Removed, Versioned: versioned[kind]})
			case now.Digest != d.Digest:
				out = append(out, Change{Kind: kind, Code: d.Code, Act: Changed, Versioned: versioned[kind], Fields: diffJSON(d.JSON, now.JSON)})
			}
		}
		for _, d := range new.Docs(kind) {
			if !old.Has(kind, d.Code) {
				out = append(out, Change{Kind: kind, Code: d.Code, Act: Added, Versioned: versioned[kind]})
			}
		}
	}
	slices.SortFunc(out, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code))
	})
	return out
}

func diffJSON(old, new []byte) []Field {
	var fields []Field
	walkDiff(nil, parseJSON(old), parseJSON(new), &fields)
	slices.SortFunc(fields, func(a, b Field) int { return cmp.Compare(a.Path, b.Path) })
	return fields
}

func parseJSON(data []byte) any {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return nil
	}
	return v
}

func walkDiff(path []string, old, new any, out *[]Field) {
	switch o := old.(type) {
	case map[string]any:
		if n, ok := new.(map[string]any); ok {
			keys := maps.Clone(o)
			maps.Copy(keys, n)
			for key := range keys {
				walkDiff(append(path[:len(path):len(path)], key), o[key], n[key], out)
			}
			return
		}
	case []any:
		if n, ok := new.([]any); ok {
			for i := range max(len(o), len(n)) {
				var a, b any
				if i < len(o) {
					a = o[i]
				}
				if i < len(n) {
					b = n[i]
				}
				walkDiff(append(path[:len(path):len(path)], strconv.Itoa(i)), a, b, out)
			}
			return
		}
	}
	a, b := text(old), text(new)
	if a != b {
		*out = append(*out, Field{Path: joinPath(path), Old: a, New: b})
	}
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	b, err := Canonical(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
