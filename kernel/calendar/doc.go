// Package calendar counts days the way the law counts them: working days
// (工作日) under the yearly notice of the State Council's office (国务院办公厅
// 关于某年部分节假日安排的通知), natural days, months and office hours.
//
// It is pure: it knows no wall clock, no database and no time zone but the
// one of the country. A [Table] is built from layers — the national layer
// first, local ones (a minority area's festival, a closed road) above it —
// and never changes afterwards; a new notice makes a new Table.
//
// A question about a year whose notice is not in the table is refused with
// [NotCovered], because a date guessed without the notice is wrong in
// silence. Where a provisional answer is wanted all the same, ask
// [Table.Provisional] for it by name.
package calendar
