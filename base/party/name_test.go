package party

import (
	"strings"
	"testing"
)

func TestRealNamesAreNotTurnedAway(t *testing.T) {
	for typed, want := range map[string]string{
		"王小明":                   "王小明",
		" 王  强 ":                "王强",
		"王　强":                   "王强",
		"阿依古丽·买买提":              "阿依古丽·买买提",
		"阿依古丽•买买提":              "阿依古丽·买买提",
		"阿依古丽・买买提":              "阿依古丽·买买提",
		"阿依古丽.买买提":              "阿依古丽·买买提",
		"阿依古丽．买买提":              "阿依古丽·买买提",
		"阿依古丽 · 买买提":            "阿依古丽·买买提",
		"欧阳锋":                   "欧阳锋",
		"𬎆":                     "", // one character only
		"李𬎆":                    "李𬎆",
		"王\U000200CC":           "王\U000200CC", // extension B
		"王\U0002B740":           "王\U0002B740", // extension D
		"王\U0002CEB0":           "王\U0002CEB0", // extension F
		"王\U00030000":           "王\U00030000", // extension G
		"王\U00031350":           "王\U00031350", // extension H
		"王\U0002EBF0":           "王\U0002EBF0", // extension I
		"葛\U000E0100兰":          "葛兰",          // a variation selector nobody sees
		"\ufeff王强\u200b":        "王强",
		"O’Brien, Mary-Jane":    "O'Brien, Mary-Jane",
		"José  da Silva Jr.":    "José da Silva Jr.",
		"ＡＮＮＡ":                  "ANNA",
		"":                      "",
		"  ":                    "",
		"王":                     "",
		"王5强":                   "",
		"王\u0007强":              "",
		"王<b>强":                 "",
		"·王强":                   "",
		"王··强":                  "",
		"王\ue000":               "",
		"张三\xff":                "",
		strings.Repeat("王", 81): "",
		"-":                     "",
	} {
		got, err := ParsePersonName(typed)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", typed, got, err, want)
		}
		if want != "" {
			if again, err := ParsePersonName(got); again != got || err != nil {
				t.Errorf("%q is not stable: %q %v", got, again, err)
			}
		}
	}
}

func TestOrganisationNamesAsOnTheirLicences(t *testing.T) {
	for typed, want := range map[string]string{
		"南岭县行政审批服务局":                        "南岭县行政审批服务局",
		" 南岭县 好味道 餐饮店(个体工商户)":               "南岭县好味道餐饮店（个体工商户）",
		"南岭（湖南）科技有限公司":                      "南岭（湖南）科技有限公司",
		"7天连锁酒店南岭店":                         "7天连锁酒店南岭店",
		"Nanling (Hunan) Trading Co., Ltd.": "Nanling (Hunan) Trading Co., Ltd.",
		"南岭县A&B商贸":                          "南岭县A&B商贸",
		"南岭(科技":                             "",
		"南岭)科技(":                            "",
		"南":                                 "",
		"123":                               "",
		"南岭\n\x00":                          "",
		"":                                  "",
		strings.Repeat("南岭", 61):            "",
	} {
		got, err := ParseOrganisationName(typed)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q %v, want %q", typed, got, err, want)
		}
	}
}

func FuzzParseNames(f *testing.F) {
	for _, s := range []string{"王小明", "阿依古丽·买买提", "José", "南岭（湖南）科技", "\xff", "·", "a . b", "王 . 强"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParsePersonName(s); err == nil {
			if again, err := ParsePersonName(n); err != nil || again != n {
				t.Fatalf("%q then %q: %v", n, again, err)
			}
		}
		if n, err := ParseOrganisationName(s); err == nil {
			if again, err := ParseOrganisationName(n); err != nil || again != n {
				t.Fatalf("%q then %q: %v", n, again, err)
			}
		}
	})
}
