package delivery

import (
	"tongban/kernel/earlier"
	"tongban/kernel/number"
)

// seriesReceipt counts the receipts of a year.
const seriesReceipt = "delivery.receipt"

// givenAnew are the numbers of receipts and the codes by which parcels are picked up.
func givenAnew() earlier.Given {
	return earlier.Given{
		Codes: []earlier.Code{{Table: "delivery_parcel", Column: "code_index", Purpose: sealCode}},
		Numbers: []earlier.Numbered{{Table: "delivery_hand", Column: "number", At: "at", Again: number.PaperLike,
			Read: func(cell func(string) string) (series, period string, seq int64, ok bool) {
				_, period, seq, ok = number.Paper(cell("number"))
				return seriesReceipt, period, seq, ok
			}}},
	}
}
