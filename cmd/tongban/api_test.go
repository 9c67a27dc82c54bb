package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongban/base/client"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/web"
)

// program is a program of the approval bureau that calls the API of a county under test.
type program struct {
	kt         *kerneltest.Kit
	t          *testing.T
	id, secret string
	token      string
}

func enrol(t *testing.T, kt *kerneltest.Kit, name string, permissions ...string) program {
	t.Helper()
	return enrolAt(t, kt, "approval-bureau", name, permissions...)
}

func enrolAt(t *testing.T, kt *kerneltest.Kit, unit, name string, permissions ...string) program {
	t.Helper()
	a := kt.Post("/admin/clients/new", url.Values{"name": {name}, "unit": {unit}, "contact": {"数据股"}, "permissions": permissions, "per_minute": {"6000"}, "per_day": {"9000"}},
		kerneltest.Clerk("admin", client.PermManage)).Is(200)
	id, secret := regexp.MustCompile(`app-[0-9a-z]{26}`).FindString(a.Body), regexp.MustCompile(`tbs_[A-Za-z0-9_-]{40,}`).FindString(a.Body)
	p := program{kt: kt, t: t, id: id, secret: secret}
	p.renew()
	return p
}

// renew gets a new token.
func (p *program) renew() {
	p.t.Helper()
	r := kerneltest.Form(web.TokenPath, url.Values{"grant_type": {"client_credentials"}})
	r.SetBasicAuth(p.id, p.secret)
	var said client.Token
	if err := json.Unmarshal([]byte(p.kt.Ask(r, kerneltest.Nobody).Is(200).Body), &said); err != nil {
		p.t.Fatal(err)
	}
	p.token = said.AccessToken
}

// call sends a body and reads the answer into out. A status other than the wanted one ends the test.
func (p program) call(method, path string, body, out any, status int, headers ...string) *kerneltest.Answer {
	p.t.Helper()
	var r *http.Request
	if raw, ok := body.([]byte); ok {
		r = httptest.NewRequest(method, path, bytes.NewReader(raw))
		r.Header.Set("Content-Type", "application/octet-stream")
		r.Header.Set("Idempotency-Key", p.kt.DB.NewID())
	} else if body != nil {
		r = kerneltest.JSON(method, path, body, p.kt.DB.NewID())
	} else {
		r = httptest.NewRequest(method, path, nil)
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a := p.kt.Ask(r, kerneltest.Nobody)
	if a.Status != status {
		p.t.Fatalf("%s %s: %d, want %d: %s", method, path, a.Status, status, a.Body)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(a.Body), out); err != nil {
			p.t.Fatal(err)
		}
	}
	return a
}

type (
	guided struct {
		Decided   bool
		Questions []struct {
			Code, Kind string
			Options    []struct{ Code string }
		}
	}
	drafted struct {
		ID, State string
		Version   int64
		Fields    []struct {
			Code, Kind      string
			Asked, Optional bool
			Options         []struct{ Code string }
		}
		Materials []struct {
			Type, Necessity, Waived string
		}
		Missing []struct{ Code, Message string }
		Ready   bool
	}
	received struct {
		Number string
		Parts  []struct{ Case, State string }
	}
	handled struct {
		Number, State, Stage string
		Version              int64
		Points               []string
		Notices              []struct{ ID, Number string }
	}
)

// plausible values by kind of field.
var typed = map[string]string{"text": "测试", "long_text": "测试", "name": "李小满", "citizen_number": "431199199003070012", "credit_code": "11431199MB0010372D", "phone": "13900000002",
	"day": "2026-11-20", "money": "100", "area": "50", "count": "2", "yes_no": "no", "region": "431199001", "address": "431199001|解放路1号"}

// begun is a draft for a restaurant's licence, with the guide's questions answered and nothing filled in.
func (p program) begun() (d drafted) {
	p.t.Helper()
	things, answers := []string{"item:food-operation-licence"}, map[string]any{}
	var g guided
	for range 30 {
		p.call("POST", "/api/v1/guide", map[string]any{"things": things, "answers": answers}, &g, 200)
		if g.Decided {
			break
		}
		switch q := g.Questions[0]; q.Kind {
		case "bool":
			answers[q.Code] = false
		case "number":
			answers[q.Code] = 50
		default:
			answers[q.Code] = q.Options[0].Code
		}
	}
	if !g.Decided {
		p.t.Fatalf("the guide never ends: %v", answers)
	}
	p.call("POST", "/api/v1/drafts", map[string]any{"things": things, "answers": answers,
		"applicant": map[string]any{"kind": "person", "name": "李小满", "number": citizen("43119919900307001"), "phone": "13900000002"}}, &d, 201)
	return d
}

// draft is the address of a draft that can be submitted.
func (p program) draft() string {
	p.t.Helper()
	d := p.begun()
	values := map[string]string{}
	for _, f := range d.Fields {
		switch {
		case !f.Asked || f.Optional:
		case len(f.Options) > 0:
			values[f.Code] = f.Options[0].Code
		case f.Kind == "citizen_number":
			values[f.Code] = citizen("43119919900307001")
		default:
			values[f.Code] = typed[f.Kind]
		}
	}
	draft := "/api/v1/drafts/" + d.ID
	p.call("PUT", draft+"/fields", map[string]any{"values": values}, &d, 200, "If-Match", web.ETag(d.Version))
	for _, n := range d.Materials {
		if n.Waived == "" && n.Necessity != "optional" {
			p.call("POST", draft+"/materials/"+n.Type+"?name="+url.QueryEscape("照片.png"), picture(p.t), &d, 201)
		}
	}
	if !d.Ready {
		p.t.Fatalf("still missing: %+v", d.Missing)
	}
	return draft
}

// submits hands a draft in and gives the number of its case.
func (p program) submits() string {
	p.t.Helper()
	var s received
	p.call("POST", p.draft()+"/submit", map[string]any{"way": "window", "declared": true}, &s, 201)
	return s.Parts[0].Case
}

func TestAWholeMatterGoesThroughTheAPI(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, _ := house(t, engine)
			front := enrol(t, kt, "乡镇平台", "bundle.intake", "casework.accept")
			examiner := enrol(t, kt, "审查系统", "casework.assess")
			decider := enrol(t, kt, "决定系统", "casework.decide")

			draft := front.draft()
			front.call("PUT", draft+"/fields", map[string]any{"values": map[string]string{"no_such_field": "x"}}, nil, 422)
			front.call("PUT", draft+"/fields", map[string]any{"values": map[string]string{"business_name": "改名"}}, nil, 412, "If-Match", web.ETag(1))
			bare := front.begun()
			front.call("POST", "/api/v1/drafts/"+bare.ID+"/submit", map[string]any{"way": "window", "declared": true}, nil, 422)
			examiner.call("GET", draft, nil, nil, 404) // another program's draft
			submit := kerneltest.JSON("POST", draft+"/submit", map[string]any{"way": "window", "declared": true}, "the-same-submission")
			submit.Header.Set("Authorization", "Bearer "+front.token)
			first := kt.Ask(submit, kerneltest.Nobody).Is(201)
			again := kerneltest.JSON("POST", draft+"/submit", map[string]any{"way": "window", "declared": true}, "the-same-submission")
			again.Header.Set("Authorization", "Bearer "+front.token)
			if second := kt.Ask(again, kerneltest.Nobody).Is(201); second.Body != first.Body {
				t.Errorf("the same key was answered otherwise: %s, then %s", first.Body, second.Body)
			}
			front.call("POST", draft+"/submit", map[string]any{"way": "window", "declared": true}, nil, 409)
			var s received
			if err := json.Unmarshal([]byte(first.Body), &s); err != nil || len(s.Parts) != 1 {
				t.Fatalf("%v %s", err, first.Body)
			}
			front.call("GET", "/api/v1/submissions/"+s.Number, nil, &s, 200)
			decider.call("GET", "/api/v1/submissions/"+s.Number, nil, nil, 404)

			var list []handled
			front.call("GET", "/api/v1/cases?stage=receive&limit=1", nil, &list, 200)
			if len(list) != 1 || list[0].Number != s.Parts[0].Case {
				t.Fatalf("the list shows %+v", list)
			}
			at := "/api/v1/cases/" + s.Parts[0].Case
			var c handled
			read := front.call("GET", at, nil, &c, 200).Header.Get("ETag")
			examiner.call("POST", at+"/accept", map[string]any{}, nil, 403)
			front.call("POST", at+"/accept", map[string]any{}, &c, 200, "If-Match", read)
			if c.State != "accepted" || len(c.Notices) != 1 {
				t.Fatalf("after accepting: %+v", c)
			}
			beside(t, kt, at, c.Notices[0].ID, front, examiner, decider)
			read = front.call("GET", at, nil, &c, 200).Header.Get("ETag")
			front.call("POST", at+"/mark", map[string]any{"urgent": true, "green_channel": false, "contested": false}, nil, 403)
			decider.call("POST", at+"/mark", map[string]any{"urgent": true, "green_channel": false, "contested": false}, &c, 200, "If-Match", read)
			decider.call("POST", at+"/decide", map[string]any{"granted": true}, nil, 428)
			decider.call("POST", at+"/decide", map[string]any{"granted": true}, nil, 412, "If-Match", read)
			decider.call("POST", at+"/decide", map[string]any{"granted": true}, nil, 409, "If-Match", web.ETag(c.Version)) // nobody has examined it
			var points []map[string]any
			for n := range c.Points {
				points = append(points, map[string]any{"point": n, "passed": true})
			}
			examiner.call("POST", at+"/assess", map[string]any{"points": points, "grant": true, "text": "符合条件"}, &c, 200)
			decider.call("POST", at+"/decide", map[string]any{"granted": true}, &c, 200, "If-Match", web.ETag(c.Version))
			if c.State != "granted" {
				t.Fatalf("after the decision: %+v", c)
			}
			front.call("POST", at+"/withdraw", map[string]any{"reason": "不办了"}, nil, 409)
			enrolAt(t, kt, "human-resources", "别的局", "casework.read").call("POST", at+"/withdraw", map[string]any{"reason": "不办了"}, nil, 404)
			if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE actor_kind = 'client' AND action IN ('bundle.begin', 'bundle.submit', 'casework.accept', 'casework.assess', 'casework.decide')`); n < 5 {
				t.Errorf("%d entries of programs in the audit log", n)
			}
			kt.Settle()
		})
	}
}

// beside is what happens to a case beside its steps: its contents are read for a purpose, its papers fetched, another unit is asked.
func beside(t *testing.T, kt *kerneltest.Kit, at, paper string, front, examiner, decider program) {
	t.Helper()
	const number = "431199199003070012"
	var masked, full struct {
		Full      bool
		Values    []struct{ Element, Value, Text string }
		Materials []struct{ ID, File, State string }
	}
	if a := examiner.call("GET", at+"/contents", nil, &masked, 200); masked.Full || len(masked.Values) == 0 || strings.Contains(a.Body, number) {
		t.Errorf("without a purpose: %s", a.Body)
	}
	examiner.call("POST", at+"/reading", map[string]any{"purpose": " x "}, nil, 422)
	const readings = `SELECT count(*) FROM audit_entry WHERE action = 'casework.reveal' AND actor_kind = 'client' AND CAST(detail AS text) LIKE '%核对证件号码%'`
	if n := kt.Count(readings); n != 0 {
		t.Errorf("%d readings on record, and none was", n)
	}
	if a := examiner.call("POST", at+"/reading", map[string]any{"purpose": "核对证件号码"}, &full, 200); !full.Full || !strings.Contains(a.Body, number) {
		t.Errorf("for a purpose: %s", a.Body)
	}
	for _, m := range full.Materials {
		if m.File == "" {
			continue
		}
		a := examiner.call("POST", at+"/materials/"+m.ID+"/reading", map[string]any{"purpose": "核对证件号码"}, nil, 200)
		if !strings.HasPrefix(a.Body, "\x89PNG") || !strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the file is answered as %v", a.Header)
		}
		if n := kt.Count(readings); n != 2 {
			t.Errorf("%d readings on record", n)
		}
		break
	}
	examiner.call("POST", at+"/materials/nothing-here/reading", map[string]any{"purpose": "核对证件号码"}, nil, 404)
	if a := front.call("GET", "/api/v1/papers/"+paper, nil, nil, 200); !strings.HasPrefix(a.Body, "%PDF") {
		t.Error("the paper is no PDF")
	}
	stranger := enrolAt(t, kt, "human-resources", "被征求的局", "opinion.give", "casework.read")
	stranger.call("GET", at+"/contents", nil, nil, 404)
	stranger.call("GET", "/api/v1/papers/"+paper, nil, nil, 404)
	var o struct{ ID, Conclusion, Unit string }
	decider.call("POST", at+"/opinions", map[string]any{"unit": "human-resources", "question": "是否符合条件", "days": 3}, nil, 403)
	examiner.call("POST", at+"/opinions", map[string]any{"unit": "no-such-unit", "question": "是否符合条件", "days": 3}, nil, 422)
	examiner.call("POST", at+"/opinions", map[string]any{"unit": "human-resources", "question": "是否符合条件", "days": 3}, &o, 201)
	examiner.call("POST", "/api/v1/opinions/"+o.ID+"/answer", map[string]any{"conclusion": "agree"}, nil, 403)
	stranger.call("POST", "/api/v1/opinions/"+o.ID+"/answer", map[string]any{"conclusion": "disagree"}, nil, 422)
	stranger.call("POST", "/api/v1/opinions/"+o.ID+"/answer", map[string]any{"conclusion": "agree"}, &o, 200)
	if o.Conclusion != "agree" {
		t.Errorf("%+v", o)
	}
	stranger.call("POST", "/api/v1/opinions/"+o.ID+"/answer", map[string]any{"conclusion": "agree"}, nil, 409)
	var all []struct{ ID string }
	if examiner.call("GET", at+"/opinions", nil, &all, 200); len(all) != 1 {
		t.Errorf("%+v", all)
	}
}

// citizen completes a citizen number with its check character (GB 11643).
func citizen(body string) string {
	weights := [...]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(body[i]-'0')
	}
	return body + string("10X98765432"[sum%11])
}
