package form

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"tongban/base/party"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/rules/form/internal/store"
)

// Prefiller knows values before anyone types them: the party's record, a licence, a shared register. It returns values for some of the fields, in any written
// form; Source may stay empty, then the element's own words are taken.
type Prefiller interface {
	Prefill(ctx context.Context, v *db.View, party string, fields []Field) ([]Value, error)
}

// AddPrefiller registers a source under the name by which elements call it (Source.From): account, party, licence, earlier or a county's own. It is called
// while the product is put together, never later.
func (m *Module) AddPrefiller(from string, p Prefiller) {
	m.prefillers[from] = append(m.prefillers[from], p)
}

// Prefill asks the sources of every field of the form that still has to be asked, and takes the best: the order is that of the element's sources. A source
// that fails or gives what the element does not take is passed over, since the applicant can still type. The values are full; whoever reads them for someone
// else records it.
func (m *Module) Prefill(ctx context.Context, v *db.View, party string, f Form) ([]Value, error) {
	if party == "" {
		return nil, nil
	}
	best := map[string]int{}
	found := map[string]Value{}
	var faults []error
	for from, list := range m.prefillers {
		var fields []Field
		for _, x := range f.Fields() {
			if x.Asked() && rankOf(x, from) >= 0 {
				fields = append(fields, x)
			}
		}
		if len(fields) == 0 {
			continue
		}
		for _, p := range list {
			values, err := p.Prefill(ctx, v, party, fields)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			for _, value := range values {
				n := slices.IndexFunc(fields, func(x Field) bool { return x.Code == value.Element })
				if n < 0 || value.Text == "" {
					continue
				}
				rank := rankOf(fields[n], from)
				if have, ok := best[value.Element]; ok && have <= rank {
					continue
				}
				text, err := canonical(fields[n].Element, value.Text, f.regions)
				if err != nil {
					continue
				}
				value.Text, value.Shown = text, f.regions.shown(fields[n].Element, text)
				value.Source = cmp.Or(value.Source, fields[n].Sources[rank].Say, "来自已有数据")
				value.Original = ""
				best[value.Element], found[value.Element] = rank, value
			}
		}
	}
	var out []Value
	for _, x := range f.Fields() {
		if value, ok := found[x.Code]; ok {
			out = append(out, value)
		}
	}
	if len(out) == 0 && len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	return out, nil
}

// rankOf is the place of a source among those of the field; -1 when the field does not take from it.
func rankOf(x Field, from string) int {
	return slices.IndexFunc(x.Sources, func(s Source) bool { return s.From == from })
}

// partyRecord fills from what the county keeps of the applicant himself.
type partyRecord struct{ parties *party.Module }

// Prefill implements Prefiller.
func (p partyRecord) Prefill(ctx context.Context, v *db.View, id string, fields []Field) ([]Value, error) {
	who, err := p.parties.Reveal(ctx, v, id)
	if problem.KindOf(err) == problem.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	known := map[string]string{"name": who.Name, "phone": who.Phone}
	switch {
	case who.NumberKind == party.NumberUSCC:
		known["credit_code"] = who.Number
	default:
		known["citizen_number"] = who.Number
	}
	if who.Region != "" && who.Address != "" {
		known["address"] = who.Region + "|" + who.Address
	}
	var out []Value
	for _, x := range fields {
		for _, s := range x.Sources {
			if s.From != "account" && s.From != "party" {
				continue
			}
			if personal := x.Kind == Name; s.Field == "name" && personal != (who.Kind == party.Person) {
				continue // the name of a firm is nobody's personal name, nor the other way round
			}
			if text := known[s.Field]; text != "" {
				out = append(out, Value{Element: x.Code, Text: text, Source: s.Say})
				break
			}
		}
	}
	return out, nil
}

// earlier fills from the party's last submissions.
type earlier struct{ m *Module }

// maxEarlier is how many past submissions are looked through.
const maxEarlier = 10

// Prefill implements Prefiller.
func (p earlier) Prefill(ctx context.Context, v *db.View, id string, fields []Field) ([]Value, error) {
	groups, err := store.New(v).EarlierGroups(ctx, store.EarlierGroupsParams{Party: id, Limit: maxEarlier})
	if err != nil {
		return nil, err
	}
	var out []Value
	for _, g := range groups {
		values, err := p.m.Values(ctx, v, g)
		if err != nil {
			return nil, err
		}
		for _, x := range fields {
			rank := rankOf(x, "earlier")
			text := Get(values, cmp.Or(x.Sources[rank].Field, x.Code)).Text
			if text == "" || slices.ContainsFunc(out, func(o Value) bool { return o.Element == x.Code }) {
				continue
			}
			out = append(out, Value{Element: x.Code, Text: text, Source: x.Sources[rank].Say})
		}
	}
	return out, nil
}
