// Package earlier makes the past of a county: very many things that ended long ago, so that what is measured holds for a county with
// years behind it.
//
// Nothing in a past is made up. One thing is carried through its life by the real commands; what it left in the database, table by table,
// is a [Pattern]. Every further thing is a copy of a pattern with ids, numbers, codes and people of its own, on other days, and with audit
// entries of its own on the chain. The days are moved by whole weeks, and only so that the working calendar looks the same over them:
// then every deadline and every sum of a copy is right, because those of the pattern are. `tongban fsck` holds on a past as on a present.
//
// What a module gives out only once, it declares ([Given]); sealed columns are known to the kernel. Documents are not drawn anew: the
// licence of a copy is the signed file of its pattern. Events are not copied: those of earlier things have reached everybody and were
// forgotten.
package earlier

import "tongban/kernel/number"

// Given is what a module gives out to each thing anew.
type Given struct {
	Numbers []Numbered
	Codes   []Code
	Sums    []string // tables whose rows add things up: a key, and numbers beside it
}

// Numbered is a column of numbers that a counter gave out.
type Numbered struct {
	Table, Column string
	At            string // column that tells when the number was given
	Period, Seq   string // columns that repeat the parts of the number; may be empty

	// Read tells which counter gave the number of a row.
	Read func(cell func(column string) string) (series, period string, seq int64, ok bool)
	// Again writes a number like another.
	Again func(like, period string, seq int64) string
}

// Paper is a column of document numbers (〔2026〕12号) of one series.
func Paper(table, column, at, series string) Numbered {
	return Numbered{Table: table, Column: column, At: at, Again: number.PaperLike, Read: func(cell func(string) string) (string, string, int64, bool) {
		_, period, seq, ok := number.Paper(cell(column))
		return series, period, seq, ok
	}}
}

// Code is a column of random texts.
type Code struct {
	Table, Column string
	Purpose       string // the column holds the blind index of a code that stands in a message or is sealed; empty: the code itself
}

// apart tells of tables whose rows belong to no thing, or are made anew for each copy.
func apart(table string) bool {
	switch table {
	case "audit_chain", "audit_pending", "audit_lock", "number_counter", "number_restore", "event_outbox", "event_delivery", "notify_spent", "config_setting",
		"web_session", "clock_day", "clock_calendar", "pack_edition", "pack_definition", "pack_entry":
		return true
	}
	return false
}
