package web

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"tongban/ui"
)

// Term is how long a session may last: left alone, and in all. Zero means the usual.
type Term struct{ Idle, Longest time.Duration }

// usualTerm is for those of whom no policy speaks.
var usualTerm = Term{Idle: 30 * time.Minute, Longest: 12 * time.Hour}

// SignIn starts a session for the account under a new token (no session fixation), for the term.
func (r *Request) SignIn(account string, term Term) error {
	s := r.site.sessions
	if err := s.RenewToken(r.Ctx); err != nil {
		return err
	}
	idle := cmp.Or(term.Idle, usualTerm.Idle)
	if most := r.site.options.Idle; most > 0 {
		idle = min(idle, most)
	}
	now := r.site.wall()
	s.Remove(r.Ctx, "ended")
	s.Put(r.Ctx, "account", account)
	s.Put(r.Ctx, "idle", int64(idle/time.Second))
	s.Put(r.Ctx, "until", now.Add(cmp.Or(term.Longest, usualTerm.Longest)).Unix())
	s.Put(r.Ctx, "seen", now.Unix())
	s.Put(r.Ctx, "since", now.Unix())
	s.Put(r.Ctx, "from", r.Visitor())
	s.Put(r.Ctx, "agent", r.UserAgent()[:min(len(r.UserAgent()), mostAgent)])
	return nil
}

// Resume goes on with the session under a new token and another name of the same account, as after a change of it that ended all its
// sessions. Its term runs on.
func (r *Request) Resume(account string) error {
	if err := r.site.sessions.RenewToken(r.Ctx); err != nil {
		return err
	}
	r.site.sessions.Put(r.Ctx, "account", account)
	return nil
}

// Wall is the machine's own time, for what must not follow a clock that a demo county moves: one-time passwords, sessions.
func (r *Request) Wall() time.Time { return r.site.wall() }

// Ended is the time of day at which the visitor's login ran out; empty when none did, or he has signed in since.
func (r *Request) Ended() string { return r.site.sessions.GetString(r.Ctx, "ended") }

// inTerm reports whether the session may go on; one that may not is ended. That somebody was there is noted only now and then, so that
// reading a page does not write a session; what a page asks for by itself is no use of it.
func (s *Site) inTerm(r *http.Request) bool {
	ctx, now := r.Context(), s.wall()
	if end := s.lasts(ctx); !now.Before(end) {
		s.expire(ctx, end)
		return false
	}
	if now.Unix()-s.sessions.GetInt64(ctx, "seen") > s.sessions.GetInt64(ctx, "idle")/20 && r.Header.Get("X-TB-Live") == "" {
		s.sessions.Put(ctx, "seen", now.Unix())
	}
	return true
}

// lasts is until when the session may go on if it is left alone from now on.
func (s *Site) lasts(ctx context.Context) time.Time {
	return time.Unix(min(s.sessions.GetInt64(ctx, "until"), s.sessions.GetInt64(ctx, "seen")+s.sessions.GetInt64(ctx, "idle")), 0)
}

// expire takes everything out of the session but how the reader wants to see the pages: whoever sits down at the same screen next
// finds nothing of him.
func (s *Site) expire(ctx context.Context, at time.Time) {
	kept := map[string]string{"ended": at.In(Beijing).Format("15:04")}
	for _, name := range []string{"mode", "theme"} {
		kept[name] = s.sessions.GetString(ctx, name)
	}
	_ = s.sessions.Clear(ctx) // only a canceled request can fail here
	for name, value := range kept {
		if value != "" {
			s.sessions.Put(ctx, name, value)
		}
	}
}

// lasting tells the page until when the login lasts.
func (r *Request) lasting(p *ui.Page) {
	end := r.site.lasts(r.Ctx)
	if seconds := int(end.Sub(r.site.wall()).Round(time.Second).Seconds()); seconds > 0 {
		p.Session = ui.Session{Seconds: seconds, Until: end.In(Beijing).Format("15:04"), ExtendURL: "/login/stay"}
	}
}
