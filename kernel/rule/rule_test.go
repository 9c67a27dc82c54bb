package rule

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func ptr(n float64) *float64 { return &n }

// restaurant is the vocabulary of opening a restaurant (开办餐饮店).
func restaurant(t testing.TB) *Vocabulary {
	t.Helper()
	v, err := NewVocabulary(
		Variable{Name: "kind", Label: "经营类型", Kind: Choice, Options: []Option{
			{"restaurant", "餐馆"}, {"snack", "小吃店"}, {"canteen", "食堂"}, {"online", "网络经营"}}},
		Variable{Name: "area", Label: "面积", Kind: Number, Unit: "㎡", Min: ptr(0)},
		Variable{Name: "seats", Label: "座位数", Kind: Number, Unit: "个", Min: ptr(0), Whole: true},
		Variable{Name: "tobacco", Label: "是否卖烟", Kind: Bool},
		Variable{Name: "gas", Label: "是否用燃气", Kind: Bool},
		Variable{Name: "name", Label: "字号", Kind: Text},
	)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func compile(t testing.TB, v *Vocabulary, src string) *Rule {
	t.Helper()
	r, err := v.Compile(src)
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return r
}

func TestOnlyWhatCanStillMatterIsOpen(t *testing.T) {
	v := restaurant(t)
	type answers = map[string]any
	for _, c := range []struct {
		src      string
		known    answers
		verdict  Verdict
		residual string
		open     []string
	}{
		{`kind == "restaurant" && area > 300`, nil, Open, `kind == "restaurant" && area > 300.0`, []string{"kind", "area"}},
		{`kind == "restaurant" && area > 300`, answers{"kind": "restaurant"}, Open, `area > 300.0`, []string{"area"}},
		{`kind == "restaurant" && area > 300`, answers{"kind": "snack"}, False, "false", nil},
		{`kind == "restaurant" && area > 300`, answers{"area": 320}, Open, `kind == "restaurant"`, []string{"kind"}},
		{`tobacco || !tobacco`, nil, True, "true", nil},
		{`area > 100 || area <= 100`, nil, True, "true", nil},
		{`area >= 0`, nil, True, "true", nil},                // nothing has less than no area
		{`seats > 1 && seats < 2`, nil, False, "false", nil}, // no half seats
		{`area > 1 && area < 2`, nil, Open, `area > 1.0 && area < 2.0`, []string{"area"}},
		{`area > 300 || (tobacco && area > 400)`, nil, Open, `area > 300.0 || tobacco && area > 400.0`, []string{"area"}},
		{`tobacco && (gas || kind in ["snack", "restaurant", "canteen", "online"])`, nil, Open,
			`tobacco && (gas || kind in ["snack", "restaurant", "canteen", "online"])`, []string{"tobacco"}},
		{`area > (kind == "restaurant" ? 300 : 500)`, answers{"area": 600}, True, "true", nil},
		{`area > (kind == "restaurant" ? 300 : 500)`, answers{"area": 400}, Open, `400.0 > ((kind == "restaurant") ? 300.0 : 500.0)`, []string{"kind"}},
		{`area / seats < 2`, answers{"seats": 10}, Open, `area / 10.0 < 2.0`, []string{"area"}},
		{`area / seats < 2`, answers{"seats": 10, "area": 15.5}, True, "true", nil},
		{`name == "" || name.contains("湘")`, answers{"name": "湘味馆"}, True, "true", nil},
		{`gas == tobacco`, answers{"gas": true}, Open, `true == tobacco`, []string{"tobacco"}},
		{`true`, nil, True, "true", nil},
	} {
		p, err := compile(t, v, c.src).Partial(c.known)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		if diff := cmp.Diff(Partial{c.verdict, c.residual, c.open}, p); diff != "" {
			t.Errorf("%s under %v (-want +got):\n%s", c.src, c.known, diff)
		}
	}
}

func TestMistakesAreExplainedInChinese(t *testing.T) {
	v := restaurant(t)
	for _, c := range []struct{ src, message, hint string }{
		{`aera > 300`, "第 1 行第 1 列：没有叫 aera 的变量", "是不是想写 area（面积）"},
		{`面积 > 300`, "第 1 行第 1 列：“面积”是变量的中文名", "请写成 area"},
		{`kind == 餐馆`, "第 1 行第 9 列：“餐馆”是选项的中文名", `请写成 kind == "restaurant"`},
		{`kind == "bar"`, `没有代码 "bar"`, "restaurant（餐馆）、snack（小吃店）、canteen（食堂）、online（网络经营）"},
		{`kind == "餐馆"`, `没有代码 "餐馆"`, `是不是想写 "restaurant"（餐馆）`},
		{`kind in ["snack", "restarant"]`, `没有代码 "restarant"`, `是不是想写 "restaurant"（餐馆）`},
		{`kind != "x"`, `没有代码 "x"`, ""},
		{`"x" == kind`, `没有代码 "x"`, ""},
		{`kind.startsWith("s")`, "只能用 ==、!= 或 in 比较", ""},
		{`area = 300`, "第 1 行第 6 列：一个等号读不懂", "=="},
		{`area > 300 and gas`, "不认识“and”", "请写成 &&"},
		{`area > 300，gas`, "“，”是中文符号", "请换成英文符号 ,"},
		{`kind == “snack”`, "““”是中文符号", `请换成英文符号 "`},
		{`area > 300㎡`, "读不懂“㎡”", "单位不要写在规则里"},
		{`area > "300"`, "“>”不能用在 数与文字 上", ""},
		{`area > `, "规则没有写完", ""},
		{`(area > 3`, "缺少“)”", ""},
		{`area > 3)`, "这里不该出现“)”", ""},
		{`kind == "snack`, "引号没有配对", ""},
		{`size(name) > 3`, "没有叫 size 的函数", "startsWith"},
		{`[1, 2][0] == 1`, "不能用这个运算", ""},
		{`name.x == 1`, "变量没有下级字段", ""},
		{`area`, "规则的结果要是“是”或“否”，这里得到的是数", ""},
		{``, "规则是空的", "true"},
		{"gas &&\n  aera > 3", "第 2 行第 3 列", "area"},
		{`{"a": 1} == {"a": 1}`, "不能用这种写法", ""},
		{`name == null`, "不能用在 文字与空 上", ""},
		{`gas & tobacco`, "单个“&”读不懂", "请写两个：&&"},
	} {
		_, err := v.Compile(c.src)
		if err == nil {
			t.Errorf("%s: compiled", c.src)
		} else if !strings.Contains(err.Error(), c.message) || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s:\nwant %s … %s\ngot  %v", c.src, c.message, c.hint, err)
		}
	}
}
