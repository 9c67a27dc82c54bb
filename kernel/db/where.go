package db

import (
	"strconv"
	"strings"

	"tongban/kernel/authz"
)

// Where gathers the conditions of a list page. Columns and operators come from code, values from requests.
type Where struct {
	parts []string
	Args  []any
}

// And adds a condition; each ? in it takes the next value.
func (w *Where) And(condition string, values ...any) *Where {
	for _, v := range values {
		w.Args = append(w.Args, v)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(w.Args)), 1)
	}
	w.parts = append(w.parts, condition)
	return w
}

// In adds column IN (values); no values means no rows.
func (w *Where) In(column string, values []string) *Where {
	if len(values) == 0 {
		return w.And("FALSE")
	}
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(values)), ", ")
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return w.And(column+" IN ("+marks+")", list...)
}

// Within limits the rows to an authorisation scope.
func (w *Where) Within(s authz.Scope, unitColumn, regionColumn string) *Where {
	predicate, args := s.Where(unitColumn, regionColumn, len(w.Args)+1)
	w.Args = append(w.Args, args...)
	w.parts = append(w.parts, predicate)
	return w
}

// Bind takes a value and returns its placeholder, for LIMIT and the like.
func (w *Where) Bind(v any) string {
	w.Args = append(w.Args, v)
	return "$" + strconv.Itoa(len(w.Args))
}

// String is the clause, with its leading WHERE; empty when there is no condition.
func (w *Where) String() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}
