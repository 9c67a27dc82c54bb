// Package casework handles the case (办件): one applicant's request for one service item, from receipt (收件) to decision (决定) and close
// (办结), under the Administrative Licensing Law (行政许可法). rules/licensing holds its articles as pure rules; moves in rules.go is the one table
// by which a case changes its state; each command reads require, load, decide, save, publish.
//
// Few states, many flags: states are for the law and the applicant, flags are for the work. A stage says what a case waits for; it is
// derived from both and kept for lists.
//
// Legal basis: arts. 26, 31-32 (acceptance, one-time notice, acceptance by silence), 34 (examination), 38 (reasons and remedies), 42-45
// (terms, extension, excluded time, delivery), 82 (working days). Separation of duties: receiving, assessing and deciding are three
// persons' work, judged over the case's deeds.
//
// The pages are casefile's, the lists docket's; this package holds the rows, answers the lists, and keeps the papers (文书).
//
// Tables: casework_case, casework_deed, casework_notice, casework_defect, casework_assessment, casework_suspension.
// Clocks of a case (kernel/clock, subject = case id): notice, notice-2 … (art. 32), correction, handling,
// delivery (art. 44).
// Events out: casework.opened, released, accepted, declined, correction_asked, supplemented, assessed, suspended, resumed, extended,
// decided, withdrawn, lapsed, closed. Events in: clock.crossed.
package casework
