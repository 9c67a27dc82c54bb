package bundle

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestTheCheckDigitFindsEveryWrongDigit(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := checked(rapid.StringMatching(`20[0-9]{6}[0-9]{5}`).Draw(r, "number"))
		if !IsNumber(n) {
			r.Fatalf("%s is refused", n)
		}
		at := rapid.IntRange(0, 13).Draw(r, "place")
		digit := rapid.SampledFrom([]rune("0123456789")).Draw(r, "digit")
		wrong := []rune(n)
		if wrong[at] == digit {
			return
		}
		wrong[at] = digit
		if IsNumber(string(wrong)) {
			r.Fatalf("%s passes for %s", string(wrong), n)
		}
	})
}

func TestANumberIsReadHoweverItWasTyped(t *testing.T) {
	for _, s := range []string{" 20261123 000013 ", "2026-1123-000013", "２０２６１１２３００００１３", "20261123　000013"} {
		if Tidy(s) != "20261123000013" {
			t.Errorf("%q is read as %q", s, Tidy(s))
		}
	}
}

// plan draws parts in which each may wait for some before it.
func plan(r *rapid.T) []Part {
	n := rapid.IntRange(1, 8).Draw(r, "parts")
	parts := make([]Part, n)
	for i := range parts {
		parts[i] = Part{Item: fmt.Sprint(i), ItemName: fmt.Sprintf("事项%d", i), State: Handling}
		for j := range i {
			if rapid.IntRange(0, 2).Draw(r, "waits") == 0 {
				parts[i].After = append(parts[i].After, fmt.Sprint(j))
			}
		}
		if len(parts[i].After) > 0 {
			parts[i].State = Waiting
		}
	}
	return parts
}

// Whatever ends in whatever order: a waiting part can begin, is blocked, or waits for one that still runs. It never hangs, and never does
// two of these at once.
func TestNoPartHangs(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		parts := plan(r)
		for {
			for _, p := range release(parts) {
				for i := range parts {
					if parts[i].Item == p.Item {
						parts[i].State = Handling
					}
				}
			}
			stuck := blocked(parts)
			var open []int
			for i, p := range parts {
				if p.State == Handling {
					open = append(open, i)
				}
				if p.State != Waiting || stuck[p.Item] != "" {
					continue
				}
				runs := false
				for _, a := range p.After {
					b, _ := find(parts, a)
					runs = runs || !b.Ended()
				}
				if !runs {
					r.Fatalf("%s hangs among %+v", p.Item, parts)
				}
			}
			if TallyOf(parts).All() != len(parts) || done(parts) != (stateOf(parts) != Running) {
				r.Fatalf("parts are lost: %s", TallyOf(parts))
			}
			if len(open) == 0 {
				for _, p := range parts {
					if p.State == Waiting && stuck[p.Item] == "" {
						r.Fatalf("nothing runs and %s waits", p.Item)
					}
				}
				return
			}
			i := rapid.SampledFrom(open).Draw(r, "which")
			parts[i].State = rapid.SampledFrom([]PartState{Granted, Granted, Refused, NotTaken, Lapsed, Withdrawn}).Draw(r, "how")
		}
	})
}

func TestResultsGoTogetherUnlessTheApplicantAsked(t *testing.T) {
	at := time.Unix(0, 0)
	granted := Part{Item: "a", State: Granted, Ready: true}
	making := Part{Item: "b", State: Granted}
	running := Part{Item: "c", State: Handling}
	refused := Part{Item: "d", State: Refused, Ready: true}
	sent := Part{Item: "e", State: Granted, Ready: true, Parcel: "p", DeliveredAt: at}
	gone := Part{Item: "f", State: Withdrawn}
	for _, c := range []struct {
		parts   []Part
		partial bool
		want    string
		state   State
	}{
		{[]Part{granted, running}, false, "", Running},
		{[]Part{granted, running}, true, "a", Running},
		{[]Part{granted, making}, false, "", Decided},
		{[]Part{granted, making}, true, "a", Decided},
		{[]Part{granted, refused, gone}, false, "ad", Decided},
		{[]Part{sent, refused}, false, "d", Decided},
		{[]Part{sent, gone}, false, "", Delivered},
		{[]Part{gone}, false, "", Delivered},
	} {
		got := ""
		for _, p := range deliverable(c.parts, c.partial) {
			got += p.Item
		}
		if got != c.want || stateOf(c.parts) != c.state {
			t.Errorf("%+v: %q %s, want %q %s", c.parts, got, stateOf(c.parts), c.want, c.state)
		}
	}
}

func TestTheTableOfPartsIsSound(t *testing.T) {
	if bad := moves.Check(); len(bad) > 0 {
		t.Error(strings.Join(bad, "\n"))
	}
}
