// Package casefile is the file of a case (案卷) as the office sees it: the page of a case with its slots, and the form of every step, from
// acceptance to close. It decides nothing: each form calls the command of casework that is named like it, and a refusal that the person can
// mend shows the form again.
//
// One case page: what concerns a case and is no step of its own (opinions, cards, sister cases, licences, delivery) shows itself in the
// slots casework names, in their order. A reader sees personal values masked; whoever needs them in full says why, and that is on record.
//
// No tables.
package casefile
