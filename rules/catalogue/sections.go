package catalogue

import (
	_ "embed"

	"tongban/kernel/pack"
)

//go:embed schema/question.json
var questionSchema []byte

//go:embed schema/item.json
var itemSchema []byte

//go:embed schema/bundle.json
var bundleSchema []byte

//go:embed schema/synonym.json
var synonymSchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{
		{Kind: "question", Glob: "questions/*.yaml", Schema: questionSchema, Key: "code"},
		{Kind: "item", Glob: "items/*.yaml", Schema: itemSchema, Key: "code", Versioned: true},
		{Kind: "bundle", Glob: "bundles/*.yaml", Schema: bundleSchema, Key: "code", Versioned: true},
		{Kind: "synonym", Glob: "synonyms/*.yaml", Schema: synonymSchema, Key: "code"},
	}
}
