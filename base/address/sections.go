package address

import (
	_ "embed"

	"tongban/kernel/pack"
)

//go:embed schema/region.json
var regionSchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{
		{Kind: "region", Glob: "regions/*.yaml", Schema: regionSchema, Key: "code"},
	}
}
