package authz

import "slices"

// Deed is one past act on a thing, as its history records it.
type Deed struct {
	Act   string
	Actor string // account id
}

// Separation says that whoever did one act on a thing may not do another on the same thing (职责分离).
type Separation struct {
	Act   string // the act being tried
	After string // the earlier act that bars it
	Name  string // 受审分离
	Why   string // the sentence shown to the person who is refused
}

// Separates reports whether any of the rules forbids the act to somebody: where none does, the history need not be read.
func Separates(rules []Separation, act string) bool {
	return slices.ContainsFunc(rules, func(s Separation) bool { return s.Act == act })
}

// Barred returns the first separation that forbids the actor the act, given the thing's history. Machines are bound too: a
// rule that decides in somebody's name records that person as the actor.
func Barred(rules []Separation, history []Deed, act string, actor Actor) (Separation, bool) {
	for _, rule := range rules {
		if rule.Act != act {
			continue
		}
		for _, deed := range history {
			if deed.Act == rule.After && deed.Actor == actor.ID {
				return rule, true
			}
		}
	}
	return Separation{}, false
}
