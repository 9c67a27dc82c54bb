package bundle

import (
	"context"
	"slices"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
	"tongban/rules/material"
)

// Tolerated is a material that was allowed to lack when the matter was handed in and is still to come (容缺待补).
type Tolerated struct {
	Type      string
	Items     []string // items that still wait for it, in the order of the parts
	Tolerance catalogue.Tolerance
}

// tolerated lists what is still to come for parts that can still use it: before the decision, or, where the item says so, before the
// result is handed over. Of several items' terms the tightest holds.
func tolerated(parts []Part, items map[string]catalogue.Item, pieces []material.Piece) []Tolerated {
	var out []Tolerated
	for _, piece := range pieces {
		if piece.State != material.Lacking || slices.ContainsFunc(out, func(x Tolerated) bool { return x.Type == piece.Type }) {
			continue
		}
		x := Tolerated{Type: piece.Type}
		for _, p := range parts {
			for _, n := range items[p.Item].Materials {
				if n.Type != piece.Type || material.Necessity(n.Necessity) != material.Tolerable || !p.awaits(n.Tolerance) {
					continue
				}
				if !slices.Contains(x.Items, p.Item) {
					x.Items = append(x.Items, p.Item)
				}
				x.Tolerance = material.Tighter(x.Tolerance, n.Tolerance)
			}
		}
		if len(x.Items) > 0 {
			out = append(out, x)
		}
	}
	return out
}

// awaits reports whether a material may still come for the part.
func (p Part) awaits(t catalogue.Tolerance) bool {
	return !p.Ended() || t.Until == "deliver" && p.State == Granted && p.DeliveredAt.IsZero()
}

// ToHandIn lists the tolerated materials of a submission that are still to come.
func (m *Module) ToHandIn(ctx context.Context, v *db.View, s Submission) ([]Tolerated, error) {
	pieces, err := m.materials.Pieces(ctx, v, string(s.ID))
	if err != nil || !slices.ContainsFunc(pieces, func(p material.Piece) bool { return p.State == material.Lacking }) {
		return nil, err
	}
	parts, err := m.Parts(ctx, v, s.ID)
	if err != nil {
		return nil, err
	}
	ed, err := m.k.Library.At(ctx, v, s.Edition)
	if err != nil {
		return nil, err
	}
	items := map[string]catalogue.Item{}
	for _, p := range parts {
		if items[p.Item], err = catalogue.FindItem(ed, p.Item); err != nil {
			return nil, err
		}
	}
	return tolerated(parts, items, pieces), nil
}

// HandInLater takes a material that was allowed to lack (容缺补交), from the applicant, who has shown number and digits, or the counter,
// as long as an item of the submission waits for it.
func (m *Module) HandInLater(ctx context.Context, tx *db.Tx, id ID, typ string, files []file.Blob) error {
	s, err := m.own(ctx, tx, id)
	if err != nil {
		return err
	}
	open, err := m.ToHandIn(ctx, &tx.View, s)
	if err != nil {
		return err
	}
	name := material.NameOf(m.k.Library.Current(), typ)
	if !slices.ContainsFunc(open, func(x Tolerated) bool { return x.Type == typ }) {
		return problem.Conflict("“%s”现在不用补交：可能已经补过，或者等它的事项已经有结果", name).WithNext("请查看办理进度。")
	}
	if len(files) == 0 {
		words := "还没有选择文件，请先拍照或者选择“" + name + "”，再点“补交”"
		return problem.Invalid("%s", words).On(typ, words)
	}
	source := material.ByUpload
	if tx.Actor.Kind == authz.Staff {
		source = material.AtCounter
	}
	if _, err := m.materials.AttachAll(ctx, tx, string(id), typ, source, files); err != nil {
		return err
	}
	tx.Record("submission", string(id), string(s.State), string(s.State), map[string]any{"handed_in_later": typ, "files": len(files)})
	return nil
}
