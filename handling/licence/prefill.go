package licence

import (
	"context"

	"tongban/kernel/db"
	"tongban/rules/form"
)

// Prefill implements form.Prefiller: what stands on the valid licences of a party is not asked again. The newest licence of a type
// counts. The value names the licence it was taken from.
func (m *Module) Prefill(ctx context.Context, v *db.View, party string, fields []form.Field) ([]form.Value, error) {
	held, err := m.InForce(ctx, v, party)
	if err != nil || len(held) == 0 {
		return nil, err
	}
	faces := map[ID][]Line{}
	var out []form.Value
	for _, x := range fields {
		for _, s := range x.Sources {
			if s.From != "licence" {
				continue
			}
			text := ""
			for _, l := range held {
				if l.Type != s.Licence {
					continue
				}
				if _, read := faces[l.ID]; !read {
					if faces[l.ID], err = m.Face(l); err != nil {
						return nil, err
					}
				}
				if text = onFace(l, faces[l.ID], s.Field, x.Code); text != "" {
					out = append(out, form.Value{Element: x.Code, Text: text, Source: "来自您的《" + l.Name + "》（" + l.Number + "）"})
					break
				}
			}
			if text != "" {
				break
			}
		}
	}
	return out, nil
}

// onFace finds a field of the face: by the name the source gives it, by the element that asks for it, or what every licence has.
func onFace(l Licence, lines []Line, field, element string) string {
	for _, name := range []string{field, element} {
		for _, x := range lines {
			if x.Element == name {
				return x.Text
			}
		}
	}
	if field == "name" {
		return l.HolderName
	}
	return ""
}
