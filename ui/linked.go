package ui

import (
	"context"
	"encoding/json"
	"io"
)

// LinkedData says what a page is about in the words of schema.org (JSON-LD), for machines that read it. Browsers never carry such a block
// out, so the Content-Security-Policy has no say in it; and whatever a text holds, it cannot end the block: the encoder writes < as \u003c.
type LinkedData map[string]any

// Render writes the block.
func (l LinkedData) Render(_ context.Context, w io.Writer) error {
	text, err := json.Marshal(l)
	if err == nil {
		_, err = io.WriteString(w, `<script type="application/ld+json">`+string(text)+`</script>`)
	}
	return err
}
