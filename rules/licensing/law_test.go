package licensing

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tongban/kernel/calendar"
	"tongban/kernel/clock"
)

func workingCalendar(t interface{ Fatal(...any) }) calendar.Table {
	tab, err := calendar.New(calendar.Seed())
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func day(s string) calendar.Day { return calendar.MustDay(s) }

func TestArticle32FiveOutcomes(t *testing.T) {
	for _, c := range []struct {
		name   string
		found  Examination
		want   Outcome
		proof  bool
		phrase string
	}{
		{"nothing to license", Examination{NoLicenceNeeded: true, Missing: []string{"身份证明"}}, NoLicenceNeeded, true, "即时告知申请人不受理"},
		{"wrong agency", Examination{NotCompetent: true, Slips: []string{"日期漏填"}}, NotCompetent, true, "告知申请人向有关行政机关申请"},
		{"slip of the pen", Examination{Slips: []string{"日期漏填"}, Missing: []string{"平面图"}}, CorrectOnTheSpot, false, "允许申请人当场更正"},
		{"incomplete", Examination{Missing: []string{"平面图"}}, RequestAll, false, "一次告知需要补正的全部内容"},
		{"complete", Examination{}, MustAccept, true, "应当受理"},
	} {
		got := Examine(c.found)
		if got != c.want || got.NeedsWrittenProof() != c.proof || !strings.Contains(got.Duty(), c.phrase) {
			t.Errorf("%s: %s, proof %v: %s", c.name, got, got.NeedsWrittenProof(), got.Duty())
		}
	}
}

func TestArticle32SilenceIsAcceptance(t *testing.T) {
	tab := workingCalendar(t)
	none := calendar.Day{}
	for _, c := range []struct {
		name              string
		received, noticed calendar.Day
		today             string
		deemed            bool
		since             string
	}{
		{"fifth day still runs", day("2026-11-23"), none, "2026-11-30", false, ""},
		{"sixth day", day("2026-11-23"), none, "2026-12-01", true, "2026-12-01"},
		{"found out a month later", day("2026-11-23"), none, "2026-12-28", true, "2026-12-01"},
		{"told on the fifth day", day("2026-11-23"), day("2026-11-30"), "2026-12-28", false, ""},
		{"told on the sixth day", day("2026-11-23"), day("2026-12-01"), "2026-12-28", true, "2026-12-01"},
		{"told on the spot", day("2026-11-23"), day("2026-11-23"), "2026-12-28", false, ""},
		{"National Day is no silence", day("2026-09-29"), none, "2026-10-12", false, ""}, // 30, 8, 9, 10 (Saturday), 12
		{"after National Day", day("2026-09-29"), none, "2026-10-13", true, "2026-10-13"},
	} {
		got, deemed, err := DeemedAccepted(c.received, c.noticed, day(c.today), tab)
		if err != nil || deemed != c.deemed {
			t.Errorf("%s: %v, %v", c.name, deemed, err)
			continue
		}
		if deemed && (got.AsOf != c.received || !got.Since.Equal(day(c.since).Start())) {
			t.Errorf("%s: accepted as of %v, since %v", c.name, got.AsOf, got.Since)
		}
	}
	if _, _, err := DeemedAccepted(day("2026-12-30"), none, day("2027-01-20"), tab); err == nil {
		t.Error("silence was judged without next year's calendar")
	}
}

// I10: whatever is received and whenever one looks, an application without
// notice by the fifth working day is accepted as of its receipt.
func TestArticle32DeemedAcceptanceAlways(t *testing.T) {
	tab := workingCalendar(t)
	rapid.Check(t, func(t *rapid.T) {
		received := day("2024-01-01").Plus(rapid.IntRange(0, 900).Draw(t, "received"))
		today := received.Plus(rapid.IntRange(0, 60).Draw(t, "later"))
		worked := 0
		for d := received.Plus(1); d.Before(today); d = d.Plus(1) { // full working days gone by
			if m, err := tab.Look(d); err != nil {
				t.Fatal(err)
			} else if m.Work {
				worked++
			}
		}
		got, deemed, err := DeemedAccepted(received, calendar.Day{}, today, tab)
		if err != nil || deemed != (worked >= NoticeDays) || deemed && got.AsOf != received {
			t.Fatalf("received %v, today %v, %d full working days between: %+v, %v, %v", received, today, worked, got, deemed, err)
		}
	})
}

func TestArticle32OnlyOneNotice(t *testing.T) {
	if got := BeyondFirstNotice([]string{"平面图", "租赁合同"}, []string{"平面图", "环评批复"}); len(got) != 1 || got[0] != "环评批复" {
		t.Errorf("%v", got)
	}
	if got := BeyondFirstNotice([]string{"平面图"}, []string{"平面图"}); got != nil {
		t.Errorf("asking again for what was named: %v", got)
	}
}

func TestArticle42TermsAndExtensions(t *testing.T) {
	if DecisionTerm(Single) != clock.Workdays(20) || DecisionTerm(Joint) != clock.Workdays(45) || DecisionTerm("") != clock.Workdays(20) {
		t.Error("the limits of article 42 are 20 and 45 working days")
	}
	ok := ExtensionRequest{Procedure: Single, Days: 10, By: AgencyHead, Reason: "案情复杂", Due: day("2026-12-21"), Today: day("2026-12-21")}
	joint := ok
	joint.Procedure, joint.Days, joint.By = Joint, 15, GovernmentHead
	special := ok
	special.Days, special.Basis, special.Max = 40, "企业投资项目核准和备案管理条例", 40
	for _, r := range []ExtensionRequest{ok, joint, special} {
		if err := MayExtend(r); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
	with := func(f func(*ExtensionRequest)) ExtensionRequest { r := ok; f(&r); return r }
	for _, c := range []struct {
		name string
		r    ExtensionRequest
		want string
	}{
		{"too long", with(func(r *ExtensionRequest) { r.Days = 11 }), "最多可以延长10个工作日"},
		{"second helping", with(func(r *ExtensionRequest) { r.Granted = 6 }), "已延长6个，不能再延长10个"},
		{"nobody approved", with(func(r *ExtensionRequest) { r.By = "" }), "须经本行政机关负责人批准"},
		{"joint needs the government", with(func(r *ExtensionRequest) { r.Procedure = Joint }), "须经本级人民政府负责人批准"},
		{"no reason", with(func(r *ExtensionRequest) { r.Reason = "  " }), "理由"},
		{"too late", with(func(r *ExtensionRequest) { r.Today = day("2026-12-22") }), "已于2026年12月21日（周一）届满"},
		{"nothing", with(func(r *ExtensionRequest) { r.Days = 0 }), "大于零"},
	} {
		if err := MayExtend(c.r); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestArticles43And44(t *testing.T) {
	tab := workingCalendar(t)
	if d, err := FirstReviewDue(day("2026-11-23"), tab); err != nil || d != day("2026-12-21") {
		t.Errorf("first review by %v, %v", d, err)
	}
	if d, err := DeliveryDue(day("2026-09-30"), tab); err != nil || d != day("2026-10-20") {
		t.Errorf("delivery by %v, %v", d, err) // National Day and a worked Saturday
	}
}

func TestArticle45StopsTheClockOnPaperOnly(t *testing.T) {
	from := day("2026-11-11").At(calendar.HM(10, 0))
	if len(ExcludedProcedures()) != 8 {
		t.Errorf("article 45 names eight procedures, not %d", len(ExcludedProcedures()))
	}
	tab := clock.Calendar{Table: workingCalendar(t)}
	for _, p := range ExcludedProcedures() {
		e, err := MayExclude(Exclusion{Procedure: p, Document: "特别程序告知书〔2026〕3号", Days: 10, From: from})
		if err != nil || !strings.HasPrefix(e.Reason, p.String()) || p.String() == string(p) {
			t.Errorf("%s: %+v, %v", p, e, err)
		}
		// What the article allows, the clock takes: ten working days of hearing,
		// ten working days later.
		l := clock.Ledger{Clock: clock.Clock{Statutory: DecisionTerm(Single)}}
		resumed := clock.Entry{Kind: clock.Resume, At: day("2026-11-25").At(calendar.HM(10, 0))}
		for _, e := range []clock.Entry{{Kind: clock.Start, At: day("2026-11-09").At(calendar.HM(10, 0))}, e, resumed} {
			if l, err = l.Append(tab, e); err != nil {
				t.Fatal(err)
			}
		}
		if due, err := l.Due(tab); err != nil || due.Statutory.Day != day("2026-12-21") { // 7 December without it
			t.Errorf("%s: due %v, %v", p, due.Statutory, err)
		}
	}
	if _, err := MayExclude(Exclusion{Procedure: "publicity", Name: "公示", Document: "公示告知书", Days: 5, From: from}); err == nil || !strings.Contains(err.Error(), "“公示”不在行政许可法第四十五条所列程序之内") {
		t.Errorf("public notice without basis: %v", err)
	}
	if e, err := MayExclude(Exclusion{Procedure: "publicity", Name: "公示", Basis: "某条例第十条", Document: "公示告知书", Days: 5, From: from}); err != nil || e.Reason != "公示，预计5个工作日，依据某条例第十条" {
		t.Errorf("public notice with its own basis: %+v, %v", e, err)
	}
	if _, err := MayExclude(Exclusion{Procedure: Hearing, Days: 10, From: from}); err == nil || !strings.Contains(err.Error(), "书面告知") {
		t.Errorf("without document: %v", err)
	}
	if _, err := MayExclude(Exclusion{Procedure: Hearing, Document: "x", From: from}); err == nil || !strings.Contains(err.Error(), "工作日数") {
		t.Errorf("without time needed: %v", err)
	}
}
