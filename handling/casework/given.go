package casework

import (
	"fmt"
	"strconv"

	"tongban/kernel/earlier"
	"tongban/kernel/number"
)

// givenAnew are the numbers of cases and of the papers about them.
func givenAnew() earlier.Given {
	return earlier.Given{Numbers: []earlier.Numbered{
		{Table: "casework_case", Column: "number", At: "opened_at",
			Read: func(cell func(string) string) (series, period string, seq int64, ok bool) {
				n := cell("number")
				if len(n) < 15 {
					return "", "", 0, false
				}
				seq, err := strconv.ParseInt(n[10:], 10, 64)
				return "case", n[2:10], seq, err == nil
			},
			Again: func(_, period string, seq int64) string { return caseNumber(period, seq) }},
		{Table: "casework_notice", Column: "number", At: "issued_at", Again: number.PaperLike,
			Read: func(cell func(string) string) (series, period string, seq int64, ok bool) {
				series, period, seq, ok = number.Paper(cell("number"))
				return "letter:" + series, period, seq, ok
			}},
	}}
}

// caseNumber is TB, the day, five digits.
func caseNumber(day string, seq int64) string { return fmt.Sprintf("TB%s%05d", day, seq) }
