package web

import (
	"regexp"
	"slices"
	"strings"

	"tongban/kernel/authz"
)

// Object says what a variable in an address names and to whom such a thing belongs: the {no} of /w/cases/{no} is a 办件 of a unit and of
// its applicant. Every variable of every route has one, declared by the module that keeps the thing. By it the battery asks each route
// for things of other units and of other people; a route whose variable nobody explains does not pass it.
type Object struct {
	Title string
	At    []string // addresses up to and including the variable; longer addresses inherit it
	Reach Reach
	Words []string // of a Word: some that the address knows

	// Owners, of a Kept thing, is SQL for rows of (id, unit, region, party, account), one row for each that the thing belongs to.
	Owners string
	// Sees is the permission by which staff see the thing where the route itself asks for no more than a login.
	Sees authz.Permission
	// Gate is where those are sent who must first prove that a thing is theirs, such as /t for receipts. Failed proofs may be counted.
	Gate string
}

// Reach says who may reach a thing by its address.
type Reach string

const (
	Open   Reach = "open"   // published: anybody
	Word   Reach = "word"   // no thing at all, a word such as the step of a form
	Bearer Reach = "bearer" // whoever holds the secret in the address
	Kept   Reach = "kept"   // only those to whom it belongs
	Whole  Reach = "whole"  // the whole county's: the right that the route asks for decides alone
)

// OpenObject is a published thing.
func OpenObject(title string, at ...string) Object { return Object{Title: title, Reach: Open, At: at} }

// WordObject is a variable that names no thing.
func WordObject(title string, words []string, at ...string) Object {
	return Object{Title: title, Reach: Word, Words: words, At: at}
}

// BearerObject is a thing that whoever holds the secret in its address may use.
func BearerObject(title string, at ...string) Object {
	return Object{Title: title, Reach: Bearer, At: at}
}

// WholeObject is a thing of the whole county, such as a message that was not sent.
func WholeObject(title string, at ...string) Object {
	return Object{Title: title, Reach: Whole, At: at}
}

// KeptObject is a thing that belongs to somebody, as the rows of owners say.
func KeptObject(title, owners string, sees authz.Permission, at ...string) Object {
	return Object{Title: title, Reach: Kept, Owners: owners, Sees: sees, At: at}
}

// WithGate names the page where a stranger is asked to prove that the thing is his.
func (o Object) WithGate(address string) Object { o.Gate = address; return o }

var variable = regexp.MustCompile(`\{[a-zA-Z][a-zA-Z0-9_]*(\.\.\.)?\}`)

// Variables are the addresses of the route up to and including each of its variables.
func (r Route) Variables() []string {
	var out []string
	for _, at := range variable.FindAllStringIndex(r.Path, -1) {
		out = append(out, r.Path[:at[1]])
	}
	return out
}

// Fill is the route's address with its variables replaced in order; where values run out, by what does not exist.
func (r Route) Fill(values ...string) string {
	path := variable.ReplaceAllStringFunc(r.Path, func(string) string {
		if len(values) == 0 {
			return "nothing-here"
		}
		v := values[0]
		values = values[1:]
		return v
	})
	return strings.ReplaceAll(path, "{$}", "")
}

// ObjectAt is what the variable at the end of the address names.
func ObjectAt(objects []Object, address string) (Object, bool) {
	for _, o := range objects {
		if slices.Contains(o.At, address) {
			return o, true
		}
	}
	return Object{}, false
}
