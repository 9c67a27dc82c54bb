package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// items are names of service items as they stand in county catalogues.
var items = []Document{
	{ID: "food", Title: "食品经营许可证核发", Aliases: []string{"餐饮许可证"}, Text: "从事食品销售和餐饮服务"},
	{ID: "workshop", Title: "食品小作坊登记"},
	{ID: "snack", Title: "小餐饮经营许可"},
	{ID: "business", Title: "营业执照核发", Aliases: []string{"工商登记"}},
	{ID: "tobacco", Title: "烟草专卖零售许可证核发", Aliases: []string{"卖烟证"}},
	{ID: "build", Title: "建筑工程施工许可证核发"},
	{ID: "road", Title: "临时占用城市道路审批"},
	{ID: "fire", Title: "公众聚集场所投入使用、营业前消防安全检查"},
	{ID: "birth", Title: "生育登记"},
	{ID: "bank", Title: "银行预约开户", Text: "企业开办"},
	{ID: "household", Title: "出生登记（申报户口）"},
}

var sayings = Synonyms{"开饭店": {"食品经营许可", "小餐饮", "营业执照"}, "占道": {"占用城市道路"}, "上户口": {"出生登记"}}

func TestSearchFindsWhatPeopleMean(t *testing.T) {
	x := Build(items, sayings)
	for _, c := range []struct {
		query string
		ids   []string
		match Match // of the first
	}{
		{"食品经营许可证核发", []string{"food"}, Exact},
		{"食品经营许可证", []string{"food"}, TitleStart},
		{"食品", []string{"workshop", "food"}, TitleStart},
		{"烟草", []string{"tobacco"}, TitleStart},
		{"施工许可", []string{"build"}, TitlePart},
		{"开饭店", []string{"food", "snack", "business"}, BySynonym},
		{"我想开饭店", []string{"food", "snack", "business"}, BySynonym},
		{"占道", []string{"road"}, BySynonym},
		{"卖烟", []string{"tobacco"}, Alias},
		{"工商登记", []string{"business"}, Exact},
		{"spjy", []string{"food"}, ByInitials},
		{"SPJY", []string{"food"}, ByInitials},
		{"ｓｐｊｙ", []string{"food"}, ByInitials},
		{"yhyy", []string{"bank"}, ByInitials},
		{"yinhang", []string{"bank"}, ByInitials},
		{"证", []string{"food", "build", "tobacco"}, TitlePart},
		{"餐饮服务", []string{"food"}, AllWords},
		{"道路 临时", []string{"road"}, AllWords},
		{"消防验收", []string{"fire"}, SomeWords},
		{"出生登记(申报户口)", []string{"household"}, Exact},
		{"养老", nil, 0},
		{"，。", nil, 0},
	} {
		hits := x.Search(c.query, 10)
		var ids []string
		for _, h := range hits {
			ids = append(ids, h.ID)
		}
		if c.match == BySynonym || c.query == "证" { // order among equals is not the point
			slices.Sort(ids)
			slices.Sort(c.ids)
		}
		if diff := cmp.Diff(c.ids, ids); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.query, diff)
		} else if len(hits) > 0 && hits[0].Match != c.match {
			t.Errorf("%s: match %d, want %d", c.query, hits[0].Match, c.match)
		}
	}
}

func TestWordsOfTheColumn(t *testing.T) {
	for text, want := range map[string]string{
		"食品经营许可证":         "食品 品经 经营 营许 许可 可证 证",
		"证":               "证",
		"面积300㎡以上":        "面积 积 300 以上 上",
		"Ａ类 GB/T 9704":    "a 类 gb t 9704",
		"“一件事”，\t一次办\x00": "一件 件事 事 一次 次办 办",
		"":                "",
	} {
		if got := Bigrams(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	p := Query("食品经营 GB 证")
	if p.Match(false) != `"食品" AND "品经" AND "经营" AND "gb" AND "证"*` || p.Match(true) != `"食品" OR "品经" OR "经营" OR "gb" OR "证"*` {
		t.Error(p.Match(false), p.Match(true))
	}
	if p.TSQuery(false) != `'食品' & '品经' & '经营' & 'gb' & '证':*` {
		t.Error(p.TSQuery(false))
	}
	if !Query(`"'*()：`).Empty() {
		t.Error("punctuation is nothing to look for")
	}
}

func TestReadings(t *testing.T) {
	for text, want := range map[string]string{
		"重庆": "cq", "六安": "la", "长沙": "cs", "行政许可": "xzxk", "银行": "yh", "参加": "cj", "会计": "kj", "重大": "zd",
		"县长信箱": "xzxx", "食品经营许可证": "spjyxkz", "郴州": "cz", "单位": "dw", "GB9704标准": "gb9704bz",
	} {
		if got := Initials(text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := Pinyin("重庆会计"); got != "chong qing kuai ji" {
		t.Error(got)
	}
	if got := Pinyin("长乐街道", Phrases{"长乐街": "chang luo jie"}); !strings.HasPrefix(got, "chang luo jie dao") {
		t.Error(got)
	}
	for name, want := range map[string]string{"单雄": "sx", "仇英": "qy", "欧阳锋": "oyf", "尉迟恭": "ycg", "曾国": "zg", "王单": "wd"} {
		if got := NameInitials(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestTablesHaveOneSyllablePerCharacter(t *testing.T) {
	for _, table := range []Phrases{common, surnames} {
		for word, reading := range table {
			if utf8.RuneCountInString(word) != len(strings.Fields(reading)) {
				t.Errorf("%s: %s", word, reading)
			}
		}
	}
}

// Every part of a text is found by the words planned for it, in the column made of it.
func TestEveryPartOfATextIsFound(t *testing.T) {
	letters := []rune("食品经营许可证核发ab1 ，Ａ")
	rapid.Check(t, func(t *rapid.T) {
		r := rapid.SliceOfN(rapid.SampledFrom(letters), 1, 20).Draw(t, "text")
		from := rapid.IntRange(0, len(r)-1).Draw(t, "from")
		part := r[from:rapid.IntRange(from+1, len(r)).Draw(t, "to")]
		part = slices.DeleteFunc(slices.Clone(part), func(c rune) bool { return c < 0x2e80 || c > 0xff00 }) // Latin words are found whole only
		if strings.ContainsRune(string(part), '，') || !strings.Contains(string(r), string(part)) {
			return
		}
		words := strings.Fields(Bigrams(string(r)))
		p := Query(string(part))
		for _, w := range p.Words {
			if !slices.Contains(words, w) {
				t.Fatalf("%q lacks %q", words, w)
			}
		}
		for _, c := range p.Prefix {
			if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, c) }) {
				t.Fatalf("%q has nothing beginning with %q", words, c)
			}
		}
	})
}

func TestAnyTextIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		Initials(s)
		NamePinyin(s)
		Build([]Document{{ID: "1", Title: s, Aliases: []string{s}, Text: s}}, Synonyms{s: {s}}).Search(s, 5)
		for _, run := range strings.Fields(Bigrams(s)) {
			if strings.ContainsAny(run, `"'*:&|()`) {
				t.Fatalf("%q would need escaping", run)
			}
		}
	})
}

// many is a catalogue of n entries.
func many(n int) []Document {
	var out []Document
	for i := range n {
		d := items[i%len(items)]
		d.ID = fmt.Sprint(i)
		d.Title = fmt.Sprintf("%s第%d号", d.Title, i)
		d.Text = strings.Repeat("从事食品销售和餐饮服务的单位应当依法取得许可。", 5)
		out = append(out, d)
	}
	return out
}

func TestFiveThousandEntriesAnswerAtOnce(t *testing.T) {
	x := Build(many(5000), sayings)
	for _, q := range []string{"食品", "spjy", "开饭店", "证", "餐饮服务", "消防验收", "食品经营许可证核发第11号"} {
		best := time.Hour
		for range 5 {
			start := time.Now()
			x.Search(q, 20)
			best = min(best, time.Since(start))
		}
		t.Logf("%s: %v", q, best)
		if best > 25*time.Millisecond { // five times the goal: other work shares the machine
			t.Errorf("%s took %v", q, best)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	x := Build(many(5000), sayings)
	for _, q := range []string{"食品", "spjy", "开饭店", "证", "餐饮服务"} {
		b.Run(q, func(b *testing.B) {
			for b.Loop() {
				x.Search(q, 20)
			}
		})
	}
}
