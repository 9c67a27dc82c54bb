package delivery

import (
	"tongban/kernel/web"
)

// objects says whose a parcel and its receipts are.
func objects() []web.Object {
	return []web.Object{
		web.KeptObject("送达件", `SELECT id, outlet, '', applicant, '' FROM delivery_parcel`, PermRead, "/w/outlet/{id}", "/api/v1/parcels/{id}"),
		web.KeptObject("本人的送达件", `SELECT id, '', '', applicant, '' FROM delivery_parcel`, "", "/my/deliveries/{id}"),
		web.KeptObject("送达回证", `SELECT h.id, p.outlet, '', p.applicant, '' FROM delivery_hand h JOIN delivery_parcel p ON p.id = h.parcel`, PermRead, "/deliveries/receipts/{id}"),
	}
}
