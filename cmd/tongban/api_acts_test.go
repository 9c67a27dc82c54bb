package main

import (
	"bytes"
	"image"
	"image/png"
	"net/url"
	"strings"
	"testing"

	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/web"
)

// cast are the programs of a county under test: each may do its part, and the stranger is another unit's with every right.
type cast struct {
	kt                                         *kerneltest.Kit
	front, examiner, decider, outlet, stranger program
}

func casting(t *testing.T, engine db.Engine) cast {
	t.Helper()
	kt, _ := house(t, engine)
	return cast{kt, enrol(t, kt, "乡镇平台", "bundle.intake", "casework.accept", "casework.open"), enrol(t, kt, "审查系统", "casework.assess", "casework.suspend"),
		enrol(t, kt, "决定系统", "casework.decide", "casework.extend", "casework.assign", "casework.close"), enrol(t, kt, "出件系统", "delivery.hand"),
		enrolAt(t, kt, "human-resources", "别的局", "bundle.intake", "casework.accept", "casework.open", "casework.assess", "casework.suspend", "casework.decide", "casework.extend", "casework.assign", "casework.close", "delivery.hand")}
}

// does is one act as it must go: who lacks the right is refused for it, another unit finds nothing, who saw an older version is told,
// and a repetition under the same key gets the same answer and does nothing.
func (c cast) does(by, lacks program, path string, body, out any) {
	c.kt.T.Helper()
	lacks.call("POST", path, body, nil, 403)
	c.stranger.call("POST", path, body, nil, 404)
	by.call("POST", path, body, nil, 412, "If-Match", `"v99999"`)
	by.call("POST", path, body, nil, 400, "If-Match", "v1")
	by.call("POST", path, body, nil, 400, "Idempotency-Key", "short")
	key := c.kt.DB.NewID()
	first := by.call("POST", path, body, out, 200, "Idempotency-Key", key)
	again := by.call("POST", path, body, nil, 200, "Idempotency-Key", key)
	if first.Body != again.Body || again.Header.Get("Idempotency-Replayed") != "true" || first.Header.Get("ETag") == "" {
		c.kt.T.Errorf("%s: first %s, again %s", path, first.Body, again.Body)
	}
}

func onEngines(t *testing.T, f func(t *testing.T, c cast)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, casting(t, engine)) })
	}
}

func picture(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 30, 30))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// submitted hands a matter in; its number and the address of its case.
func (c cast) submitted() (submission, at string) {
	c.kt.T.Helper()
	var s received
	c.front.call("POST", c.front.draft()+"/submit", map[string]any{"way": "window", "declared": true}, &s, 201)
	return "/api/v1/submissions/" + s.Number, "/api/v1/cases/" + s.Parts[0].Case
}

// What is asked to be mended comes back to whoever handed the matter in, and goes off once all of it is there.
func TestAProgramMendsWhatWasAsked(t *testing.T) {
	onEngines(t, func(t *testing.T, c cast) {
		submission, at := c.submitted()
		var file struct{ Materials []struct{ Type string } }
		c.examiner.call("GET", at+"/contents", nil, &file, 200)
		given := file.Materials[0].Type
		ask := map[string]any{"defects": []map[string]any{{"kind": "material", "thing": given, "name": "这份材料", "what": "没有签字页", "how": "补传签字页"}}}
		var letter struct {
			Until string
			Asked []struct{ Thing string }
		}
		if c.front.call("GET", submission+"/correction", nil, &letter, 200); len(letter.Asked) != 0 {
			t.Errorf("asked before anything was: %+v", letter)
		}
		c.front.call("POST", submission+"/supplement", map[string]any{}, nil, 409)
		c.front.call("POST", at+"/correct", map[string]any{"defects": []any{}}, nil, 422)
		var k handled
		if c.does(c.front, c.examiner, at+"/correct", ask, &k); k.State != "correcting" {
			t.Fatalf("after asking: %+v", k)
		}
		c.front.call("POST", at+"/correct", ask, nil, 409)
		c.kt.Settle()
		if c.front.call("GET", submission+"/correction", nil, &letter, 200); len(letter.Asked) != 1 || letter.Asked[0].Thing != given || letter.Until == "" {
			t.Fatalf("the letter: %+v", letter)
		}
		c.examiner.call("GET", submission+"/correction", nil, nil, 404)
		c.stranger.call("POST", submission+"/supplement", map[string]any{}, nil, 404)
		c.front.call("POST", submission+"/supplement", map[string]any{}, nil, 422) // nothing was given yet
		c.front.call("POST", submission+"/correction/materials/no-such-material?name=a.png", picture(t), nil, 400)
		c.stranger.call("POST", submission+"/correction/materials/"+given+"?name=a.png", picture(t), nil, 404)
		c.front.call("POST", submission+"/correction/materials/"+given+"?name="+url.QueryEscape("签字页.png"), picture(t), nil, 201)
		c.front.call("DELETE", submission+"/correction/pieces/nothing-here", nil, nil, 400) // without a key nothing is changed
		c.front.call("DELETE", submission+"/correction/pieces/nothing-here", nil, nil, 404, "Idempotency-Key", c.kt.DB.NewID())
		c.front.call("POST", submission+"/supplement", map[string]any{"values": map[string]string{"no_such_field": "x"}}, nil, 422)
		c.front.call("POST", submission+"/supplement", map[string]any{}, nil, 200)
		c.front.call("POST", submission+"/supplement", map[string]any{}, nil, 409)
		c.front.call("GET", at, nil, &k, 200)
		if k.State != "received" {
			t.Errorf("after mending: %+v", k)
		}

		more := map[string]any{"defects": []map[string]any{{"kind": "other", "name": "签名", "what": "没有签名", "how": "到窗口补签"}}}
		c.front.call("POST", at+"/correct", more, nil, 409) // it was to be told the first time (一次告知)

		// Mended at a counter: the clerk's system says so. Not mended in time: ended, and not a day before.
		_, at = c.submitted()
		c.front.call("POST", at+"/correct", more, nil, 200)
		if c.does(c.front, c.examiner, at+"/supplement", map[string]any{}, &k); k.State != "received" {
			t.Errorf("after supplement: %+v", k)
		}
		_, at = c.submitted()
		c.front.call("POST", at+"/correct", more, nil, 200)
		c.front.call("POST", at+"/lapse", map[string]any{"reason": "联系不上"}, nil, 409)
		c.kt.Move(c.kt.Watch.Now().AddDate(0, 2, 0))
		c.kt.Settle()
		c.revive()
		c.front.call("POST", at+"/lapse", map[string]any{"reason": ""}, nil, 422)
		if c.does(c.front, c.examiner, at+"/lapse", map[string]any{"reason": "联系不上"}, &k); k.State != "lapsed" {
			t.Errorf("after lapsing: %+v", k)
		}
	})
}

func TestAProgramSendsAwayAndTakesBack(t *testing.T) {
	onEngines(t, func(t *testing.T, c cast) {
		_, at := c.submitted()
		c.front.call("POST", at+"/decline", map[string]any{"ground": "材料不齐", "reason": "x"}, nil, 422)
		var k handled
		if c.does(c.front, c.examiner, at+"/decline", map[string]any{"ground": "not_competent", "reason": "由城市管理局办理，请向该局申请"}, &k); k.State != "declined" {
			t.Errorf("after declining: %+v", k)
		}
		c.front.call("POST", at+"/decline", map[string]any{"ground": "not_competent", "reason": "由城市管理局办理"}, nil, 409)

		submission, at := c.submitted()
		var s received
		c.stranger.call("POST", submission+"/withdraw", map[string]any{}, nil, 404)
		c.examiner.call("POST", submission+"/withdraw", map[string]any{}, nil, 404)
		c.front.call("POST", submission+"/continue", map[string]any{"items": []string{}}, nil, 422)
		c.front.call("POST", submission+"/continue", map[string]any{"items": []string{"food-operation-licence"}}, nil, 409)
		c.front.call("POST", submission+"/partly", map[string]any{}, nil, 409)
		c.front.call("POST", submission+"/later/lease-contract?name=a.png", picture(t), nil, 409)
		for _, act := range []string{"continue", "partly"} {
			c.stranger.call("POST", submission+"/"+act, map[string]any{"items": []string{"food-operation-licence"}}, nil, map[string]int{"continue": 404, "partly": 422}[act])
		}
		c.front.call("POST", submission+"/withdraw", map[string]any{"items": []string{"no-such-item"}}, nil, 409)
		if c.front.call("POST", submission+"/withdraw", map[string]any{"reason": "不办了"}, &s, 200); s.Parts[0].State != "withdrawn" {
			t.Errorf("after taking back: %+v", s)
		}
		if c.front.call("GET", at, nil, &k, 200); k.State != "withdrawn" {
			t.Errorf("the case: %+v", k)
		}
		c.front.call("POST", submission+"/withdraw", map[string]any{}, nil, 409)
	})
}

// accepted is a matter that was accepted, with its case.
func (c cast) accepted() (at string, k handled) {
	c.kt.T.Helper()
	_, at = c.submitted()
	c.does(c.front, c.examiner, at+"/accept", map[string]any{}, &k)
	return at, k
}

func (c cast) assesses(at string, k *handled) {
	c.kt.T.Helper()
	var points []map[string]any
	for n := range k.Points {
		points = append(points, map[string]any{"point": n, "passed": true})
	}
	c.does(c.examiner, c.front, at+"/assess", map[string]any{"points": points, "grant": true, "text": "符合条件"}, k)
}

func TestAProgramHoldsAndLengthensAndSendsBack(t *testing.T) {
	onEngines(t, func(t *testing.T, c cast) {
		at, k := c.accepted()
		c.decider.call("POST", at+"/extend", map[string]any{"days": 99, "reason": "x"}, nil, 422)
		c.decider.call("POST", at+"/extend", map[string]any{"days": 5}, nil, 422)
		c.does(c.decider, c.examiner, at+"/extend", map[string]any{"days": 5, "reason": "需要核实场地权属"}, &k)
		c.decider.call("POST", at+"/extend", map[string]any{"days": 6, "reason": "再延长"}, nil, 409) // ten days in all

		c.examiner.call("POST", at+"/suspend", map[string]any{"procedure": "waiting", "days": 5, "reason": "等一等"}, nil, 422)
		if c.does(c.examiner, c.front, at+"/suspend", map[string]any{"procedure": "inspection", "days": 10, "reason": "现场检验消防设施"}, &k); k.State != "suspended" {
			t.Errorf("after suspending: %+v", k)
		}
		c.decider.call("POST", at+"/decide", map[string]any{"granted": true}, nil, 409, "If-Match", web.ETag(k.Version))
		if c.does(c.examiner, c.front, at+"/resume", map[string]any{"note": "检验合格"}, &k); k.State != "accepted" {
			t.Errorf("after resuming: %+v", k)
		}
		c.examiner.call("POST", at+"/resume", map[string]any{}, nil, 409)

		c.decider.call("POST", at+"/assign", map[string]any{"account": "no-such-account"}, nil, 422)
		c.front.call("POST", at+"/assign", map[string]any{"account": "assessor"}, nil, 403)
		c.decider.call("POST", at+"/assign", map[string]any{}, nil, 200)

		c.decider.call("POST", at+"/send-back", map[string]any{"reason": "还没有审查"}, nil, 409)
		c.assesses(at, &k)
		if c.does(c.decider, c.front, at+"/send-back", map[string]any{"reason": "场地面积没有核对"}, &k); k.Stage != "assess" {
			t.Errorf("after sending back: %+v", k)
		}
		c.assesses(at, &k)
		c.decider.call("POST", at+"/close", map[string]any{}, nil, 409)
		c.examiner.call("POST", at+"/decide", map[string]any{"granted": true}, nil, 403, "If-Match", web.ETag(k.Version))
		c.decider.call("POST", at+"/decide", map[string]any{"granted": false}, nil, 422, "If-Match", web.ETag(k.Version)) // no reasons
		c.decider.call("POST", at+"/decide", map[string]any{"granted": false, "reasons": "经营场所不符合规定"}, &k, 200, "If-Match", web.ETag(k.Version))
		if k.State != "refused" {
			t.Errorf("after refusing: %+v", k)
		}
		paper := "/api/v1/papers/" + k.Notices[len(k.Notices)-1].ID
		c.examiner.call("POST", paper+"/served", map[string]any{}, nil, 403)
		c.stranger.call("POST", paper+"/served", map[string]any{}, nil, 404)
		c.front.call("POST", "/api/v1/papers/nothing-here/served", map[string]any{}, nil, 404)
		c.front.call("POST", paper+"/served", map[string]any{"how": "挂号信"}, nil, 200)
		if a := c.front.call("GET", at, nil, nil, 200); !strings.Contains(a.Body, "已送达：挂号信") {
			t.Error("the case does not tell that its paper was served")
		}
		if c.does(c.decider, c.examiner, at+"/close", map[string]any{}, &k); k.State != "closed" {
			t.Errorf("after closing: %+v", k)
		}
	})
}

func TestAProgramPostsAParcelAndItArrives(t *testing.T) {
	onEngines(t, func(t *testing.T, c cast) {
		at, k := c.accepted()
		c.assesses(at, &k)
		c.decider.call("POST", at+"/decide", map[string]any{"granted": false, "reasons": "经营场所不符合规定"}, &k, 200, "If-Match", web.ETag(k.Version))
		c.kt.Settle()
		var parcels []struct {
			ID, State, Way string
			Version        int64
		}
		c.outlet.call("GET", "/api/v1/parcels?state=ready", nil, &parcels, 200)
		if len(parcels) != 1 {
			t.Fatalf("parcels: %+v", parcels)
		}
		p, parcel := parcels[0], "/api/v1/parcels/"+parcels[0].ID
		posting := map[string]any{"carrier": "邮政快递", "tracking": "EM431199000CN"}
		c.outlet.call("POST", parcel+"/post", posting, nil, 409) // the applicant wants to fetch it
		c.outlet.call("POST", parcel+"/way", map[string]any{"way": "pigeon"}, nil, 422)
		c.outlet.call("POST", parcel+"/way", map[string]any{"way": "post"}, nil, 422)
		c.front.call("POST", parcel+"/way", map[string]any{"way": "post", "address": "文庙路7号"}, nil, 404)
		c.outlet.call("POST", parcel+"/way", map[string]any{"way": "post", "address": "文庙路7号"}, &p, 200, "If-Match", web.ETag(p.Version))
		c.outlet.call("POST", parcel+"/arrive", map[string]any{}, nil, 409) // not posted yet
		if c.does(c.outlet, c.front, parcel+"/post", posting, &p); p.State != "posted" {
			t.Errorf("after posting: %+v", p)
		}
		c.outlet.call("POST", parcel+"/bounce", map[string]any{}, nil, 422)
		if c.does(c.outlet, c.front, parcel+"/bounce", map[string]any{"reason": "无人签收"}, &p); p.State != "ready" || p.Way != "window" {
			t.Errorf("after it came back: %+v", p)
		}
		c.outlet.call("POST", parcel+"/way", map[string]any{"way": "post"}, nil, 200)
		c.outlet.call("POST", parcel+"/post", posting, nil, 200)
		if c.does(c.outlet, c.front, parcel+"/arrive", map[string]any{"receiver": "李小满"}, &p); p.State != "completed" {
			t.Errorf("after it arrived: %+v", p)
		}
		c.kt.Settle()
		if c.front.call("GET", at, nil, &k, 200); k.State != "closed" {
			t.Errorf("the case: %+v", k)
		}
	})
}

// revive gets new tokens: the county's clock went on, and they are good for a quarter of an hour.
func (c *cast) revive() {
	c.kt.T.Helper()
	for _, p := range []*program{&c.front, &c.examiner, &c.decider, &c.outlet, &c.stranger} {
		p.renew()
	}
}
