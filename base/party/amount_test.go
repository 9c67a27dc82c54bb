package party

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMoneyAsPeopleWriteIt(t *testing.T) {
	for typed, want := range map[string]int64{
		"0": 0, "0.01": 1, "1234.5": 123450, "1,234.50": 123450, "￥1,234.50元": 123450, "¥ 12": 1200, "人民币100元整": 10000,
		"1.2万": 1200000, "1.2万元": 1200000, "0.000001万": 1, "3亿": 30_000_000_000, "１２．５": 1250, "12.500": 1250, "10000000000000": maxCents,
		"": -1, "元": -1, "-5": -1, "1.234": -1, "1,23": -1, "12,34,567": -1, ",123": -1, "1.": -1, ".5": -1, "1e5": -1, "abc": -1, "1.2.3": -1,
		"10000000000000.01": -1, "99999999999999999999999999": -1, "999999999999亿": -1, "0.0000001万": -1,
	} {
		got, err := ParseMoney(typed)
		if (err == nil) != (want >= 0) || err == nil && got != want {
			t.Errorf("%q: %d %v, want %d", typed, got, err, want)
		}
	}
}

func TestCapitalNumeralsOfReceipts(t *testing.T) {
	for cents, want := range map[int64]string{
		0: "零元整", 1: "壹分", 10: "壹角整", 12: "壹角贰分", 100: "壹元整", 101: "壹元零壹分", 150: "壹元伍角整",
		140950:           "壹仟肆佰零玖元伍角整",
		600714:           "陆仟零柒元壹角肆分",
		1640902:          "壹万陆仟肆佰零玖元零贰分",
		32504:            "叁佰贰拾伍元零肆分",
		1000:             "壹拾元整",
		10700053:         "壹拾万柒仟元伍角叁分",
		1000100:          "壹万零壹元整",
		1010000:          "壹万零壹佰元整",
		10_0000_0000:     "壹仟万元整",
		10001_0000:       "壹佰万零壹佰元整",
		100_0000_0000_00: "壹佰亿元整",
		1_0001_0000_00:   "壹亿零壹万元整",
		-100:             "负壹元整",
	} {
		if got := MoneyInWords(cents); got != want {
			t.Errorf("%d: %s, want %s", cents, got, want)
		}
	}
}

// readCapitals is an independent reader of capital numerals: what a bank teller
// does with the receipt.
func readCapitals(s string) int64 {
	var total, section, digit int64
	for _, r := range s {
		if i := strings.IndexRune("零壹贰叁肆伍陆柒捌玖", r); i >= 0 {
			digit = int64(i / 3)
			continue
		}
		switch r {
		case '拾':
			section += digit * 10
		case '佰':
			section += digit * 100
		case '仟':
			section += digit * 1000
		case '万':
			section = (section + digit) * 10000
			total, section = total+section, 0
		case '亿':
			total, section = (total+section+digit)*100000000, 0
		case '元':
			total, section = (total+section+digit)*100, 0
		case '角':
			total += digit * 10
		case '分':
			total += digit
		}
		digit = 0
	}
	return total
}

func TestMoneySurvivesEveryWayOfWritingIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cents := rapid.Int64Range(0, maxCents).Draw(t, "cents") / rapid.SampledFrom([]int64{1, 1000, 1_000_000, 10_000_000_000}).Draw(t, "scale")
		cents -= cents % rapid.SampledFrom([]int64{1, 10, 100, 100_000, 100_000_000}).Draw(t, "round")
		if back, err := ParseMoney(FormatMoney(cents)); err != nil || back != cents {
			t.Fatalf("%s: %d %v", FormatMoney(cents), back, err)
		}
		words := MoneyInWords(cents)
		if back := readCapitals(words); back != cents {
			t.Fatalf("%d is written %s, which reads %d", cents, words, back)
		}
		if strings.Contains(words, "零零") || strings.Contains(words, "零万") || cents > 99 && strings.Contains(words, "零元") {
			t.Fatalf("%d is written %s", cents, words)
		}
	})
}

func TestAreasAsPeopleWriteThem(t *testing.T) {
	for typed, want := range map[string]int64{
		"120.5": 12050, "120.50㎡": 12050, "86平方米": 8600, "86 m2": 8600, "86M²": 8600, "1,200平米": 120000, "2公顷": 2_000_000,
		"0.5公顷": 500_000, "3亩": 200_000, "1亩": 66_667, "1.5亩": 100_000, "0": 0,
		"": -1, "㎡": -1, "120.555": -1, "-1": -1, "很大": -1, "100000000000000": -1,
	} {
		got, err := ParseArea(typed)
		if (err == nil) != (want >= 0) || err == nil && got != want {
			t.Errorf("%q: %d %v, want %d", typed, got, err, want)
		}
	}
	if got := FormatArea(123450); got != "1,234.50" {
		t.Error(got)
	}
	if got := FormatMoney(-5); got != "-0.05" {
		t.Error(got)
	}
}

func FuzzParseAmounts(f *testing.F) {
	for _, s := range []string{"1.2万", "￥1,234.50", "3.5亩", "0.000", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if c, err := ParseMoney(s); err == nil && (c < 0 || c > maxCents) {
			t.Fatal(c)
		}
		if a, err := ParseArea(s); err == nil && (a < 0 || a > maxArea) {
			t.Fatal(a)
		}
	})
}
