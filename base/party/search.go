package party

import (
	"context"
	"slices"
	"strings"

	"tongban/base/party/internal/store"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// A search reads no more than mostLooked names and gives no more than mostFound parties, however many there are.
const (
	mostLooked = 1000
	mostFound  = 50
)

// Search finds the ids of parties by their full number, or by two neighbouring characters of the name or more. It sees no place: the
// caller limits what it shows of them.
func (m *Module) Search(ctx context.Context, v *db.View, words string) ([]string, error) {
	words = strings.TrimSpace(words)
	for _, i := range numbers(words) {
		switch p, err := m.ByNumber(ctx, v, i); {
		case err == nil:
			return []string{p.ID}, nil
		case problem.KindOf(err) != problem.KindNotFound:
			return nil, err
		}
	}
	pairs := grams(words)
	if len(pairs) == 0 {
		return nil, nil
	}
	q := store.New(v)
	rarest, least := "", mostLooked
	for _, g := range pairs[:min(len(pairs), 12)] {
		n, err := q.GramSize(ctx, g, mostLooked)
		if err != nil {
			return nil, err
		}
		if n < least {
			rarest, least = g, n
		}
	}
	if rarest == "" {
		return nil, problem.Invalid("名字里有“%s”的太多，请把姓名或者名称写全一些", words)
	}
	rows, err := q.OfGram(ctx, rarest, mostLooked)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, r := range rows {
		if strings.Contains(plain(r.Name), plain(words)) && len(out) < mostFound {
			out = append(out, r.ID)
		}
	}
	return out, nil
}

// numbers are the identities the words may be the number of.
func numbers(words string) (out []Identity) {
	if n, err := ParseCitizenNumber(words); err == nil {
		out = append(out, Identity{Number: n.Full()})
	}
	if code, err := ParseUSCC(words); err == nil {
		out = append(out, Identity{NumberKind: NumberUSCC, Number: string(code)})
	}
	return out
}

// plain is a name as it is compared: Latin letters small, no spaces.
func plain(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), "")) }

// grams are the pairs of neighbouring characters of a name, each once.
func grams(name string) []string {
	var out []string
	r := []rune(plain(name))
	for i := 1; i < len(r); i++ {
		if g := string(r[i-1 : i+1]); !slices.Contains(out, g) {
			out = append(out, g)
		}
	}
	return out
}
