// Package tracking is where an applicant follows what was handed in (办理进度): the receipt, how far each part has come, who holds it, what
// comes next and why by that date; and where the applicant does what is his to do: mend what was asked, hand in what was allowed to lack,
// choose about what cannot go on, ask for what is ready, take back. Without login it opens to whoever knows the number of the receipt and
// the last four characters of the applicant's number; with login, everything of one's own stands under /my.
//
// It decides nothing about a submission: every act is a command of handling/bundle. Its own is the guard against guessing digits.
//
// Tables: tracking_wrong.
package tracking
