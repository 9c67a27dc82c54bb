package casework

import (
	_ "embed"

	"tongban/kernel/pack"
)

//go:embed schema/letter.json
var letterSchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{
		{Kind: "letter", Glob: "letters/*.yaml", Schema: letterSchema, Key: "code"},
	}
}
