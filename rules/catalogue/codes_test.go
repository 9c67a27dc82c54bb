package catalogue

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPublishedImplementationCodesReadAsPublished(t *testing.T) {
	for _, c := range []struct {
		code, body, level, levelName, grouped, kind string
		national                                    bool
	}{
		{"12431123691806512c5000117020000", "12431123691806512C", "5", "乡级", "12431123691806512C 5 00-01-17-020-000", "行政许可", true},
		{"11431022006554231J4431064019W00", "11431022006554231J", "4", "县级", "11431022006554231J 4 43-10-64-019-W00", "其他行政权力", false},
		{"11430902006728916M4431004129W00", "11430902006728916M", "4", "县级", "11430902006728916M 4 43-10-04-129-W00", "其他行政权力", false},
		{"11370800MB285591843370117002011", "11370800MB28559184", "3", "市级", "11370800MB28559184 3 37-01-17-002-011", "行政许可", false},
	} {
		got, err := ParseImplementationCode(" " + c.code + " ")
		if err != nil {
			t.Errorf("%s: %v", c.code, err)
			continue
		}
		if got.String() != strings.ToUpper(c.code) || string(got.Body()) != c.body || got.Level() != c.level ||
			LevelName(got.Level()) != c.levelName || got.Grouped() != c.grouped ||
			KindName(got.Basic().Kind()) != c.kind || got.Basic().National() != c.national {
			t.Errorf("%s: %s %s", c.code, got.Grouped(), KindName(got.Basic().Kind()))
		}
		if lower, err := ParseImplementationCode(strings.ToLower(c.code)); err != nil || lower != got {
			t.Errorf("case matters for %s", c.code)
		}
		if made, err := MakeImplementationCode(got.Body(), got.Level(), got.Basic()); err != nil || made != got {
			t.Errorf("%s does not join again: %v", c.code, err)
		}
		handling, err := MakeHandlingCode(got, "02")
		if err != nil || handling.Item() != got || handling.Variant() != "02" || len(handling) != 33 {
			t.Errorf("%s: %v", handling, err)
		}
	}
}

func TestWrongCodesNameThePlace(t *testing.T) {
	const body = "11431022006554231J"
	for _, c := range []struct{ code, want string }{
		{"", "请填写实施编码"},
		{body + "4431064019W0", "应为 31 位，现在是 30 位"},
		{"11431022006554231K4431064019W00", "统一社会信用代码第 18 位校验不正确"},
		{body + "9431064019W00", "第 19 位是行使层级"},
		{body + "4431164019W00", "第 22、23 位是事项类型"},
		{body + "44310640A9W00", "第 27 位应是数字"},
		{body + "4431064019W0。", "第 31 位“。”"},
	} {
		if _, err := ParseImplementationCode(c.code); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.code, err, c.want)
		}
	}
	if _, err := ParseHandlingCode(body + "4431064019W000A"); err == nil || !strings.Contains(err.Error(), "最后两位") {
		t.Error(err)
	}
	for _, variant := range []string{"", "1", "001", "A1"} {
		if _, err := MakeHandlingCode(body+"4431064019W00", variant); err == nil {
			t.Errorf("variant %q accepted", variant)
		}
	}
	for _, level := range []string{"", "44", "0", "7"} {
		if _, err := MakeImplementationCode(body, level, "431064019W00"); err == nil {
			t.Errorf("level %q accepted", level)
		}
	}
	if got := BasicCode("").Kind() + ImplementationCode("4").Level() + HandlingCode("").Variant(); got != "" {
		t.Errorf("a broken code says %q", got)
	}
}

func TestBasicCodeFallsIntoItsParts(t *testing.T) {
	b, err := ParseBasicCode("43-10-64-019-w00")
	if err != nil || b != "431064019W00" || b.Maker() != "43" || b.Department() != "64" || b.Main() != "019" || b.Sub() != "W00" {
		t.Fatalf("%s %v", b, err)
	}
	for _, k := range Kinds() {
		if KindName(k) == "" {
			t.Errorf("kind %s has no name", k)
		}
		rapid.Check(t, func(t *rapid.T) {
			s := rapid.StringMatching(`(00|43|37)`+k+`[0-9]{5}[0-9A-Z]{3}`).Draw(t, "code")
			b, err := ParseBasicCode(s)
			if err != nil || b.Maker()+b.Kind()+b.Department()+b.Main()+b.Sub() != s {
				t.Fatalf("%s: %v", s, err)
			}
		})
	}
}

func FuzzParseCodes(f *testing.F) {
	f.Add("11431022006554231J4431064019W00")
	f.Add("431064019W00")
	f.Add("１１\xffĸſ")
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseBasicCode(s); err == nil {
			if d, err := ParseBasicCode(c.String()); err != nil || c != d {
				t.Fatal(c)
			}
		}
		if c, err := ParseImplementationCode(s); err == nil {
			if d, err := ParseImplementationCode(c.Grouped()); err != nil || c != d {
				t.Fatal(c)
			}
		}
		_, _ = ParseHandlingCode(s)
	})
}
