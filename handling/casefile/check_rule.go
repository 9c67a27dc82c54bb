package casefile

import (
	"strconv"

	"tongban/kernel/pack"
	"tongban/kernel/rule"
	"tongban/rules/catalogue"
	"tongban/rules/form"
)

// checkRule lets a review point's rule look at what the applicant filled in: "true", "false", or "" where the values leave it open. Only
// questions that are tied to an element can be answered from a form.
func checkRule(ed *pack.Edition, source string, values []form.Value) (string, error) {
	r, err := catalogue.Rule(ed, source)
	if err != nil {
		return "", err
	}
	answers := map[string]any{}
	for _, q := range catalogue.Questions(ed) {
		v := form.Get(values, q.Element)
		if q.Element == "" || v.Text == "" {
			continue
		}
		switch q.Kind {
		case "bool":
			answers[q.Code] = v.Text == "yes"
		case "number":
			e, _ := pack.Find[form.Element](ed, form.KindElement, q.Element)
			if n, err := strconv.ParseFloat(v.Text, 64); err == nil && e.Kind != form.Money { // money is stored in cents
				answers[q.Code] = n
			}
		default:
			answers[q.Code] = v.Text
		}
	}
	verdict, err := r.Verdict(answers)
	switch {
	case err != nil:
		return "", err
	case verdict == rule.True:
		return "true", nil
	case verdict == rule.False:
		return "false", nil
	}
	return "", nil
}
