// Package licence makes, keeps and ends what a granted case gives: an electronic licence (电子证照), or a document of approval or record.
//
// A granted case orders a licence (casework.decided). A job then takes three steps, each a command of its own, so that it can be cut
// off anywhere and go on: the number is taken, once (I7); the document is drawn from what was written down with the number, always
// with the same bytes, and the intent to seal it is entered in the register; when the seal's signature is there the licence is in
// force. From then on anybody can check it at /verify, and what ends it shows there at once.
//
// Basis: 行政许可法第三十八条、第三十九条 (the licence), 第四十四条 (ten working days), 第八条、第六十九条、第七十条 (withdrawal, revocation,
// cancellation); 国务院关于在线政务服务的若干规定 (electronic licences equal paper); GB/T 36904 (identifier).
//
// Tables: licence_licence, licence_number. Events out: licence.issued, licence.ended, licence.voided. Events in: casework.decided,
// seal.signed, seal.voided.
package licence
