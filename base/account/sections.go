package account

import (
	_ "embed"

	"tongban/kernel/pack"
)

//go:embed schema/role.json
var roleSchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{
		{Kind: "role", Glob: "roles/*.yaml", Schema: roleSchema, Key: "code"},
	}
}
