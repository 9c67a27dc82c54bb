package efficiency

import (
	"tongban/kernel/earlier"
	"tongban/kernel/number"
)

// The counters of cards and of instructions.
const (
	seriesCard     = "efficiency.card"
	seriesInstruct = "efficiency.instruct"
)

// givenAnew are the numbers of cards and instructions, and the sums of a day.
func givenAnew() earlier.Given {
	of := func(series string) func(func(string) string) (string, string, int64, bool) {
		return func(cell func(string) string) (string, string, int64, bool) {
			_, period, seq, ok := number.Paper(cell("number"))
			return series, period, seq, ok
		}
	}
	return earlier.Given{Sums: []string{"efficiency_day"}, Numbers: []earlier.Numbered{
		{Table: "efficiency_card", Column: "number", At: "issued_at", Read: of(seriesCard), Again: number.PaperLike},
		{Table: "efficiency_urge", Column: "number", At: "made_at", Read: of(seriesInstruct), Again: number.PaperLike},
	}}
}
