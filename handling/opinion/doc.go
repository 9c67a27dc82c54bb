// Package opinion asks other units about a case and takes their answers (征求意见). Asking stops no clock: it is none of the procedures of
// 行政许可法第四十五条, so the unit asked has a deadline of its own, and a decision waits for an answer no longer than that.
//
// Who was asked may read the case, for as long as the question stands on its page. The question, the answer and a recall are deeds of the
// case and stand in its history.
//
// Table: opinion_opinion. Clock: opinion-n (subject = case id). It meets casework through its gate, its readers and its slots; casework
// knows nothing of it.
package opinion
