// Package review lets people rate what was done for them (好差评, 国办发〔2019〕51号) and sees every bad review through to its end
// (差评整改): verified by a named person, rectified by the unit with evidence, asked again by a third person, and only then closed (I19).
//
// One invitation goes out for each thing done (一事一评); its link needs no login and is good for one review, and for one more after a
// rectification. Both stay. Nobody is asked to rate well, and no review is ever assumed.
//
// Tables: review_invitation, review_part, review_review, review_task, review_step.
// Hears delivery.completed. Tells review.given and review.closed.
package review
