package form

import (
	"context"
	"slices"

	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/rules/form/internal/store"
)

// sealed is what the ciphertext of a personal value is bound to.
const sealed = "form.value"

// Keep writes the values of a group; those not named stay as they are, an empty one is removed, and one that could not be read is passed over, so that a
// half-filled form may be saved. Personal values are sealed. The audit log names the elements that changed, never their content.
func (m *Module) Keep(ctx context.Context, tx *db.Tx, group string, values []Value) error {
	before, err := m.Values(ctx, &tx.View, group)
	if err != nil {
		return err
	}
	return m.KeepOver(ctx, tx, group, values, before)
}

// KeepOver is Keep over the values of the group as the command read them.
func (m *Module) KeepOver(ctx context.Context, tx *db.Tx, group string, values, before []Value) error {
	q := store.New(tx)
	var changed []string
	for _, v := range values {
		if v.unread() {
			continue
		}
		at := slices.IndexFunc(before, func(x Value) bool { return x.Element == v.Element })
		switch {
		case v.Text == "" && at < 0:
			continue
		case v.Text == "":
			if err := q.Drop(ctx, store.DropParams{GroupID: group, Element: v.Element}); err != nil {
				return err
			}
		case at >= 0 && before[at].Text == v.Text && before[at].Source == v.Source && before[at].Original == v.Original:
			continue
		default:
			if err := m.put(ctx, tx, group, v); err != nil {
				return err
			}
		}
		changed = append(changed, v.Element)
	}
	if len(changed) > 0 {
		tx.Record("form", group, "", "kept", map[string]any{"elements": changed})
	}
	return nil
}

func (m *Module) put(ctx context.Context, tx *db.Tx, group string, v Value) error {
	row := store.PutParams{GroupID: group, Element: v.Element, Text: v.Text, Original: v.Original, Source: v.Source, ChangedAt: db.At(tx.Now), ChangedBy: tx.Actor.ID}
	// An element that the edition in force does not know any more is treated as personal: better sealed than read by the wrong eyes.
	e, known := pack.Find[Element](m.k.Library.Current(), KindElement, v.Element)
	if row.Sealed = !known || e.Personal; row.Sealed {
		var err error
		if row.Text, err = m.k.Keys.SealText(sealed, v.Text); err != nil {
			return err
		}
		if row.Original, err = m.k.Keys.SealText(sealed, v.Original); err != nil {
			return err
		}
	}
	return store.New(tx.Deferred()).Put(ctx, row)
}

// unread marks a value that was typed but could not be understood.
func (v Value) unread() bool { return v.Text == "" && v.typed != nil }

// Values are what a group holds, in full, by element. Whoever shows them to anyone but their owner masks them ([Shown]) or records the reading.
func (m *Module) Values(ctx context.Context, v *db.View, group string) ([]Value, error) {
	rows, err := store.New(v).OfGroup(ctx, group)
	if err != nil {
		return nil, err
	}
	ed := m.k.Library.Current()
	var out []Value
	for _, row := range rows {
		x := Value{Element: row.Element, Text: row.Text, Original: row.Original, Source: row.Source}
		if row.Sealed {
			if x.Text, err = m.k.Keys.OpenText(sealed, row.Text); err != nil {
				return nil, err
			}
			if x.Original, err = m.k.Keys.OpenText(sealed, row.Original); err != nil {
				return nil, err
			}
		}
		x.Shown = ShownInFull(ed, x.Element, x.Text)
		out = append(out, x)
	}
	return out, nil
}

// Forget removes all values of a group, when its draft is deleted.
func (m *Module) Forget(ctx context.Context, tx *db.Tx, group string) error {
	tx.Record("form", group, "", "forgotten", nil)
	return store.New(tx).DropGroup(ctx, group)
}

// Assign remembers whose group it was, when it is submitted: its values may be offered again in the party's later submissions.
func (m *Module) Assign(ctx context.Context, tx *db.Tx, group, party string) error {
	return store.New(tx).Assign(ctx, store.AssignParams{GroupID: group, Party: party, At: db.At(tx.Now)})
}

// Get finds the value of an element among values; the zero value where there is none.
func Get(values []Value, element string) Value {
	for _, v := range values {
		if v.Element == element {
			return v
		}
	}
	return Value{}
}
