package bundle

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongban/rules/catalogue"
	"tongban/rules/material"
)

func TestAToleratedMaterialIsAskedAsLongAsAnItemWaitsForIt(t *testing.T) {
	before := catalogue.Tolerance{Until: "decide", Days: 5, Consequence: "退回"}
	sooner := catalogue.Tolerance{Until: "decide", Days: 3, Consequence: "退回"}
	card := catalogue.Tolerance{Until: "deliver", Days: 5, Consequence: "不予发证"}
	items := map[string]catalogue.Item{
		"shop": {Materials: []catalogue.MaterialNeed{{Type: "lease", Necessity: "tolerable", Tolerance: before}}},
		"food": {Materials: []catalogue.MaterialNeed{{Type: "lease", Necessity: "tolerable", Tolerance: sooner}, {Type: "health", Necessity: "tolerable", Tolerance: card}, {Type: "plan", Necessity: "required"}}},
	}
	lacking := []material.Piece{{Type: "health", State: material.Lacking}, {Type: "lease", State: material.Lacking}, {Type: "plan", State: material.Lacking}}
	parts := func(shop, food PartState) []Part {
		return []Part{{Item: "shop", State: shop}, {Item: "food", State: food}}
	}
	delivered := parts(Granted, Granted)
	delivered[1].DeliveredAt = time.Date(2026, 12, 1, 2, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		what   string
		parts  []Part
		pieces []material.Piece
		want   []Tolerated
	}{
		{"both items run: the shorter time counts", parts(Handling, Waiting), lacking, []Tolerated{{"health", []string{"food"}, card}, {"lease", []string{"shop", "food"}, sooner}}},
		{"one item is refused", parts(Handling, Refused), lacking, []Tolerated{{"lease", []string{"shop"}, before}}},
		{"granted, certificate not fetched", parts(Granted, Granted), lacking, []Tolerated{{"health", []string{"food"}, card}}},
		{"certificate fetched", delivered, lacking, nil},
		{"withdrawn", parts(Withdrawn, Withdrawn), lacking, nil},
		{"handed in", parts(Handling, Handling), []material.Piece{{Type: "lease", State: material.Given}}, nil},
	} {
		if d := cmp.Diff(c.want, tolerated(c.parts, items, c.pieces)); d != "" {
			t.Errorf("%s:\n%s", c.what, d)
		}
	}
}
