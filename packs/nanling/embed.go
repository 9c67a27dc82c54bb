// Package nanling is the pack of the invented county 南岭县 as data: real law,
// invented units, people, codes and telephone numbers (see pack.yaml).
package nanling

import "embed"

// FS holds the pack; kernel/pack reads it.
//
//go:embed pack.yaml */*.yaml
var FS embed.FS
