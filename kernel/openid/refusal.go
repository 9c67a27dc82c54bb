package openid

import (
	"errors"
	"fmt"

	"golang.org/x/oauth2"
)

// Kind is why a sign-in at a provider came to nothing, as far as it matters to the person.
type Kind string

// The kinds of refusals.
const (
	Lapsed      Kind = "lapsed"      // no question of ours, an answered one, or too late: begin again
	Cancelled   Kind = "cancelled"   // the person turned back there
	Denied      Kind = "denied"      // the provider refused, or does not know this house
	Unreachable Kind = "unreachable" // it does not answer, or says what cannot be read
	Untrue      Kind = "untrue"      // what it said is not to be believed: somebody tries something, or its keys are wrong
	Stale       Kind = "stale"       // it did not ask the person anew
)

// Refusal is why somebody was not believed. Its words are for the log; they repeat nothing secret.
type Refusal struct {
	Kind  Kind
	Cause error
}

// Error implements error.
func (r *Refusal) Error() string { return "openid: " + string(r.Kind) + ": " + r.Cause.Error() }

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Cause }

// KindOf is the kind of a refusal; empty for another error.
func KindOf(err error) Kind {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Kind
	}
	return ""
}

func refuse(k Kind, format string, args ...any) error {
	return &Refusal{k, fmt.Errorf(format, args...)}
}

// exchanged says why no token was given for a code. The provider's own text is left out: it may repeat the code.
func exchanged(err error) error {
	var answer *oauth2.RetrieveError
	if !errors.As(err, &answer) {
		return refuse(Unreachable, "token: %w", err)
	}
	switch answer.ErrorCode {
	case "invalid_grant":
		return refuse(Lapsed, "token: the code does not count")
	case "":
		return refuse(Unreachable, "token: %d", answer.Response.StatusCode)
	}
	return refuse(Denied, "token: %.60q", answer.ErrorCode)
}
