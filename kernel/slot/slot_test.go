package slot_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"tongban/kernel/db"
	"tongban/kernel/slot"
)

func says(words string) func(context.Context, *db.View, string) (templ.Component, error) {
	return func(_ context.Context, _ *db.View, subject string) (templ.Component, error) {
		return templ.Raw(words + subject + " "), nil
	}
}

func TestFragmentsStandInTheirOrderAndNothingIsShownForNothing(t *testing.T) {
	quiet := func(context.Context, *db.View, string) (templ.Component, error) { return nil, nil }
	b := slot.NewBoard([]slot.Fill{{Point: "case.aside", Order: 20, Show: says("b")}, {Point: "case.banner", Order: 1, Show: says("x")},
		{Point: "case.aside", Order: 15, Show: quiet}, {Point: "case.aside", Order: 10, Show: says("a")}})
	parts, err := b.Show(t.Context(), nil, "case.aside", "1")
	if err != nil || len(parts) != 2 {
		t.Fatal(parts, err)
	}
	var page strings.Builder
	for _, c := range parts {
		if err := c.Render(t.Context(), &page); err != nil {
			t.Fatal(err)
		}
	}
	if page.String() != "a1 b1 " {
		t.Errorf("%q", page.String())
	}
	if parts, err := b.Show(t.Context(), nil, "nobody.fills", "1"); len(parts) != 0 || err != nil {
		t.Error(parts, err)
	}
}

func TestFailingFragmentFailsThePage(t *testing.T) {
	b := slot.NewBoard([]slot.Fill{{Point: "p", Show: func(context.Context, *db.View, string) (templ.Component, error) { return nil, errors.New("x") }}})
	if _, err := b.Show(t.Context(), nil, "p", "1"); err == nil {
		t.Error("half a page would have been shown")
	}
}
