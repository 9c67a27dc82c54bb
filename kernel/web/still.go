package web

import (
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/problem"
)

// fresh is how long the rights found at the door hold. A request may take far longer: a slow upload, a batch of a hundred cases.
const fresh = 250 * time.Millisecond

// Still makes sure that who asks may still ask, before an act that comes long after the door was passed: a right withdrawn, an account
// dismissed, a program suspended meanwhile takes effect now and not with the next request. Act asks by itself; a batch asks before each
// of its acts.
func (r *Request) Still() error {
	now := r.site.wall()
	if r.route.Handle == nil || now.Sub(r.known) < fresh || r.Actor.ID != r.asked {
		return nil // not through a route, just known, or acting in another's name, which the handler vouches for
	}
	actor, err := r.site.caller(r.route, r.Request)
	if problem.KindOf(err) == problem.KindTooMany && err != nil {
		return nil // a program's rate was judged at the door
	}
	if err != nil {
		return err
	}
	if actor.ID != r.asked {
		actor = authz.Actor{Kind: authz.Guest} // signed out, dismissed, suspended
	}
	r.Actor, r.known = through(actor, originIn(r.Ctx)), now
	if r.asked != "" && actor.ID == "" {
		return problem.Unauthenticated("您的登录已经失效，这一步没有办").WithNext("请重新登录；如果账户被停用，请联系本单位管理员。")
	}
	return r.site.admit(r.route, r)
}
