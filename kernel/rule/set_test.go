package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// opening is the guide for opening a restaurant: parts of the bundle and a material.
func opening(t testing.TB, v *Vocabulary, fire string) *RuleSet {
	t.Helper()
	one := func(src string) *Rule { return compile(t, v, src) }
	food := one(`kind != "online"`)
	s, err := NewRuleSet(v,
		Outcome{Name: "licence", Label: "营业执照"},
		Outcome{Name: "food", Label: "食品经营许可", Rules: []*Rule{food}},
		Outcome{Name: "fire", Label: "消防安全检查", Rules: []*Rule{food, one(fire)}},
		Outcome{Name: "tobacco", Label: "烟草专卖零售许可", Rules: []*Rule{one(`tobacco`)}},
		Outcome{Name: "gas", Label: "燃气用气证明", Rules: []*Rule{food, one(`gas`)}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOnlineShopIsAskedOnlyAboutTobacco(t *testing.T) {
	v := restaurant(t)
	s := opening(t, v, `area > 300`)
	got, err := s.Questions(map[string]any{"kind": "online"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Need{{"tobacco", []string{"tobacco"}}}, got); diff != "" {
		t.Error(diff)
	}
	got, _ = s.Questions(nil)
	want := []Need{{"kind", []string{"food", "fire", "gas"}}, {"area", []string{"fire"}}, {"tobacco", []string{"tobacco"}}, {"gas", []string{"gas"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	verdicts, _ := s.Outcomes(map[string]any{"kind": "online"})
	if diff := cmp.Diff(map[string]Verdict{"licence": True, "food": False, "fire": False, "tobacco": Open, "gas": False}, verdicts); diff != "" {
		t.Error(diff)
	}
	open, _ := s.Open(map[string]any{"kind": "online"})
	if len(open) != 1 || open[0].Name != "tobacco" {
		t.Errorf("open: %v", open)
	}
}

func TestReasonNamesTheAnswerThatDecided(t *testing.T) {
	v := restaurant(t)
	s := opening(t, v, `area > 300`)
	for _, c := range []struct {
		answers map[string]any
		want    string
	}{
		{map[string]any{"kind": "restaurant", "area": 320, "gas": true}, "因为您选择了“经营类型：餐馆”和“面积：320 ㎡”"},
		{map[string]any{"kind": "restaurant", "area": 299.5}, "因为您选择了“面积：299.5 ㎡”"},
		{map[string]any{"kind": "online", "area": 320}, "因为您选择了“经营类型：网络经营”"},
		{map[string]any{"area": 320}, ""},
	} {
		reasons, err := s.Explain("fire", c.answers)
		if err != nil || Because(reasons) != c.want {
			t.Errorf("%v: %q %v, want %q", c.answers, Because(reasons), err, c.want)
		}
	}
}

func TestCheckFindsTheStewardsMistakes(t *testing.T) {
	v := restaurant(t)
	if got := opening(t, v, `area > 300`).Check(); len(got) != 0 {
		t.Errorf("sound rules are blamed: %v", got)
	}
	one := func(src string) []*Rule { return []*Rule{compile(t, v, src)} }
	s, err := NewRuleSet(v,
		Outcome{Name: "dead", Label: "甲", Rules: one(`area > 300 && area <= 300`)},
		Outcome{Name: "always", Label: "乙", Rules: one(`area > 300 || seats < 10 || area <= 300`)},
		Outcome{Name: "contradiction", Label: "丙", Rules: append(one(`gas`), one(`kind == "online" && !gas`)...)},
		Outcome{Name: "small", Label: "登记", Rules: one(`area < 300`)},
		Outcome{Name: "large", Label: "许可", Rules: one(`area > 300 || tobacco`)},
	)
	if err != nil {
		t.Fatal(err)
	}
	type found struct {
		Kind    FindingKind
		Outcome string
	}
	var got []found
	for _, f := range s.Check() {
		got = append(got, found{f.Kind, f.Outcome})
	}
	if diff := cmp.Diff([]found{{Dead, "dead"}, {Always, "always"}, {Dead, "contradiction"}, {Idle, "kind"}, {Idle, "seats"}, {Idle, "gas"}}, got); diff != "" {
		t.Error(diff)
	}
	findings := s.CheckGroups(Group{Name: "规模", Outcomes: []string{"small", "large"}, Law: ExactlyOne})
	if len(findings) != 2 || findings[0].Kind != Ambiguous || findings[1].Kind != Undecided {
		t.Fatalf("%+v", findings)
	}
	if got := findings[0].Case.Answers; got["tobacco"] != true || got["area"].(float64) >= 300 {
		t.Errorf("no example of both: %v", got)
	}
	if diff := cmp.Diff(map[string]any{"area": 300.0, "tobacco": false}, findings[1].Case.Answers); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(findings[1].Text, "面积为300 ㎡、是否卖烟为否时，没有任何结果成立") {
		t.Error(findings[1].Text)
	}
	if got := s.CheckGroups(Group{Name: "规模", Outcomes: []string{"small", "large"}, Law: ExactlyOne, When: compile(t, v, `!tobacco && area != 300`)}); len(got) != 0 {
		t.Errorf("under the condition the group is sound: %+v", got)
	}
}

func TestDiffShowsWhomANewThresholdConcerns(t *testing.T) {
	v := restaurant(t)
	got := Diff(opening(t, v, `area > 300`), opening(t, v, `area > 200`))
	if len(got) != 1 || got[0].Kind != Gained || got[0].Outcome != "fire" {
		t.Fatalf("%+v", got)
	}
	for _, c := range got[0].Cases {
		if a := c.Answers["area"].(float64); a <= 200 || a > 300 {
			t.Errorf("area %v is no example", a)
		}
	}
	if got := Diff(opening(t, v, `area > 300`), opening(t, v, `!(area <= 300)`)); len(got) != 0 {
		t.Errorf("another wording is no change: %+v", got)
	}
}

func TestFeeFormula(t *testing.T) {
	v := restaurant(t)
	f, err := v.CompileValue(`kind == "snack" ? 0 : 100 + ceil(max(area - 100, 0) / 50) * 20`)
	if err != nil {
		t.Fatal(err)
	}
	for area, want := range map[float64]float64{80: 100, 100: 100, 101: 120, 150: 120, 151: 140} {
		if got, err := f.Number(map[string]any{"kind": "canteen", "area": area}); err != nil || got != want {
			t.Errorf("area %v: %v %v, want %v", area, got, err, want)
		}
	}
	if open, _ := f.Open(map[string]any{"kind": "snack"}); len(open) != 0 {
		t.Errorf("a snack bar pays nothing whatever its size: %v", open)
	}
	if _, err := v.CompileValue(`gas`); err == nil {
		t.Error("a yes is no fee")
	}
	share, err := v.CompileValue(`area / seats`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := share.Value(map[string]any{"area": 1, "seats": 0}); err == nil || !strings.Contains(err.Error(), "除以了零") {
		t.Errorf("division by zero: %v", err)
	}
}

func TestImpossibleAnswersAreRefused(t *testing.T) {
	v := restaurant(t)
	r := compile(t, v, `area > 1 && kind == "snack" && seats > 2`)
	for _, c := range []struct {
		answers map[string]any
		want    string
	}{
		{map[string]any{"area": -1}, "“面积”不能小于 0"},
		{map[string]any{"area": "大"}, "“面积”要填一个数"},
		{map[string]any{"kind": "bar"}, "“经营类型”没有 bar 这个选项"},
		{map[string]any{"seats": 1.5}, "“座位数”要填整数"},
		{map[string]any{"area": 2, "kind": ""}, "还缺答案：“经营类型”（kind）、“座位数”（seats）"},
	} {
		if _, err := r.Eval(c.answers); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %s", c.answers, err, c.want)
		}
	}
}

func BenchmarkQuestions(b *testing.B) {
	s := opening(b, restaurant(b), `area > 300`)
	answers := map[string]any{"kind": "restaurant", "gas": true}
	for b.Loop() {
		if _, err := s.Questions(answers); err != nil {
			b.Fatal(err)
		}
	}
}
