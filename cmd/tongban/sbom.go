package main

import (
	"encoding/json"
	"io"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
)

// The software bill of materials in CycloneDX 1.6 (ECMA-424), as far as it is told here.
type (
	bom struct {
		Format     string      `json:"bomFormat"`
		Spec       string      `json:"specVersion"`
		Version    int         `json:"version"`
		Metadata   bomMetadata `json:"metadata"`
		Components []component `json:"components"`
		Depends    []depends   `json:"dependencies"`
	}
	bomMetadata struct {
		Component component `json:"component"`
	}
	component struct {
		Type       string     `json:"type"`
		Ref        string     `json:"bom-ref"`
		Name       string     `json:"name"`
		Version    string     `json:"version"`
		PURL       string     `json:"purl"`
		Properties []property `json:"properties,omitempty"`
	}
	property struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	depends struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn"`
	}
)

// materials says what a binary is made of, as the linker wrote it down: every module of which a package is in it, the exact version, the
// checksum of go.sum, and the standard library, which is where most advisories about Go programs point.
func materials(info *debug.BuildInfo) bom {
	product := golang("application", info.Main.Path, version, nil)
	for _, s := range info.Settings {
		product.Properties = append(product.Properties, property{"go:build:" + strings.TrimPrefix(s.Key, "-"), s.Value})
	}
	list := []component{golang("library", "std", strings.TrimPrefix(info.GoVersion, "go"), nil)}
	for _, m := range info.Deps {
		used := m
		if m.Replace != nil {
			used = m.Replace
		}
		list = append(list, golang("library", used.Path, used.Version, []property{{"go:h1", used.Sum}}))
	}
	slices.SortFunc(list, func(a, b component) int { return strings.Compare(a.Ref, b.Ref) })
	out := bom{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: bomMetadata{product}, Components: list, Depends: []depends{{Ref: product.Ref}}}
	for _, c := range list {
		out.Depends[0].On = append(out.Depends[0].On, c.Ref)
	}
	return out
}

func golang(kind, path, version string, properties []property) component {
	purl := "pkg:golang/" + path + "@" + url.PathEscape(version)
	return component{Type: kind, Ref: purl, Name: path, Version: version, PURL: purl, Properties: properties}
}

func writeMaterials(w io.Writer, info *debug.BuildInfo) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(materials(info))
}
