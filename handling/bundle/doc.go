// Package bundle handles one thing at once (一件事联办): what a person asks for is one matter with one form, one set of materials, one
// submission and one delivery, whatever number of items and units stand behind it. Each item becomes a case of its own (办件) with its
// own unit, clock and decision; bundle keeps what belongs to all of them: the draft, the plan of who waits for whom, the one letter of
// corrections (一次性告知) and the one parcel (一次送达). Who follows a submission after it was handed in reads it in reach/tracking.
//
// The life of a matter: a draft is begun from the guide, filled over several days, and submitted once. Its id is the group that values
// (rules/form) and pieces (rules/material) hang on, before and after submission. Submitting opens n cases in one transaction; those that
// need another's result wait on hold. A grant releases what waited for it; a refusal blocks it, and the applicant chooses. When every part
// has ended, what was issued is delivered together, or earlier in parts if the applicant asks.
//
// Ground: 一次告知、一次表单、一次联办、一次送达 of the county's plan; 优化营商环境条例第三十六条; 行政许可法第二十六条第二款 (one window,
// joint handling), 第二十九条, 第三十二条.
//
// Tables: bundle_draft, bundle_submission, bundle_part, bundle_correction.
// Events out: bundle.submitted, bundle.blocked, bundle.decided, bundle.delivered. Events in: casework.* of its cases, licence.issued,
// delivery.completed.
package bundle
