package ui

import (
	"strconv"
	"strings"
)

// Yuan writes an amount held in 分 with thousands separators: 1,234.50.
func Yuan(fen int64) string {
	sign := ""
	n := uint64(fen)
	if fen < 0 {
		sign, n = "-", uint64(-(fen+1))+1
	}
	whole := strconv.FormatUint(n/100, 10)
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	cents := strconv.FormatUint(n%100, 10)
	if len(cents) == 1 {
		cents = "0" + cents
	}
	return sign + b.String() + "." + cents
}

// YuanUpper writes an amount held in 分 in the capital figures of bills: 壹仟贰佰叁拾肆元伍角整.
func YuanUpper(fen int64) string {
	if fen == 0 {
		return "零元整"
	}
	out := ""
	n := uint64(fen)
	if fen < 0 {
		out, n = "负", uint64(-(fen+1))+1
	}
	yuan, jiao, cent := n/100, n/10%10, n%10
	digits := []rune("零壹贰叁肆伍陆柒捌玖")
	if yuan > 0 {
		out += upperWhole(yuan, digits) + "元"
	}
	if jiao > 0 {
		out += string(digits[jiao]) + "角"
	} else if yuan > 0 && cent > 0 {
		out += "零"
	}
	if cent > 0 {
		return out + string(digits[cent]) + "分"
	}
	return out + "整"
}

// upperWhole writes a whole number in groups of four (万, 亿, 万亿), with one 零 for every gap.
func upperWhole(n uint64, digits []rune) string {
	groups := []string{"", "万", "亿", "万亿", "亿亿"}
	places := []string{"", "拾", "佰", "仟"}
	out, gap := "", false
	for g := len(groups) - 1; g >= 0; g-- {
		div := uint64(1)
		for range g {
			div *= 10000
		}
		part := n / div % 10000
		if part == 0 {
			gap = gap || out != ""
			continue
		}
		if out != "" && part < 1000 {
			gap = true
		}
		s := ""
		for p, d := 3, uint64(1000); p >= 0; p, d = p-1, d/10 {
			switch digit := part / d % 10; {
			case digit == 0:
				gap = gap || s != ""
			default:
				if gap {
					s, gap = s+"零", false
				}
				s += string(digits[digit]) + places[p]
			}
		}
		gap = false // zeros at the end of a group are only spoken when the next group asks for it
		out += s + groups[g]
	}
	return out
}
