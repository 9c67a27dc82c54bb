// Package delivery hands over what came of a submission (出件送达): one parcel, whatever number of cases, units and licences stand in it.
//
// A parcel is handed over at the window against a six-digit pick-up code and the last four characters of the applicant's number, sent by
// post, or put into the applicant's own space. Part of the results goes out before the rest only if the applicant asked for it, and that
// is on record. Each handing over has its receipt (送达回证), stops the clock of art. 44 of the cases in it, and closes them.
//
// Basis: 行政许可法第四十四条 (ten working days from the decision); 电子签名法第十一条 (a message is received when it enters the recipient's
// system: so are licences the applicant wants in electronic form only).
//
// Tables: delivery_parcel, delivery_result, delivery_hand. Events out: delivery.completed. Events in: its own, to close the cases.
package delivery
