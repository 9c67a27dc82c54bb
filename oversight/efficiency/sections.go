package efficiency

import (
	_ "embed"

	"tongban/kernel/pack"
)

//go:embed schema/threshold.json
var thresholdSchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{
		{Kind: "threshold", Glob: "thresholds/*.yaml", Schema: thresholdSchema, Key: "code"},
	}
}
