// Package filing lets programs and signed-in people hand applications in through the API (接口申报): begin a draft, fill the one form, hand
// in the one set of materials, check, submit, follow. It is the counter's intake without a counter: every step is a command of
// handling/bundle, so that page, window and program obey the same rules.
//
// A program acts for an applicant who has asked it to; it needs bundle.intake over its unit, and the submission names it as agent. A
// person acts for himself.
//
// Tables: none. Events: none.
package filing
