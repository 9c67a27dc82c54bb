package form

import (
	_ "embed"

	"tongban/kernel/pack"
)

//go:embed schema/element.json
var elementSchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{
		{Kind: "element", Glob: "elements/*.yaml", Schema: elementSchema, Key: "code"},
	}
}
