// Package problem holds the errors a person may meet: each has a [Kind], which
// decides the page and the HTTP status in one place, a Chinese sentence that
// says what is wrong, and, where there is one, the way out.
//
// An error that is not a *[Error] is an internal one: its text goes to the log
// and never to a page ([MessageFor]).
package problem

import (
	"fmt"
	"strings"
	"time"
)

// Kind says what sort of thing went wrong, as far as the person asking is
// concerned. The zero Kind is [KindInternal], so a forgotten kind never leaks.
type Kind int

// The kinds, each with the HTTP status it is answered with.
const (
	// KindInternal is our own fault; its text stays in the log (500).
	KindInternal Kind = iota
	// KindInvalid means what was sent cannot be used as it is: 422 when form
	// fields are named, so the form is shown again, else 400.
	KindInvalid
	// KindUnauthenticated means nobody is logged in, or the login failed (401).
	KindUnauthenticated
	// KindForbidden means this person may not do this (403).
	KindForbidden
	// KindNotFound means there is no such thing, or none this person may know of (404).
	KindNotFound
	// KindConflict means the thing's present state does not allow it (409).
	KindConflict
	// KindStale means the thing changed since the caller read it (412).
	KindStale
	// KindUnmatched means the caller did not say which version he has read (428).
	KindUnmatched
	// KindGone means the thing was there and was withdrawn on purpose (410).
	KindGone
	// KindTooLarge means the file or request is above the limit (413).
	KindTooLarge
	// KindTooMany means this caller asks too often (429, with RetryAfter).
	KindTooMany
	// KindBusy means we cannot serve this now, though the request is fine (503, with RetryAfter).
	KindBusy
)

// String returns a stable lower-case name, used in logs, metrics and the JSON API.
func (k Kind) String() string {
	switch k {
	case KindInvalid:
		return "invalid"
	case KindUnauthenticated:
		return "unauthenticated"
	case KindForbidden:
		return "forbidden"
	case KindNotFound:
		return "not-found"
	case KindConflict:
		return "conflict"
	case KindStale:
		return "stale"
	case KindUnmatched:
		return "if-match-required"
	case KindGone:
		return "gone"
	case KindTooLarge:
		return "too-large"
	case KindTooMany:
		return "too-many"
	case KindBusy:
		return "busy"
	default:
		return "internal"
	}
}

// Field is the complaint about one field of a form.
type Field struct {
	// Name is the name of the form field as it was sent.
	Name string
	// Message says in Chinese what is wrong with it and how to mend it.
	Message string
}

// Error is an error meant for a person.
type Error struct {
	// Kind decides page and status.
	Kind Kind
	// Message is one Chinese sentence for the person: the thing and the rule.
	Message string
	// Fields are the form fields complained of, in the order they were named.
	Fields []Field
	// Next says what to do now; empty when Message already does.
	Next string
	// RetryAfter is how long to wait before asking again; only for [KindTooMany]
	// and [KindBusy], zero when not known.
	RetryAfter time.Duration
	// Code tells machines more than the kind does; empty means the kind says it all.
	Code string

	cause error
}

// Error returns the text for the log: kind, message, fields and the chain of
// causes. It is not the text for the person; that is [MessageFor].
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.String())
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	for _, f := range e.Fields {
		b.WriteString("; " + f.Name + ": " + f.Message)
	}
	if e.cause != nil {
		b.WriteString(": " + e.cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause given to [Error.Wrap], nil if none.
func (e *Error) Unwrap() error { return e.cause }

// Wrap returns a copy of e with err as its cause, for the log and errors.Is.
// The receiver is not changed, so an Error may be declared once and reused.
func (e *Error) Wrap(err error) *Error {
	c := e.clone()
	c.cause = err
	return c
}

// On returns a copy of e that also complains about the named form field.
func (e *Error) On(field, message string) *Error {
	c := e.clone()
	c.Fields = append(c.Fields, Field{Name: field, Message: message})
	return c
}

// WithNext returns a copy of e that tells the person what to do now.
func (e *Error) WithNext(format string, args ...any) *Error {
	c := e.clone()
	c.Next = sentence(format, args)
	return c
}

// After returns a copy of e that tells the caller to wait d before asking again.
func (e *Error) After(d time.Duration) *Error {
	c := e.clone()
	c.RetryAfter = d
	return c
}

// Coded returns a copy of e with a code of its own for machines. A code once given never changes its meaning.
func (e *Error) Coded(code string) *Error {
	c := e.clone()
	c.Code = code
	return c
}

// Is reports whether target is an *Error of the same kind that says nothing
// more, so errors.Is(err, &problem.Error{Kind: problem.KindNotFound}) asks for a
// kind. For anything else identity decides.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	if !ok {
		return false
	}
	if t == e {
		return true
	}
	bare := t.Message == "" && t.Next == "" && len(t.Fields) == 0 && t.cause == nil && t.RetryAfter == 0
	return bare && t.Kind == e.Kind
}

func (e *Error) clone() *Error {
	c := *e
	// A fresh slice: two errors grown from one must not share its room.
	c.Fields = append([]Field(nil), e.Fields...)
	return &c
}

func sentence(format string, args []any) string {
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

func of(k Kind, format string, args []any) *Error {
	return &Error{Kind: k, Message: sentence(format, args)}
}
