package org

import (
	_ "embed"

	"tongban/kernel/pack"
)

//go:embed schema/unit.json
var unitSchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{
		{Kind: "unit", Glob: "units/*.yaml", Schema: unitSchema, Key: "code"},
	}
}
