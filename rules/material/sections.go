package material

import (
	_ "embed"

	"tongban/kernel/pack"
)

//go:embed schema/type.json
var materialSchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{
		{Kind: "material", Glob: "materials/*.yaml", Schema: materialSchema, Key: "code"},
	}
}
