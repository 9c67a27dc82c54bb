package party

import (
	"strings"

	"tongban/kernel/problem"
)

// maxCents bounds amounts of money at 10 trillion yuan, far above any budget
// here and far below what an int64 or a JSON number can hold exactly.
const maxCents = 1_000_000_000_000_000

// ParseMoney reads a sum as people write it, 1,234.50 · ￥1234.5元 · 1.2万元 · 3亿,
// and returns it in cents (分). More precision than a cent is refused, never
// rounded; so are negative sums.
func ParseMoney(s string) (cents int64, err error) {
	c := compact(s)
	c = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(c, "人民币"), "RMB"), "CNY")
	c = strings.NewReplacer("￥", "", "¥", "", "，", ",", "圆", "元").Replace(c)
	c = strings.TrimSuffix(strings.TrimSuffix(c, "整"), "元")
	unit := int64(1)
	if rest, ok := strings.CutSuffix(c, "万"); ok {
		c, unit = rest, 10_000
	} else if rest, ok := strings.CutSuffix(c, "亿"); ok {
		c, unit = rest, 100_000_000
	}
	if c == "" {
		return 0, problem.Invalid("请填写金额")
	}
	cents, fault := parseDecimal(c, 100*unit, maxCents)
	switch fault {
	case tooFine:
		return 0, problem.Invalid("金额最多到分，请保留两位小数")
	case tooBig:
		return 0, problem.Invalid("金额太大，请检查是否多写了位数")
	case below:
		return 0, problem.Invalid("金额不能是负数")
	case unreadable:
		return 0, problem.Invalid("金额应写成数字，例如 1234.50 或 1.2万")
	}
	return cents, nil
}

// FormatMoney writes cents as yuan with two decimals and commas: 1,234.50.
func FormatMoney(cents int64) string {
	sign, n := "", uint64(cents)
	if cents < 0 {
		sign, n = "-", -n
	}
	return sign + grouped(n/100) + "." + string([]byte{byte('0' + n/10%10), byte('0' + n%10)})
}

func grouped(n uint64) string {
	var b []byte
	for i := 0; n > 0 || i == 0; i++ {
		if i > 0 && i%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, byte('0'+n%10))
		n /= 10
	}
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// MoneyInWords writes cents in the capital numerals of receipts (中文大写金额):
// 1640902 is 壹万陆仟肆佰零玖元零贰分. 整 follows a sum that ends in 元 or 角.
func MoneyInWords(cents int64) string {
	var b strings.Builder
	n := uint64(cents)
	if cents < 0 {
		b.WriteString("负")
		n = -n
	}
	yuan, jiao, fen := n/100, n/10%10, n%10
	if yuan > 0 || n == 0 {
		b.WriteString(capitals(yuan) + "元")
	}
	switch {
	case jiao == 0 && fen == 0:
		b.WriteString("整")
		return b.String()
	case jiao > 0:
		b.WriteString(capital(jiao) + "角")
	case yuan > 0:
		b.WriteString("零")
	}
	if fen > 0 {
		b.WriteString(capital(fen) + "分")
	} else {
		b.WriteString("整")
	}
	return b.String()
}

func capital(digit uint64) string {
	return string([]rune("零壹贰叁肆伍陆柒捌玖")[digit])
}

// capitals writes a whole number in groups of four digits (万, 亿, 万亿), with one
// 零 for any run of zeros between digits that are written.
func capitals(n uint64) string {
	if n == 0 {
		return "零"
	}
	if n >= 1_0000_0000 {
		return join(capitals(n/1_0000_0000)+"亿", n%1_0000_0000, 1000_0000)
	}
	if n >= 1_0000 {
		return join(capitals(n/1_0000)+"万", n%1_0000, 1000)
	}
	var b strings.Builder
	zero := false
	for i, place := range []uint64{1000, 100, 10, 1} {
		d := n / place % 10
		if d == 0 {
			zero = b.Len() > 0
			continue
		}
		if zero {
			b.WriteString("零")
			zero = false
		}
		b.WriteString(capital(d) + []string{"仟", "佰", "拾", ""}[i])
	}
	return b.String()
}

// join appends the lower group, with 零 between when its leading digit is 0.
func join(high string, rest, leading uint64) string {
	switch {
	case rest == 0:
		return high
	case rest < leading:
		return high + "零" + capitals(rest)
	}
	return high + capitals(rest)
}

// maxArea bounds areas at 100,000 km², in hundredths of a square metre.
const maxArea = 10_000_000_000_000

// ParseArea reads an area as people write it, 120.5 · 120.5㎡ · 86平方米 · 2公顷 ·
// 3.5亩, and returns hundredths of a square metre. More than two decimals of a
// square metre are refused; only 亩, which is 10000/15 m², is rounded (half up).
func ParseArea(s string) (hundredths int64, err error) {
	c := strings.ToLower(compact(s))
	c = strings.NewReplacer("，", ",", "平方米", "㎡", "平米", "㎡", "m²", "㎡", "m2", "㎡", "m^2", "㎡").Replace(c)
	scale, divide := int64(100), int64(1)
	if rest, ok := strings.CutSuffix(c, "㎡"); ok {
		c = rest
	} else if rest, ok := strings.CutSuffix(c, "公顷"); ok {
		c, scale = rest, 1_000_000
	} else if rest, ok := strings.CutSuffix(c, "亩"); ok {
		// Read to a ten-thousandth of a 亩, then convert exactly once.
		c, scale, divide = rest, 10_000, 15
	}
	if c == "" {
		return 0, problem.Invalid("请填写面积")
	}
	n, fault := parseDecimal(c, scale, maxArea)
	switch fault {
	case tooFine:
		return 0, problem.Invalid("面积的小数太多，平方米请保留两位小数")
	case tooBig:
		return 0, problem.Invalid("面积太大，请检查单位和位数")
	case below:
		return 0, problem.Invalid("面积不能是负数")
	case unreadable:
		return 0, problem.Invalid("面积应写成数字，可带单位，例如 120.50 平方米")
	}
	if divide > 1 {
		// n/10000 亩 × 10000/15 m² × 100 hundredths = n × 100 / 15
		n = (n*100*2 + divide) / (2 * divide)
		if n > maxArea {
			return 0, problem.Invalid("面积太大，请检查单位和位数")
		}
	}
	return n, nil
}

// FormatArea writes hundredths of a square metre as 1,234.50.
func FormatArea(hundredths int64) string { return FormatMoney(hundredths) }

type decimalFault int

const (
	fine decimalFault = iota
	unreadable
	tooFine
	tooBig
	below
)

// parseDecimal reads digits with commas in groups of three and one decimal
// point, times scale (a power of ten), exactly.
func parseDecimal(s string, scale, limit int64) (int64, decimalFault) {
	if strings.HasPrefix(s, "-") || strings.HasPrefix(s, "−") {
		return 0, below
	}
	whole, frac, point := strings.Cut(s, ".")
	if groups := strings.Split(whole, ","); len(groups) > 1 {
		for i, g := range groups {
			if i == 0 && (len(g) == 0 || len(g) > 3) || i > 0 && len(g) != 3 {
				return 0, unreadable
			}
		}
		whole = strings.Join(groups, "")
	}
	if whole == "" || point && frac == "" || len(digitsOf(whole)) != len(whole) || len(digitsOf(frac)) != len(frac) {
		return 0, unreadable
	}
	n := int64(0)
	for _, r := range whole {
		n = n*10 + int64(r-'0')
		if n > limit/scale {
			return 0, tooBig
		}
	}
	n *= scale
	for _, r := range frac {
		scale /= 10
		if r == '0' {
			continue
		}
		if scale == 0 {
			return 0, tooFine
		}
		n += int64(r-'0') * scale
	}
	if n > limit {
		return 0, tooBig
	}
	return n, fine
}
