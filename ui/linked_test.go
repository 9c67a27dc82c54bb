package ui_test

import (
	"strings"
	"testing"

	"tongban/ui"
)

func TestLinkedDataCannotBeEndedByAText(t *testing.T) {
	var b strings.Builder
	if err := (ui.LinkedData{"name": "</script><script>alert(1)</script><!--"}).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), "<") != 2 {
		t.Error(b.String())
	}
}
