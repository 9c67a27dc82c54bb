package hall_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongban/base/address"
	"tongban/kernel/calendar"
	"tongban/kernel/problem"
	"tongban/reach/hall"
	"tongban/rules/catalogue"
	"tongban/rules/material"
)

func needs() []material.Need {
	card := material.Need{Type: material.Type{Code: "id-card", Name: "居民身份证"}, Necessity: material.Required, Possible: []catalogue.Waiver{{By: "licence", From: "x"}}}
	licence := material.Need{Type: material.Type{Code: "business-licence", Name: "营业执照"}, Necessity: material.Required, Possible: []catalogue.Waiver{{By: "licence", From: "y"}}}
	proof := material.Need{Type: material.Type{Code: "premises-proof", Name: "场所证明"}, Necessity: material.Tolerable, Possible: []catalogue.Waiver{{By: "commitment"}}}
	return []material.Need{card, licence, proof}
}

func TestMarksFollowTheOrderOfTheList(t *testing.T) {
	for _, c := range []struct {
		keys string
		want map[string]hall.Mark
	}{
		{"", map[string]hall.Mark{}},
		{"415", map[string]hall.Mark{"id-card": hall.Spared, "business-licence": hall.Original, "premises-proof": hall.Lacking}},
		{"2 3", map[string]hall.Mark{"id-card": hall.Copy, "business-licence": hall.Electronic}},
		{"002", map[string]hall.Mark{"premises-proof": hall.Copy}},
	} {
		got, err := hall.ParseMarks(c.keys, needs())
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%q: %v %s", c.keys, err, d)
		}
	}
	for _, keys := range []string{"1111", "6", "a", "１"} {
		if _, err := hall.ParseMarks(keys, needs()); problem.KindOf(err) != problem.KindInvalid {
			t.Errorf("%q was taken: %v", keys, err)
		}
	}
}

// The clerk who followed the list is covered; a mark that the list does not allow is refused.
func TestWhatMayBeMarked(t *testing.T) {
	card, licence, proof := needs()[0], needs()[1], needs()[2]
	for _, c := range []struct {
		what string
		need material.Need
		mark hall.Mark
		read bool
		ok   bool
	}{
		{"the card that lay on the reader spares its copy", card, hall.Spared, true, true},
		{"a card that nobody read spares nothing", card, hall.Spared, false, false},
		{"a licence that the system did not find is not spared by the clerk's word", licence, hall.Spared, true, false},
		{"a written commitment spares what the item lets it spare", proof, hall.Spared, false, true},
		{"what the item tolerates may lack", proof, hall.Lacking, false, true},
		{"what must be there may not lack", card, hall.Lacking, true, false},
		{"anything may be shown", licence, hall.Original, false, true},
		{"there is no sixth mark", licence, "seen", false, false},
	} {
		if err := hall.MayMark(c.need, c.mark, c.read); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

func TestAnswersInOneGo(t *testing.T) {
	questions := []catalogue.Question{
		{Code: "owner", Kind: "choice", Options: []catalogue.Option{{Code: "individual"}, {Code: "company"}}},
		{Code: "area", Kind: "number"},
		{Code: "renovates", Kind: "bool"},
	}
	for _, c := range []struct {
		keys string
		want map[string]string
	}{
		{"160 2", map[string]string{"owner": "individual", "area": "60", "renovates": "no"}},
		{"1 60 2", map[string]string{"owner": "individual", "area": "60", "renovates": "no"}},
		{"2 12.5", map[string]string{"owner": "company", "area": "12.5"}},
		{"1", map[string]string{"owner": "individual"}},
	} {
		got, err := hall.ParseQuick(c.keys, questions)
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%q: %v %s", c.keys, err, d)
		}
	}
	for _, keys := range []string{"3", "x", "1 60 3", "1 60 2 9"} {
		if got, err := hall.ParseQuick(keys, questions); problem.KindOf(err) != problem.KindInvalid || err == nil {
			t.Errorf("%q was taken as %v", keys, got)
		}
	}
}

func TestAddressesOfCards(t *testing.T) {
	divisions := []address.Region{{Code: "431199", Name: "南岭县"}, {Code: "431199001", Name: "青石街道"}, {Code: "431199001001", Name: "文庙社区"},
		{Code: "431199002", Name: "石街道"}, {Code: "431199002001", Name: "文庙社区"}}
	for _, c := range []struct{ text, code, rest string }{
		{"南岭县青石街道文庙社区解放路18号", "431199001001", "解放路18号"},
		{"青石街道 解放路18号", "431199001", "解放路18号"},
		{"南岭县石街道文庙社区3号", "431199002001", "3号"},
		{"外省外县某路1号", "", "外省外县某路1号"},
		{"", "", ""},
	} {
		if code, rest := hall.Locate(divisions, c.text); code != c.code || rest != c.rest {
			t.Errorf("%q: %q %q, want %q %q", c.text, code, rest, c.code, c.rest)
		}
	}
}

func TestCardsExpireAfterTheirLastDay(t *testing.T) {
	day := calendar.MustDay("2026-11-23")
	for until, want := range map[string]bool{"": false, "2026-11-23": false, "2026-11-22": true, "20261123x": true} {
		if got := (hall.Card{Until: until}).Expired(day); got != want {
			t.Errorf("until %q: expired = %v", until, got)
		}
	}
}

func FuzzQuick(f *testing.F) {
	f.Add("160 2")
	f.Add("１ ２")
	f.Fuzz(func(t *testing.T, keys string) {
		questions := []catalogue.Question{{Code: "a", Kind: "choice", Options: []catalogue.Option{{Code: "x"}, {Code: "y"}}}, {Code: "n", Kind: "number"}, {Code: "b", Kind: "bool"}}
		got, err := hall.ParseQuick(keys, questions)
		if err == nil && got["a"] != "" && got["a"] != "x" && got["a"] != "y" {
			t.Errorf("%q: %v", keys, got)
		}
		_, _ = hall.ParseMarks(keys, needs())
	})
}
