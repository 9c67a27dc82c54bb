package efficiency

import "tongban/kernel/earlier"

// The counters of cards and of instructions.
const (
	seriesCard     = "efficiency.card"
	seriesInstruct = "efficiency.instruct"
)

// givenAnew are the numbers of cards and instructions, and the sums of a day.
func givenAnew() earlier.Given {
	return earlier.Given{Sums: []string{"efficiency_day"}, Numbers: []earlier.Numbered{
		earlier.Paper("efficiency_card", "number", "issued_at", seriesCard), earlier.Paper("efficiency_urge", "number", "made_at", seriesInstruct),
	}}
}
