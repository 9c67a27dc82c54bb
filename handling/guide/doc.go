// Package guide is the smart guide (智能导办): a few questions about the situation, and then exactly what has to be done — which items in which order, which
// materials and why, how long, what it costs, where.
//
// It only asks what can still change the outcome, says why it asks, and the same answers give the same outcome at any window: a result is an address
// (/events/open-restaurant/guide/…) that holds the answers and the edition of the standard, and no personal data.
//
// Nothing is stored. The rules are those of the edition in force (rules/catalogue); competence, form and material merge what the parts need.
//
// Ground: 一次告知 of 优化营商环境条例第三十六条 and 行政许可法第三十条 (what must be published and explained to applicants).
package guide
