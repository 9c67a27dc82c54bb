// Package agenda gives the deadlines of a staff member to the calendar he keeps (日程订阅): a feed in iCalendar (RFC 5545) under an address
// that only he knows. Calendar programs cannot sign in, so the address is the key: it is shown once, only its digest is kept, and he ends it
// or takes another at any time. The feed tells the deadlines of his to-do list as he would see it now, and names no applicant: what leaves
// the house is the item, the date and the way back in.
//
// Tables: agenda_link. Events: none.
package agenda
