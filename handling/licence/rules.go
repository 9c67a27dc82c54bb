package licence

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"tongban/base/party"
	"tongban/kernel/calendar"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
)

// Number composes a licence number: prefix, six-digit area code, year, five-digit sequence, and a check digit (ISO/IEC 7064
// MOD 11,10) so that a number read over the telephone wrongly is no licence.
func Number(prefix, area string, year int, seq int64) string {
	body := fmt.Sprintf("%s%04d%05d", area, year, seq)
	return prefix + body + string(checkDigit(body))
}

// DocumentNumber composes the number of a document of approval or record.
func DocumentNumber(issuer string, kind Kind, year int, seq int64) string {
	word := "准字"
	if kind == KindRecord {
		word = "备字"
	}
	return fmt.Sprintf("%s%s〔%d〕%d号", issuer, word, year, seq)
}

func checkDigit(digits string) byte {
	p := 10
	for i := range len(digits) {
		p = (p + int(digits[i]-'0')) % 10
		if p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return byte('0' + (11-p)%10)
}

// seriesOf names the sequence a result takes its number from: licences of one kind share one, documents of one unit another. The
// year is the period.
func seriesOf(r catalogue.Result, unit string) string {
	if Kind(r.Kind) != KindLicence {
		return "licence." + r.Kind + "." + unit
	}
	if r.Prefix != "" {
		return "licence." + r.Prefix
	}
	return "licence." + r.LicenceType
}

// until is the last day on which a licence issued that day holds. Zero years is long-term, and so a zero day.
func until(issued calendar.Day, years int) calendar.Day {
	if years <= 0 {
		return calendar.Day{}
	}
	return calendar.Date(issued.Year()+years, issued.Month(), issued.DayOfMonth()).Plus(-1)
}

// MaskHolder hides a person's given name: 陈秀兰 is 陈**. A firm's name is public (行政许可法第四十条).
func MaskHolder(kind, name string) string {
	if kind == party.Company || name == "" {
		return name
	}
	first, size := utf8.DecodeRuneInString(name)
	return string(first) + strings.Repeat("*", min(6, max(1, utf8.RuneCountInString(name[size:]))))
}

// Check refuses an ending without its grounds: whoever loses a licence must read why and by which article.
func (e Ending) Check() error {
	bad := problem.Invalid("请把理由和依据写完整，持证人会看到")
	known := false
	for _, a := range Endings() {
		known = known || a == e.Act
	}
	if !known {
		bad = bad.On("act", "请选择处理方式")
	}
	if strings.TrimSpace(e.Reason) == "" {
		bad = bad.On("reason", "请写明事实和理由")
	}
	if strings.TrimSpace(e.Basis) == "" {
		bad = bad.On("basis", "请写明法律依据到条款，例如：行政许可法第六十九条第二款")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}
