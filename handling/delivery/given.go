package delivery

import "tongban/kernel/earlier"

// seriesReceipt counts the receipts of a year.
const seriesReceipt = "delivery.receipt"

// givenAnew are the numbers of receipts and the codes by which parcels are picked up.
func givenAnew() earlier.Given {
	return earlier.Given{
		Codes:   []earlier.Code{{Table: "delivery_parcel", Column: "code_index", Purpose: sealCode}},
		Numbers: []earlier.Numbered{earlier.Paper("delivery_hand", "number", "at", seriesReceipt)},
	}
}
