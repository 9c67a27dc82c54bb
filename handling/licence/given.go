package licence

import (
	"strconv"
	"strings"

	"tongban/kernel/earlier"
	"tongban/kernel/number"
)

// givenAnew are the numbers, identifiers and codes of licences.
func givenAnew() earlier.Given {
	issued := func(cell func(string) string) (series, period string, seq int64, ok bool) {
		r := cell("number")
		if Kind(cell("kind")) != KindLicence {
			_, period, seq, ok = number.Paper(r)
			return "licence." + cell("kind") + "." + cell("unit"), period, seq, ok
		}
		prefix, period, seq, ok := taken(r)
		if prefix == "" {
			prefix = cell("type")
		}
		return "licence." + prefix, period, seq, ok
	}
	return earlier.Given{
		Codes: []earlier.Code{{Table: "licence_licence", Column: "code"}},
		Numbers: []earlier.Numbered{
			{Table: "licence_licence", Column: "number", At: "numbered_at", Read: issued, Again: numberLike},
			{Table: "licence_licence", Column: "identifier", At: "numbered_at", Read: issued, Again: identifierLike},
			{Table: "licence_number", Column: "number", At: "taken_at", Period: "period", Seq: "seq", Again: numberLike,
				Read: func(cell func(string) string) (series, period string, seq int64, ok bool) {
					seq, err := strconv.ParseInt(cell("seq"), 10, 64)
					return cell("series"), cell("period"), seq, err == nil
				}},
		},
	}
}

// taken takes the number of a licence apart: prefix, year, sequence.
func taken(licence string) (prefix, year string, seq int64, ok bool) {
	from := len(licence) - 16 // area, year, sequence, check digit
	if from < 0 {
		return "", "", 0, false
	}
	seq, err := strconv.ParseInt(licence[from+10:from+15], 10, 64)
	return licence[:from], licence[from+6 : from+10], seq, err == nil
}

// numberLike writes the number of a licence or document like another.
func numberLike(like, year string, seq int64) string {
	if _, _, _, document := number.Paper(like); document {
		return number.PaperLike(like, year, seq)
	}
	y, err := strconv.Atoi(year)
	if err != nil || len(like) < 16 {
		return ""
	}
	from := len(like) - 16
	return Number(like[:from], like[from:from+6], y, seq)
}

// identifierLike writes an identifier like another: its serial is the number of the licence.
func identifierLike(like, year string, seq int64) string {
	id, err := ParseIdentifier(like)
	if err != nil {
		return ""
	}
	id.Serial = strings.ToUpper(numberLike(id.Serial, year, seq))
	return id.String()
}
