package casework

import (
	"context"
	"slices"
	"strings"

	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
	"tongban/rules/material"
)

// GapsBeforeGrant names the types of materials that were allowed to lack (容缺) and must be there before the item is granted, in the order
// of its list. What may come until the result is handed over is no gap yet; what the item does not tolerate is asked by a correction.
func GapsBeforeGrant(item catalogue.Item, pieces []material.Piece) []string {
	var out []string
	for _, n := range item.Materials {
		if material.Necessity(n.Necessity) != material.Tolerable || n.Tolerance.Until == "deliver" || slices.Contains(out, n.Type) {
			continue
		}
		if slices.ContainsFunc(pieces, func(p material.Piece) bool { return p.Type == n.Type && p.State == material.Lacking }) {
			out = append(out, n.Type)
		}
	}
	return out
}

// StillLacking refuses a grant while there are gaps, and says the way out; nil when there are none.
func StillLacking(ed *pack.Edition, item catalogue.Item, pieces []material.Piece) error {
	var names []string
	for _, typ := range GapsBeforeGrant(item, pieces) {
		names = append(names, "“"+materialName(ed, typ)+"”")
	}
	if len(names) == 0 {
		return nil
	}
	return problem.Conflict("%s容缺待补，补齐后才能准予。请提醒申请人在办件进度页补交", strings.Join(names, "、"))
}

// complete refuses a grant of the case while materials lack that its item wants before the decision.
func (s *step) complete(ctx context.Context, v *db.View) error {
	if s.Group == "" {
		return nil
	}
	pieces, err := s.m.mats.Pieces(ctx, v, s.Group)
	if err != nil {
		return err
	}
	return StillLacking(s.ed, s.item, pieces)
}

func materialName(ed *pack.Edition, code string) string {
	t, _ := pack.Find[material.Type](ed, material.KindType, code)
	return orElse(t.Name, code)
}
