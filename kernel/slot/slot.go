// Package slot lets one module show a fragment on another's page without either knowing the other: the lower module names a point
// on its page, the higher one fills it.
package slot

import (
	"context"
	"slices"

	"github.com/a-h/templ"

	"tongban/kernel/db"
)

// Point is a place on a page, such as casework.banner. The value handed to its fillers is the point's contract.
type Point string

// Fill is a module's fragment for a point. Fragments appear in the order of Order, so that the page does not depend on the
// order of modules. A filler with nothing to say returns nil.
type Fill struct {
	Point Point
	Order int
	Show  func(ctx context.Context, v *db.View, subject string) (templ.Component, error)
}

// Board holds all fragments; it is complete before the first request.
type Board struct{ fills map[Point][]Fill }

// NewBoard arranges the fragments of all modules.
func NewBoard(fills []Fill) *Board {
	b := &Board{fills: map[Point][]Fill{}}
	for _, f := range fills {
		b.fills[f.Point] = append(b.fills[f.Point], f)
	}
	for _, list := range b.fills {
		slices.SortStableFunc(list, func(x, y Fill) int { return x.Order - y.Order })
	}
	return b
}

// Show gathers the fragments of a point for a subject, such as a case's id.
func (b *Board) Show(ctx context.Context, v *db.View, p Point, subject string) ([]templ.Component, error) {
	if b == nil {
		return nil, nil
	}
	var out []templ.Component
	for _, f := range b.fills[p] {
		c, err := f.Show(ctx, v, subject)
		if err != nil {
			return nil, err
		}
		if c != nil {
			out = append(out, c)
		}
	}
	return out, nil
}
