package casework

import (
	"slices"
	"testing"

	"tongban/kernel/clock"
	"tongban/kernel/pack"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
	"tongban/rules/licensing"
	"tongban/rules/material"
)

func TestTheTableIsSound(t *testing.T) {
	for _, wrong := range moves.Check() {
		t.Error(wrong)
	}
	for _, x := range moves.States {
		if x.End && len(moves.Allowed(x.Name)) > 0 {
			t.Errorf("something follows %s, which is an end", x.Label)
		}
	}
}

func TestWhatWasToleratedMustComeBeforeTheGrant(t *testing.T) {
	need := func(typ, necessity, until string) catalogue.MaterialNeed {
		return catalogue.MaterialNeed{Type: typ, Necessity: necessity, Tolerance: catalogue.Tolerance{Until: until, Days: 5}}
	}
	piece := func(typ string, s material.State) material.Piece { return material.Piece{Type: typ, State: s} }
	item := catalogue.Item{Materials: []catalogue.MaterialNeed{need("lease", "tolerable", "decide"), need("health", "tolerable", "deliver"), need("rules", "tolerable", ""),
		need("lease", "tolerable", "decide"), need("plan", "required", "")}}
	for _, c := range []struct {
		what   string
		pieces []material.Piece
		want   []string
	}{
		{"nothing lacks", []material.Piece{piece("lease", material.Given), piece("health", material.Waived)}, nil},
		{"to come before the decision", []material.Piece{piece("rules", material.Lacking), piece("lease", material.Lacking)}, []string{"lease", "rules"}},
		{"to come before the certificate is handed over", []material.Piece{piece("health", material.Lacking)}, nil},
		{"not tolerated: paper is shown at acceptance, or a correction asks for it", []material.Piece{piece("plan", material.Lacking)}, nil},
		{"another item's material", []material.Piece{piece("drawing", material.Lacking)}, nil},
		{"sent back for correction", []material.Piece{piece("lease", material.Returned)}, nil},
	} {
		if got := GapsBeforeGrant(item, c.pieces); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, not %v", c.what, got, c.want)
		}
	}
}

func TestWhatTheLawAllowsInEachState(t *testing.T) {
	for _, c := range []struct {
		state State
		acts  []Act
	}{
		{Received, []Act{ActRelease, ActAccept, ActDeem, ActAsk, ActDecline, ActWithdraw}},
		{Correcting, []Act{ActSupplement, ActLapse, ActWithdraw}}, // told in time: silence of the office is no longer possible
		{Accepted, []Act{ActAssess, ActSendBack, ActSuspend, ActExtend, ActGrant, ActRefuse, ActWithdraw}},
		{Suspended, []Act{ActResume, ActWithdraw}}, // nothing is decided while the time stands still
		{Granted, []Act{ActClose}},
		{Refused, []Act{ActClose}},
		{Closed, nil}, {Declined, nil}, {Withdrawn, nil}, {Lapsed, nil},
	} {
		var got []Act
		for _, m := range moves.Allowed(c.state) {
			got = append(got, m.Act)
		}
		slices.Sort(got)
		slices.Sort(c.acts)
		if !slices.Equal(got, c.acts) {
			t.Errorf("%s allows %v, want %v", c.state, got, c.acts)
		}
	}
}

func TestStageSaysWhatACaseWaitsFor(t *testing.T) {
	for _, c := range []struct {
		c    Case
		want Stage
	}{
		{Case{State: Received}, StageReceive},
		{Case{State: Received, Flags: Flags{Hold: true}}, StageHold},
		{Case{State: Correcting}, StageCorrect},
		{Case{State: Accepted}, StageAssess},
		{Case{State: Accepted, Instant: true}, StageDecide},
		{Case{State: Accepted, Flags: Flags{Assessed: true}}, StageDecide},
		{Case{State: Suspended, Flags: Flags{Assessed: true}}, StageSuspend},
		{Case{State: Granted}, StageDeliver}, {Case{State: Refused}, StageDeliver},
		{Case{State: Closed}, StageDone}, {Case{State: Lapsed}, StageDone}, {Case{State: Withdrawn}, StageDone}, {Case{State: Declined}, StageDone},
	} {
		if got := stageOf(c.c); got != c.want || StageLabel(got) == "" {
			t.Errorf("%s %+v waits for %s, want %s", c.c.State, c.c.Flags, got, c.want)
		}
	}
}

func TestTermsComeFromTheItemAndNeverExceedTheLaw(t *testing.T) {
	days := func(n int) catalogue.Limit { return catalogue.Limit{Amount: n, Unit: "workday"} }
	for _, c := range []struct {
		item  catalogue.Item
		want  clock.Clock
		joint licensing.Procedure
	}{
		{catalogue.Item{}, clock.Clock{Promised: clock.Workdays(20), Statutory: clock.Workdays(20)}, licensing.Single},
		{catalogue.Item{Promised: days(5)}, clock.Clock{Promised: clock.Workdays(5), Statutory: clock.Workdays(20)}, licensing.Single},
		{catalogue.Item{Statutory: days(45), Promised: days(9)}, clock.Clock{Promised: clock.Workdays(9), Statutory: clock.Workdays(45)}, licensing.Joint},
		{catalogue.Item{Statutory: days(3), Promised: catalogue.Limit{Amount: 4, Unit: "hour"}}, clock.Clock{Promised: clock.Term{Amount: 4, Unit: clock.Hour}, Statutory: clock.Workdays(3)}, licensing.Single},
	} {
		got := TermsOf(c.item)
		if got.Handling != c.want || got.Joint != c.joint || got.Notice.Statutory != clock.Workdays(5) || got.Handling.Check() != nil {
			t.Errorf("%+v: %+v", c.item, got)
		}
	}
	if got := TermsOf(catalogue.Item{Acceptance: days(2)}).Notice; got.Promised != clock.Workdays(2) {
		t.Errorf("two days promised for acceptance: %+v", got)
	}
}

func nanlingLetters(t *testing.T) *pack.Edition {
	t.Helper()
	content, _ := pack.Load(nanling.FS, []pack.Section{{Kind: "letter", Glob: "letters/*.yaml", Key: "code"}, {Kind: "threshold", Glob: "thresholds/*.yaml", Key: "code"}})
	return pack.Preview(content)
}

func TestLettersOfTheCountyCanBeFilled(t *testing.T) {
	ed := nanlingLetters(t)
	if found := Validate(ed); len(found) > 0 {
		t.Error(found)
	}
	for kind := range plain {
		if l, ok := pack.Find[Letter](ed, "letter", string(kind)); !ok || l.Series == "" {
			t.Errorf("the county has no letter %s", kind)
		}
	}
	if l := letter(ed, catalogue.Item{Kind: "07"}, NoticeGrant); l.Title != "办理结果通知书" {
		t.Errorf("an item that is no licence gets a %s", l.Title)
	}
	if l := letter(ed, catalogue.Item{Kind: LicenceKind}, NoticeGrant); l.Title != "准予行政许可决定书" {
		t.Errorf("a licence gets a %s", l.Title)
	}
}

func TestMarksComeFromTheCountysThresholds(t *testing.T) {
	names := func(e *pack.Edition, c clock.Clock) (out []string) {
		for _, m := range DefaultMarks(e, "case", c) {
			if !slices.Contains(out, m.Name) {
				out = append(out, m.Name)
			}
		}
		slices.Sort(out)
		return out
	}
	both := clock.Clock{Promised: clock.Workdays(8), Statutory: clock.Workdays(20)}
	if got := names(nanlingLetters(t), both); !slices.Equal(got, []string{"blue", "grave", "red", "yellow"}) {
		t.Errorf("nanling: %v", got)
	}
	if got := names(pack.Preview(&pack.Content{}), both); !slices.Equal(got, []string{"blue", "grave", "red", "warn", "yellow"}) {
		t.Errorf("a pack without thresholds: %v", got)
	}
}

func TestAnArticleIsCitedOnce(t *testing.T) {
	item := catalogue.Item{LegalBasis: []catalogue.LegalBasis{{Law: "食品安全法", Article: "第三十五条"}, {Law: "《食品安全法》", Article: "第三十五条"}, {Law: "消防法", Article: "第十五条"}}}
	if got, want := BasisOf(item), "《食品安全法》第三十五条、《消防法》第十五条"; got != want {
		t.Errorf("the decision rests on %s, want %s", got, want)
	}
}
