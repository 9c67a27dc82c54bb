package web_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/kerneltest"
)

// slow is a form that takes its time: what happens while it is on its way happens at its first byte.
type slow struct {
	io.Reader
	meanwhile func()
}

func (s *slow) Read(b []byte) (int, error) {
	if s.meanwhile != nil {
		s.meanwhile()
		s.meanwhile = nil
	}
	return s.Reader.Read(b)
}

// The clerk's right is withdrawn while his form is on its way: he passed the door with it, and is refused nevertheless. The broken twin
// is the same form with nothing withdrawn, and with no time gone by, where what was known at the door still holds.
func TestRightWithdrawnWhileAFormIsOnItsWayTakesEffect(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		clerk := kerneltest.Clerk("c1", perm)
		start := time.Now()
		send := func(once string, took time.Duration, meanwhile func()) *kerneltest.Answer {
			kt.Site().SetWall(start)
			kt.Get("/shop/work", clerk).Is(200)
			r := kerneltest.Form("/shop/work", nil)
			r.Body = io.NopCloser(&slow{strings.NewReader("_once=" + once), func() { meanwhile(); kt.Site().SetWall(start.Add(took)) }})
			r.ContentLength = -1
			return kt.Ask(r, clerk)
		}
		send("form-0000001", 3*time.Second, func() {}).Is(http.StatusSeeOther)
		send("form-0000002", 3*time.Second, func() { kt.Get("/shop", kerneltest.Clerk("c1")) }).Is(http.StatusForbidden)
		send("form-0000003", 3*time.Second, func() { kt.Get("/shop", authz.Actor{Kind: authz.Staff, ID: "c1", Name: "经办c1"}) }).Is(http.StatusForbidden)
		if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE action = 'shop.work'`); n != 1 {
			t.Errorf("%d acts, one was allowed", n)
		}
	})
}
