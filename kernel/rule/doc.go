// Package rule is the one rule language (规则语言) of the platform: short boolean
// sentences in CEL over declared variables, used wherever a steward (事项管理员) decides
// in data what the law leaves to the county — which part applies, which material is
// needed, which question is shown, what a fee amounts to.
//
// A [Vocabulary] declares the variables. [Vocabulary.Compile] turns a source text into a
// [Rule], or into a Chinese explanation of what is wrong with it. A rule can be evaluated
// ([Rule.Eval]), evaluated with gaps ([Rule.Partial]), asked which gaps still matter
// ([Rule.Matters]) and asked why it holds ([Rule.Explain]). A [RuleSet] gathers named
// outcomes and asks the same of all of them, checks them for mistakes ([RuleSet.Check])
// and compares two versions ([Diff]).
//
// # How mattering is exact
//
// A rule is a function of finitely many cases: a number only counts by the side of each
// constant it lies on, a text by which of the mentioned literals it equals, a choice by
// its code. Every rule becomes a reduced ordered decision diagram over those cells. In a
// reduced diagram a variable appears exactly when the outcome depends on it, so "a || !a"
// asks nothing and "area > 100 || area <= 100" asks nothing.
//
// Comparisons that cannot be cut into cells of one variable (area / seats < 2,
// name.contains("x")) become conditions of their own that may turn out either way until
// all their variables are known. With them a question may be asked that arithmetic would
// have spared; an answer is never skipped that could matter.
//
// # Bounds
//
// Source: [MaxSource] characters, [MaxNodes] nodes, [MaxDepth] levels. Diagrams:
// [MaxRuleEdges] for a rule, [MaxSetEdges] for a set; beyond them a rule or outcome is
// coarse: CEL's own partial evaluation answers, and every variable left in the residual
// text counts as open. Coarse answers are conservative and are reported by
// [RuleSet.Check].
package rule

// Bounds on what a rule may cost; see the package comment.
const (
	MaxSource    = 4000    // characters of source text
	MaxNodes     = 600     // nodes of the syntax tree
	MaxDepth     = 48      // nesting of the syntax tree
	MaxText      = 10_000  // bytes of one text answer
	MaxCost      = 100_000 // CEL cost units, both estimated and at run time
	MaxRuleEdges = 60_000  // edges of one rule's decision diagram
	MaxSetEdges  = 1_000_000
)
