package web_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tongban/kernel/kerneltest"
	"tongban/kernel/web"
)

// sitting is a browser in which somebody is signed in.
func sitting(kt *kerneltest.Kit, agent string) *kerneltest.Visitor {
	v := kt.Visitor()
	r := kerneltest.Form("/shop/sign-in", nil)
	r.Header.Set("User-Agent", agent)
	v.Ask(r).Is(303)
	return v
}

func sittings(t *testing.T, v *kerneltest.Visitor) (list []web.Sitting) {
	t.Helper()
	if err := json.Unmarshal([]byte(v.Get("/shop/sittings").Is(200).Body), &list); err != nil {
		t.Fatal(err)
	}
	return list
}

func end(kt *kerneltest.Kit, v *kerneltest.Visitor, id string) *kerneltest.Answer {
	return v.Ask(kerneltest.Form("/shop/sittings", url.Values{"_once": {kt.DB.NewID()}, "session": {id}}))
}

func TestSomebodySeesHisLoginsAndEndsThem(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		kt.Get("/shop/work", kerneltest.Clerk("c1", perm)).Is(200) // signed in once more, by the back door
		phone := sitting(kt, "Mozilla/5.0 (Linux; Android 12) Chrome/99 MicroMessenger/8.0")
		desk := sitting(kt, "Mozilla/5.0 (Windows NT 10.0) Chrome/78.0")
		list := sittings(t, desk)
		if len(list) != 3 {
			t.Fatalf("%d logins: %+v", len(list), list)
		}
		words := ""
		for _, s := range list {
			words += s.Agent + ";"
			if s.From == "" || s.Since.IsZero() || s.Here != strings.Contains(s.Agent, "Windows") {
				t.Errorf("%+v", s)
			}
		}
		if !strings.Contains(words, "微信，安卓") || !strings.Contains(words, "Chrome 或国产浏览器，Windows") {
			t.Error(words)
		}
		here := sittings(t, phone)
		mine := ""
		for _, s := range here {
			if s.Here {
				mine = s.ID
			}
		}
		stranger := kt.Visitor()
		stranger.SignIn(kerneltest.Clerk("c2", perm))
		end(kt, stranger, mine).Is(404)
		end(kt, stranger, "' OR '1'='1").Is(404)
		if len(sittings(t, stranger)) != 1 {
			t.Error("somebody sees other people's logins")
		}
		phone.Get("/shop/work").Is(200)
		kt.Site().SetWall(time.Now().Add(11 * time.Minute))
		end(kt, desk, mine).Is(403) // a screen left alone
		kt.Site().SetWall(time.Now())
		phone.Get("/shop/work").Is(200)
		end(kt, desk, mine).Is(303)
		end(kt, desk, mine).Is(404)
		if to := phone.Get("/shop/work").Goes(); !strings.HasPrefix(to, "/login") {
			t.Errorf("the ended login opens %s", to)
		}
		end(kt, desk, "").Is(303)
		if list := sittings(t, desk); len(list) != 1 || !list[0].Here {
			t.Errorf("of all others ended, these are left: %+v", list)
		}
		stranger.Get("/shop/work").Is(200)
	})
}

// A request that was under way when its login was ended writes the session when it is done. That must not bring it back.
func TestARequestUnderWayDoesNotBringAnEndedLoginBack(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, s *shop) {
		kt.Get("/shop/work", kerneltest.Clerk("c1", perm)).Is(200)
		phone, desk := sitting(kt, "Android"), sitting(kt, "Windows")
		s.hold, s.goOn = make(chan struct{}), make(chan struct{})
		done := make(chan *kerneltest.Answer)
		go func() { done <- phone.Ask(httptest.NewRequest("GET", "/shop/note", nil)) }()
		<-s.hold
		end(kt, desk, "").Is(303)
		close(s.goOn)
		<-done
		if to := phone.Get("/shop/work").Goes(); !strings.HasPrefix(to, "/login") {
			t.Errorf("the ended login came back and opens %s", to)
		}
	})
}

// A login from before accounts were noted would be missed when its owner ends all others.
func TestALoginOfWhichNobodyKnowsWhoseItIsEnds(t *testing.T) {
	boot(t, func(t *testing.T, kt *kerneltest.Kit, _ *shop) {
		kt.Get("/shop/work", kerneltest.Clerk("c1", perm)).Is(200)
		old := sitting(kt, "Android")
		old.Get("/shop/work").Is(200)
		kt.Tamper(`UPDATE web_session SET account = ''`)
		if to := old.Get("/shop/work").Goes(); !strings.HasPrefix(to, "/login") {
			t.Errorf("a login nobody can end opens %s", to)
		}
	})
}
