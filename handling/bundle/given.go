package bundle

import (
	"fmt"
	"strconv"

	"tongban/kernel/earlier"
)

// givenAnew are the numbers of submissions.
func givenAnew() earlier.Given {
	return earlier.Given{Numbers: []earlier.Numbered{{Table: "bundle_submission", Column: "number", At: "submitted_at",
		Read: func(cell func(string) string) (series, period string, seq int64, ok bool) {
			n := cell("number")
			if !IsNumber(n) {
				return "", "", 0, false
			}
			seq, err := strconv.ParseInt(n[8:len(n)-1], 10, 64)
			return "submission", n[:8], seq, err == nil
		},
		Again: func(_, period string, seq int64) string { return submissionNumber(period, seq) }}}}
}

// submissionNumber is the day, five digits, one check digit.
func submissionNumber(day string, seq int64) string { return checked(fmt.Sprintf("%s%05d", day, seq)) }
