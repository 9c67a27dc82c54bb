package servicepoint

import (
	_ "embed"

	"tongban/kernel/pack"
)

//go:embed schema/point.json
var pointSchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{
		{Kind: Kind, Glob: "servicepoints/*.yaml", Schema: pointSchema, Key: "code"},
	}
}
