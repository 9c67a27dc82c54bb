package webhook_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/base/client"
	"tongban/base/org"
	"tongban/base/webhook"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/kerneltest"
	"tongban/kernel/outward"
	"tongban/kernel/web"
)

const permRead authz.Permission = "mill.read"

// ground is what a mill tells: it names a person, which must not get out.
type ground struct {
	Number, Unit, Agent, Miller, Phone string
}

func (ground) EventName() string { return "mill.ground" }
func (g ground) Subject() string { return g.Number }

// mill is a module that opens its one event, and has a call that needs the right to read.
type mill struct{}

func (mill) Manifest() app.Manifest {
	say := func(*web.Request, *struct{}) (*web.Answer[string], error) { return &web.Answer[string]{Body: "x"}, nil }
	return app.Manifest{Name: "mill", Permissions: []authz.Definition{{Permission: permRead, Title: "看磨"}},
		Routes: []web.Route{web.API("GET", "/api/v1/mill", permRead, "看", say).In("磨").Saying("看磨。")},
		Facts: []event.Fact{event.Open("磨好了", permRead, func(g ground) event.Notice {
			return event.Notice{Kind: "case", Number: g.Number, State: "ground", Unit: g.Unit, URL: "/api/v1/mill", Agent: g.Agent}
		})}}
}

// trial is a county with two units, each with a program.
type trial struct {
	*kerneltest.Kit
	m            *webhook.Module
	near, far    string // programs of the bureau and of another unit
	subscription string
	secret       string
}

var admin = kerneltest.Clerk("admin", client.PermManage)

func open(t *testing.T, engine db.Engine, networks ...string) *trial {
	t.Helper()
	c := &trial{}
	inner, err := outward.ParseNetworks(networks)
	if err != nil {
		t.Fatal(err)
	}
	c.Kit = kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: app.Settings{Networks: inner, BaseURL: "https://zw.nanling.example"}, Modules: func(k *app.Kernel) []app.Module {
		units := org.New(k)
		programs := client.New(k, units)
		c.m = webhook.New(k, units, programs)
		return []app.Module{units, programs, c.m, mill{}}
	}})
	c.Move(time.Date(2026, 11, 23, 9, 0, 0, 0, web.Beijing))
	c.PutInForce(kerneltest.ThreeUnits(), "unit")
	c.near, c.far = c.register("bureau"), c.register("other")
	return c
}

func both(t *testing.T, f func(t *testing.T, c *trial)) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) { f(t, open(t, engine, "127.0.0.0/8")) })
	}
}

func (c *trial) register(unit string) string {
	c.T.Helper()
	a := c.Post("/admin/clients/new", url.Values{"name": {"乡镇平台"}, "unit": {unit}, "contact": {"数据股 612"}, "permissions": {string(permRead)}, "per_minute": {"600"}, "per_day": {"9000"}}, admin).Is(200)
	return found(c.T, a.Body, `app-[0-9a-z]{26}`)
}

func found(t testing.TB, text, pattern string) string {
	t.Helper()
	s := regexp.MustCompile(pattern).FindString(text)
	if s == "" {
		t.Fatalf("no %s in %s", pattern, text)
	}
	return s
}

func wish(program, address, algorithm string) url.Values {
	return url.Values{"client": {program}, "url": {address}, "events": {"mill.ground"}, "algorithm": {algorithm}}
}

// subscribe asks for the event through the page, and keeps what the page shows once.
func (c *trial) subscribe(program, address, algorithm string) {
	c.T.Helper()
	a := c.Post("/admin/webhooks/new", wish(program, address, algorithm), admin).Is(200)
	c.secret = found(c.T, a.Body, `whsec_[A-Za-z0-9+/=]{44}`)
	c.subscription = strings.TrimPrefix(found(c.T, a.Body, `/admin/webhooks/[0-9A-Z]{26}`), "/admin/webhooks/")
}

func (c *trial) grind(number, unit, agent string) {
	c.T.Helper()
	c.As(kerneltest.Clerk("m1")).Must("mill.grind", func(tx *db.Tx) error {
		tx.Publish(ground{Number: number, Unit: unit, Agent: agent, Miller: "李小满", Phone: "13900000002"})
		return nil
	})
	c.Settle()
}

// message is the newest message.
func (c *trial) message() webhook.Message {
	c.T.Helper()
	list, err := c.m.Log(c.Ctx, c.Look(), webhook.ID(c.subscription), "", "", 1)
	if err != nil || len(list) != 1 {
		c.T.Fatalf("%d messages, %v", len(list), err)
	}
	return list[0]
}

// again makes everything due that waits.
func (c *trial) again() {
	c.T.Helper()
	past := db.At(time.Now().Add(-time.Hour))
	c.Tamper(`UPDATE webhook_message SET next_at = $1 WHERE state = 'waiting'`, past)
	c.Tamper(`UPDATE webhook_subscription SET quiet_until = NULL`)
}

// round tries the message once.
func (c *trial) round() webhook.Message {
	c.T.Helper()
	msg := c.message()
	_ = c.m.Deliver(c.Ctx, msg.ID) // its error tells the queue when to come back
	return c.message()
}

// receiver is a program outside that keeps what it gets.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	answer http.HandlerFunc
}

type received struct {
	header http.Header
	body   string
}

func listen(t *testing.T, answer http.HandlerFunc) *receiver {
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, hr *http.Request) {
		body, err := io.ReadAll(hr.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		r.got = append(r.got, received{hr.Header.Clone(), string(body)})
		r.mu.Unlock()
		if r.answer != nil {
			r.answer(w, hr)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

// genuine verifies a message as Standard Webhooks say, by openssl, which shares no code with us.
func genuine(t *testing.T, g received, algorithm, secret string) bool {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) != 32 {
		t.Fatalf("%d bytes of key, %v", len(key), err)
	}
	stamp := g.header.Get("webhook-timestamp")
	var seconds int64
	if _, err := fmt.Sscan(stamp, &seconds); err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		t.Errorf("a receiver would refuse the time %s", stamp)
	}
	run := exec.CommandContext(t.Context(), "openssl", "dgst", "-"+algorithm, "-mac", "HMAC", "-macopt", "hexkey:"+hex.EncodeToString(key), "-binary")
	run.Stdin = strings.NewReader(g.header.Get("webhook-id") + "." + stamp + "." + g.body)
	sum, err := run.Output()
	if err != nil {
		t.Fatalf("openssl: %v (make packages installs it)", err)
	}
	version := map[string]string{"sha256": "v1", "sm3": "v1sm3"}[algorithm]
	for one := range strings.FieldsSeq(g.header.Get("webhook-signature")) {
		if one == version+","+base64.StdEncoding.EncodeToString(sum) {
			return true
		}
	}
	return false
}

func TestAProgramIsToldWhatHappenedInASignedMessageThatNamesNobody(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		receivers, secrets := map[string]*receiver{}, map[string]string{}
		for _, algorithm := range []string{"sha256", "sm3"} {
			receivers[algorithm] = listen(t, nil)
			c.subscribe(c.near, receivers[algorithm].URL+"/events", algorithm)
			secrets[algorithm] = c.secret
		}
		c.grind("TB1", "bureau-centre", "")
		c.Work(func() bool { return c.Count(`SELECT count(*) FROM webhook_message WHERE state = 'sent'`) == 2 })
		for algorithm, r := range receivers {
			got := r.all()
			if len(got) != 1 {
				t.Fatalf("%d messages", len(got))
			}
			if !genuine(t, got[0], algorithm, secrets[algorithm]) || genuine(t, received{got[0].header, got[0].body + " "}, algorithm, secrets[algorithm]) {
				t.Errorf("the signature %q proves nothing", got[0].header.Get("webhook-signature"))
			}
			if kind := got[0].header.Get("Content-Type"); kind != "application/cloudevents+json; charset=utf-8" {
				t.Error(kind)
			}
			var e map[string]any
			if err := json.Unmarshal([]byte(got[0].body), &e); err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339, fmt.Sprint(e["time"]))
			if e["specversion"] != "1.0" || e["id"] != got[0].header.Get("webhook-id") || e["source"] != "https://zw.nanling.example" || e["type"] != "tongban.mill.ground" || e["subject"] != "TB1" ||
				e["datacontenttype"] != "application/json" || err != nil || at.In(web.Beijing).Format("2006-01-02 15:04") != "2026-11-23 09:00" {
				t.Errorf("no CloudEvent: %s", got[0].body)
			}
			for _, secret := range []string{"李小满", "13900000002"} {
				if strings.Contains(got[0].body, secret) {
					t.Errorf("the message names %s: %s", secret, got[0].body)
				}
			}
		}
		if n := c.Count(`SELECT count(*) FROM webhook_subscription WHERE secret LIKE '%whsec%'`); n != 0 {
			t.Error("a secret lies open in the database")
		}
		if page := c.Get("/admin/webhooks/"+c.subscription, admin).Is(200); strings.Contains(page.Body, "whsec_") {
			t.Error("the secret is shown a second time")
		}
	})
}

func TestAProgramHearsOfWhatItMayReadAndOfWhatItHandedIn(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		r := listen(t, nil)
		c.grind("before anybody asked", "bureau", "")
		if n := c.Count(`SELECT count(*) FROM event_delivery`); n != 0 {
			t.Errorf("%d deliveries of what nobody wants", n)
		}
		c.subscribe(c.far, r.URL, "sha256")
		c.grind("of a strange unit", "bureau", "")
		if n := c.Count(`SELECT count(*) FROM webhook_message`); n != 0 {
			t.Error("told of what it may not read")
		}
		c.grind("its own", "bureau", c.far)
		if got := c.round(); got.Subject != "its own" || got.State != webhook.Sent {
			t.Errorf("%+v", got)
		}
		// A right withdrawn between the event and its delivery is withdrawn.
		c.grind("of its unit", "other", "")
		c.Tamper(`UPDATE client_client SET permissions = '[]' WHERE id = $1`, c.far)
		if got := c.round(); got.State != webhook.Withheld || len(r.all()) != 1 {
			t.Errorf("%+v", got)
		}
		c.Tamper(`UPDATE client_client SET permissions = '["mill.read"]' WHERE id = $1`, c.far)
		c.grind("before the suspension", "other", "")
		c.Tamper(`UPDATE client_client SET state = 'suspended' WHERE id = $1`, c.far)
		if got := c.round(); got.State != webhook.Withheld || len(r.all()) != 1 {
			t.Errorf("%+v", got)
		}
	})
}

func TestReceiversThatDoNotTakeTheMessage(t *testing.T) {
	c := open(t, db.SQLite, "127.0.0.0/8")
	c.m.WaitFor(200 * time.Millisecond)
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer inside.Close()
	dead := httptest.NewServer(nil)
	dead.Close()
	release := make(chan struct{})
	defer close(release)
	says := func(status int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i+1 < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(status)
			fmt.Fprint(w, "电话 13900000002")
		}
	}
	for _, x := range []struct {
		what, address, reason string
		answer                http.HandlerFunc
		state                 webhook.MessageState
		atLeast               time.Duration // until the next try
	}{
		{"slow", "", "没有答复", func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}, webhook.Waiting, 4 * time.Second},
		{"nobody there", dead.URL, "连不上", nil, webhook.Waiting, 4 * time.Second},
		{"no such name", "https://nowhere.invalid/", "主机名", nil, webhook.Waiting, 4 * time.Second},
		{"broken", "", "对方答复 500", says(500), webhook.Waiting, 4 * time.Second},
		{"busy", "", "对方答复 503", says(503, "Retry-After", "3600"), webhook.Waiting, 59 * time.Minute},
		{"elsewhere", "", "不跟随跳转", says(302, "Location", inside.URL), webhook.Waiting, 4 * time.Second},
		{"gone", "", "410", says(410), webhook.Dead, 0},
	} {
		t.Run(x.what, func(t *testing.T) {
			r := listen(t, x.answer)
			if x.address == "" {
				x.address = r.URL
			}
			c.subscribe(c.near, x.address, "sha256")
			c.grind("TB1", "bureau", "")
			got := c.round()
			if got.State != x.state || got.Tries != 1 || !strings.Contains(got.Reason, x.reason) || x.atLeast > 0 && time.Until(got.NextAt) < x.atLeast {
				t.Errorf("%+v", got)
			}
			page := c.Get("/admin/webhooks/"+c.subscription+"/messages/"+got.ID, admin).Is(200)
			if strings.Contains(page.Body, "13900000002") {
				t.Error("what the receiver said stands on the page with a phone number")
			}
			c.Tamper(`UPDATE webhook_subscription SET state = 'ended'`)
		})
	}
}

func TestInnerAddressesAreNotReached(t *testing.T) {
	c := open(t, db.SQLite) // the county lists no inner network
	r := listen(t, nil)
	for _, address := range []string{r.URL, "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://[::1]/", "http://platform.example/"} {
		a := c.Post("/admin/webhooks/new", wish(c.near, address, "sha256"), admin)
		if a.Status != 422 {
			t.Errorf("%s: %d", address, a.Status)
		}
	}
	c.subscribe(c.near, strings.Replace(r.URL, "http://127.0.0.1", "https://localhost", 1), "sha256") // a name like any other, as it is typed
	c.grind("TB1", "bureau", "")
	if got := c.round(); got.State != webhook.Waiting || !strings.Contains(got.Reason, "不是公网地址") || len(r.all()) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestWhatNeverArrivesLiesWithItsOwnerAndIsReplayedUnderTheSameID(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		broken := true
		r := listen(t, func(w http.ResponseWriter, _ *http.Request) {
			if broken {
				w.WriteHeader(http.StatusBadGateway)
			}
		})
		c.subscribe(c.near, r.URL, "sha256")
		c.grind("TB1", "bureau", "")
		waited := time.Duration(0)
		for c.message().State == webhook.Waiting {
			c.again()
			if got := c.round(); got.State == webhook.Waiting {
				wait := time.Until(got.NextAt)
				if wait <= waited {
					t.Errorf("after %d tries the pause is %v, after %v before", got.Tries, wait, waited)
				}
				waited = wait
			}
		}
		if got := c.message(); got.State != webhook.Dead || got.Tries != 9 || waited < 24*time.Hour {
			t.Fatalf("%+v, last pause %v", got, waited)
		}
		list := c.Get("/admin/webhooks/undelivered", admin).Is(200, kerneltest.HasText("TB1"), kerneltest.HasText("审批局"), kerneltest.HasText("数据股 612"))
		if n := c.Count(`SELECT count(*) FROM worklist_task WHERE kind = 'webhook.dead' AND unit = 'bureau'`); n != 1 {
			t.Errorf("%d tasks for the owner", n)
		}
		broken = false
		form := url.Values(list.Values("/admin/webhooks/batch"))
		form["message"], form["do"] = []string{c.message().ID}, []string{"replay"}
		c.Post("/admin/webhooks/batch", form, admin).Is(303)
		c.Post("/admin/webhooks/batch", form, admin).Is(303) // sent twice, done once
		if n := c.Count(`SELECT count(*) FROM worklist_task WHERE kind = 'webhook.dead'`); n != 0 {
			t.Error("the task is still there")
		}
		if got := c.round(); got.State != webhook.Sent {
			t.Errorf("%+v", got)
		}
		ids := map[string]bool{}
		for _, g := range r.all() {
			ids[g.header.Get("webhook-id")] = true
		}
		if len(r.all()) != 10 || len(ids) != 1 {
			t.Errorf("%d messages under %d ids", len(r.all()), len(ids))
		}
	})
}

func TestWhatIsGivenUpIsNotSent(t *testing.T) {
	c := open(t, db.SQLite, "127.0.0.0/8")
	r := listen(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	c.subscribe(c.near, r.URL, "sha256")
	c.grind("TB1", "bureau", "")
	if got := c.round(); got.State != webhook.Dead {
		t.Fatalf("%+v", got)
	}
	c.Get("/admin/webhooks/"+c.subscription, admin).Is(200, kerneltest.HasText("已暂停"), kerneltest.HasText("不再接收"))
	c.Post("/admin/webhooks/batch", url.Values{"message": {c.message().ID}, "do": {"drop"}}, admin).Is(303)
	if got := c.message(); got.State != webhook.Dropped {
		t.Errorf("%+v", got)
	}
	if n := c.Count(`SELECT count(*) FROM worklist_task`); n != 0 {
		t.Error("the task is still there")
	}
}

// Nobody knows whether a message arrived when the process dies before it is written down. It goes once more, and its id says that it is
// the same.
func TestAMessageWhoseReceiptWasLostGoesAgainUnderItsID(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		dying, die := context.WithCancel(t.Context())
		r := listen(t, func(http.ResponseWriter, *http.Request) { die() })
		c.subscribe(c.near, r.URL, "sha256")
		c.grind("TB1", "bureau", "")
		if err := c.m.Deliver(dying, c.message().ID); err == nil {
			t.Error("a dying process says that all is well")
		}
		if got := c.message(); got.State != webhook.Waiting || got.Tries != 0 {
			t.Errorf("%+v", got)
		}
		c.Tamper(`DELETE FROM river_job`) // the job is lost with the process
		c.again()
		if err := c.m.Sweep(c.Ctx); err != nil {
			t.Fatal(err)
		}
		if n := c.Count(`SELECT count(*) FROM river_job WHERE kind = 'webhook_deliver'`); n != 1 {
			t.Errorf("%d jobs take it up again", n)
		}
		if got := c.round(); got.State != webhook.Sent {
			t.Errorf("%+v", got)
		}
		got := r.all()
		if len(got) != 2 || got[0].header.Get("webhook-id") != got[1].header.Get("webhook-id") || got[0].body != got[1].body {
			t.Errorf("%d messages: %v", len(got), got)
		}
	})
}

func TestTwoSecretsCountForAWhile(t *testing.T) {
	c := open(t, db.SQLite, "127.0.0.0/8")
	r := listen(t, nil)
	c.subscribe(c.near, r.URL, "sha256")
	former := c.secret
	at := "/admin/webhooks/" + c.subscription
	page := c.Get(at, admin).Is(200)
	a := c.Post(at+"/rotate", page.Values(at+"/rotate"), admin).Is(200)
	c.secret = found(t, a.Body, `whsec_[A-Za-z0-9+/=]{44}`)
	last := func() received {
		t.Helper()
		c.grind(c.DB.NewID(), "bureau", "")
		if got := c.round(); got.State != webhook.Sent {
			t.Fatalf("%+v", got)
		}
		all := r.all()
		return all[len(all)-1]
	}
	if g := last(); !genuine(t, g, "sha256", c.secret) || !genuine(t, g, "sha256", former) {
		t.Error("one of the two secrets does not count")
	}
	c.Tamper(`UPDATE webhook_subscription SET former_until = $1`, db.At(time.Now().Add(-time.Second)))
	if g := last(); !genuine(t, g, "sha256", c.secret) || genuine(t, g, "sha256", former) {
		t.Error("the former secret counts for ever")
	}
	c.Tamper(`UPDATE webhook_subscription SET former_until = $1`, db.At(time.Now().Add(time.Hour)))
	page = c.Get(at, admin).Is(200)
	c.Post(at+"/forget", page.Values(at+"/forget"), admin).Is(303)
	if g := last(); genuine(t, g, "sha256", former) {
		t.Error("a forgotten secret counts")
	}
}

func TestAPausedSubscriberMissesNothing(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		r := listen(t, nil)
		c.subscribe(c.near, r.URL, "sha256")
		at := "/admin/webhooks/" + c.subscription
		turn := func(to string) {
			t.Helper()
			form := url.Values(c.Get(at, admin).Is(200).Values(at + "/turn"))
			form.Set("to", to)
			c.Post(at+"/turn", form, admin).Is(303)
		}
		turn("paused")
		c.grind("TB1", "bureau", "")
		if got := c.round(); got.State != webhook.Waiting || len(r.all()) != 0 {
			t.Errorf("%+v", got)
		}
		turn("active")
		if n := c.Count(`SELECT count(*) FROM river_job WHERE kind = 'webhook_deliver' AND state = 'available'`); n != 1 {
			t.Errorf("%d jobs send what happened meanwhile", n)
		}
		if got := c.round(); got.State != webhook.Sent || len(r.all()) != 1 {
			t.Errorf("%+v", got)
		}
		turn("ended")
		c.grind("TB2", "bureau", "")
		if got := c.message(); got.Subject != "TB1" {
			t.Errorf("%+v", got)
		}
	})
}

func TestAReceiverThatFailsIsLeftAloneForAWhile(t *testing.T) {
	c := open(t, db.SQLite, "127.0.0.0/8")
	r := listen(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	c.subscribe(c.near, r.URL, "sha256")
	for n := range 5 {
		c.grind(fmt.Sprint("TB", n), "bureau", "")
		c.round()
	}
	if got := c.message(); len(r.all()) != 3 || got.Tries != 0 || time.Until(got.NextAt) < 20*time.Second {
		t.Errorf("%d calls of a receiver that is broken; the last message: %+v", len(r.all()), got)
	}
	c.Get("/admin/webhooks/"+c.subscription, admin).Is(200, kerneltest.HasText("连续 3 次没有送到"))
}

func TestTheTestMessageShowsWhetherTheWayIsOpen(t *testing.T) {
	c := open(t, db.SQLite, "127.0.0.0/8")
	r := listen(t, nil)
	c.subscribe(c.near, r.URL, "sm3")
	at := "/admin/webhooks/" + c.subscription
	c.Post(at+"/test", c.Get(at, admin).Values(at+"/test"), admin).Is(303)
	if got := c.round(); got.State != webhook.Sent || !strings.Contains(r.all()[0].body, `"type":"tongban.webhook.test"`) {
		t.Errorf("%+v", got)
	}
	c.Move(c.Watch.Now().AddDate(0, 4, 0))
	if err := c.m.Tidy(c.Ctx); err != nil {
		t.Fatal(err)
	}
	if n := c.Count(`SELECT (SELECT count(*) FROM webhook_message) + (SELECT count(*) FROM webhook_try)`); n != 0 {
		t.Errorf("%d rows of old messages", n)
	}
}

func TestTheDocumentNamesEveryEvent(t *testing.T) {
	c := open(t, db.SQLite)
	if c.Site().Document().Webhooks["tongban.mill.ground"] == nil {
		t.Error("the document does not name the event")
	}
	c.Get("/api", kerneltest.Nobody).Is(200, kerneltest.HasText("tongban.mill.ground"))
}
