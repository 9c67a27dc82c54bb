package hall_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/reach/hall"
)

// keyboard is a clerk with both hands on the keyboard. It posts the forms that the keys lead to and counts the keys: every character typed is one, and so is
// every function key, Enter, Tab, Space and chord.
type keyboard struct {
	*house
	keys  int
	where string
	sheet *kerneltest.Answer
}

// press counts keys that only lead from one place to another.
func (k *keyboard) press(n int) { k.keys += n }

// follow opens what a link or redirect leads to, through the hops of the intake.
func (k *keyboard) follow(to string) *kerneltest.Answer {
	k.T.Helper()
	for range 4 {
		path, _, _ := strings.Cut(to, "#")
		a := k.Get(path, clerk)
		if a.Status != http.StatusSeeOther {
			if a.Status != http.StatusOK {
				k.T.Fatalf("%s answers %d: %s", path, a.Status, a.Body)
			}
			k.where, k.sheet = to, a
			return a
		}
		to = a.Header.Get("Location")
	}
	k.T.Fatalf("%s leads round in circles", to)
	return nil
}

// send posts the form on the page to an address: what stands in it, with what was typed. finish is how many keys send it (Enter, Alt+Enter, F4).
func (k *keyboard) send(to string, typed map[string]string, finish int) {
	k.T.Helper()
	form := url.Values{}
	path, _, _ := strings.Cut(k.where, "#")
	path, _, _ = strings.Cut(path, "?")
	for name, values := range k.sheet.Values(path) {
		form[name] = values
	}
	for name, value := range chosen(k.T, k.sheet.Body) {
		form.Set(name, value)
	}
	for name, value := range typed {
		form.Set(name, value)
		k.keys += utf8.RuneCountInString(value)
	}
	k.keys += finish
	a := k.Post(to, form, clerk)
	if a.Status != http.StatusSeeOther {
		k.T.Fatalf("%s %v answers %d: %s", to, typed, a.Status, a.Body)
	}
	k.follow(a.Header.Get("Location"))
}

// chosen are the values of the boxes with a list, as a browser would send them untouched.
func chosen(t testing.TB, body string) map[string]string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	attr := func(n *html.Node, name string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val, true
			}
		}
		return "", false
	}
	out := map[string]string{}
	for _, box := range kerneltest.All(root, "select") {
		name, _ := attr(box, "name")
		for _, o := range kerneltest.All(box, "option") {
			if _, picked := attr(o, "selected"); picked {
				out[name], _ = attr(o, "value")
			}
		}
	}
	return out
}

func (k *keyboard) intake() string {
	rest := strings.TrimPrefix(k.where, "/w/intake/")
	id, _, _ := strings.Cut(rest, "/")
	return "/w/intake/" + id
}

// focus is the box the cursor stands in: the fragment of the address.
func (k *keyboard) focus(want string) {
	k.T.Helper()
	_, at, _ := strings.Cut(k.where, "#")
	if at != want {
		k.T.Errorf("on %s the cursor stands in %q, want %q", k.where, at, want)
	}
	if want != "" && !strings.Contains(k.sheet.Body, `id="`+want+`"`) {
		k.T.Errorf("on %s there is no box %q", k.where, want)
	}
}

// A standard intake: an old woman asks for her old-age allowance. Card, matter, situation, telephone where the county does not know it, bank account, two papers,
// receipt: at most 45 keys and no hand on the mouse.
func TestStandardIntakeTakesAtMostFortyFiveKeys(t *testing.T) {
	for _, visit := range []struct {
		name  string
		known bool
		most  int
	}{{"returning", true, 33}, {"first visit", false, 45}} {
		t.Run(visit.name, func(t *testing.T) { standardIntake(t, visit.known, visit.most) })
	}
}

func standardIntake(t *testing.T, known bool, most int) {
	h := open(t, db.SQLite)
	form := map[string]string{"applicant_bank": "6217000000000000000"}
	if known {
		h.known(t, 0, "13807460001")
	} else {
		form["applicant_phone"] = "13807460001"
	}
	k := &keyboard{house: h}
	k.press(1) // N: a new intake, from anywhere at the desk
	k.follow("/w/intake")
	k.send("/w/intake/card", nil, 1) // F4 reads the card
	k.focus("q")
	k.send(k.intake()+"/what", map[string]string{"q": "gljt"}, 1) // 高龄津贴, Enter
	k.sheet.Is(200, kerneltest.In(`button[value=item:elder-allowance]`, kerneltest.HasAttr("aria-keyshortcuts", "1")))
	k.send(k.intake()+"/what", map[string]string{"pick": "item:elder-allowance"}, 1-len("item:elder-allowance")) // 1
	k.sheet.Is(200, kerneltest.In(`button[name=by_agent][value=no]`, kerneltest.HasAttr("aria-keyshortcuts", "2")))
	k.send(k.intake()+"/situation", map[string]string{"by_agent": "no"}, 1-len("no")) // 2: she comes herself
	if known {
		k.focus("applicant_bank")
	} else {
		k.press(1) // Tab, from the telephone to the account
	}
	k.send(k.intake()+"/form", form, 1)
	k.focus("keys")
	k.sheet.Is(200, kerneltest.HasText("拍摄“银行卡”"))
	k.send(k.intake()+"/capture", nil, 1) // F6: the card was seen by the reader; of the bank card the item asks a copy. All is in: on to the check
	k.focus("declared")
	k.sheet.Is(200, kerneltest.HasText("已收 1 个文件"))
	k.send(k.intake()+"/check", map[string]string{"declared": "yes"}, 1-len("yes")+1) // Space, Alt+Enter
	if !strings.HasSuffix(k.where, "/done") {
		t.Fatalf("at %s", k.where)
	}
	k.press(1) // F8 prints
	k.follow(k.intake() + "/receipt#print")
	if k.keys > most {
		t.Errorf("%d keys, want at most %d", k.keys, most)
	}
	t.Logf("standard intake: %d keys", k.keys)

	s := h.submission(t, k.intake())
	if s.ApplicantName != "唐桂英" || s.Agent != clerk.ID || s.Channel != casework.Counter {
		t.Errorf("submission = %+v, want her as applicant, the clerk as receiver, the counter as channel", s)
	}
	for _, want := range []string{s.Number, "唐桂英", "欧文静", "复印件", "五个工作日内"} {
		if !strings.Contains(k.sheet.Body, want) {
			t.Errorf("the receipt lacks %q", want)
		}
	}
	pdf := h.Get(k.intake()+"/receipt.pdf", clerk)
	if pdf.Status != 200 || !strings.HasPrefix(pdf.Body, "%PDF-") {
		t.Errorf("receipt.pdf: %d", pdf.Status)
	}
}

// known makes the holder of a card somebody who has been at the window before.
func (h *house) known(t *testing.T, card int, phone string) {
	t.Helper()
	a := h.Post("/w/intake/card", url.Values{"card": {fmt.Sprint(card + 1)}, "phone": {phone}}, clerk)
	h.Post(a.Goes()+"/drop", nil, clerk).Goes()
}

func (h *house) submission(t *testing.T, intake string) bundle.Submission {
	t.Helper()
	i, err := h.m.Find(h.Ctx, h.View(clerk), hall.ID(strings.TrimPrefix(intake, "/w/intake/")))
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.bundles.ByNumber(h.Ctx, h.Look(), i.Number)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A second Alt+Enter on the check page finds the receipt; there is one submission and one set of cases.
func TestSubmittingTwiceMakesOneSubmission(t *testing.T) {
	h := open(t, db.SQLite)
	k := h.ready(t)
	form := url.Values{"declared": {"yes"}, "way": {"window"}}
	for range 2 {
		if a := h.Post(k.intake()+"/check", form, clerk); a.Goes() != k.intake()+"/done" {
			t.Errorf("goes to %s", a.Goes())
		}
	}
	if n := h.Count(`SELECT count(*) FROM bundle_submission`); n != 1 {
		t.Errorf("%d submissions", n)
	}
	if n := h.Count(`SELECT count(*) FROM casework_case`); n != 1 {
		t.Errorf("%d cases", n)
	}
	// What is submitted cannot be changed at the window any more.
	if a := h.Get(k.intake()+"/materials", clerk); a.Goes() != k.intake() {
		t.Errorf("materials of a submitted intake answer %d", a.Status)
	}
}

// ready brings an intake to the check page.
func (h *house) ready(t *testing.T) *keyboard {
	t.Helper()
	h.known(t, 0, "13807460001")
	k := &keyboard{house: h}
	k.follow("/w/intake")
	k.send("/w/intake/card", nil, 1)
	k.send(k.intake()+"/what", map[string]string{"pick": "item:elder-allowance"}, 1)
	k.send(k.intake()+"/situation", map[string]string{"by_agent": "no"}, 1)
	k.send(k.intake()+"/form", map[string]string{"applicant_bank": "6217000000000000000"}, 1)
	k.send(k.intake()+"/capture", map[string]string{"mark.id-card": "spared", "mark.bank-card": "copy"}, 1)
	k.send(k.intake()+"/materials", nil, 1)
	return k
}

// Without a read card nobody may say that it was seen by the reader, and a paper that must be there cannot lack.
func TestMarksNeedAGround(t *testing.T) {
	h := open(t, db.SQLite)
	id := people(t, h)[1]
	a := h.Post("/w/intake", url.Values{"kind": {"person"}, "name": {id.name}, "number": {id.number}, "phone": {"13807460002"}}, clerk)
	at := a.Goes()
	h.Post(at+"/what", url.Values{"pick": {"item:elder-allowance"}}, clerk).Goes()
	had := h.Get(at+"/situation", clerk).Values(at + "/situation")["had"]
	h.Post(at+"/situation", url.Values{"by_agent": {"no"}, "had": had}, clerk).Goes()
	h.Post(at+"/materials", url.Values{"keys": {"41"}}, clerk).Is(422, kerneltest.HasText("不能免交"))
	h.Post(at+"/materials", url.Values{"keys": {"15"}}, clerk).Is(422, kerneltest.HasText("不能容缺"))
	h.Post(at+"/materials", url.Values{"keys": {"1111111"}}, clerk).Is(422, kerneltest.HasText("要核对的材料只有"))
	h.Post(at+"/materials", url.Values{"keys": {"9"}}, clerk).Is(422, kerneltest.HasText("只能输入 0 到 5"))
	h.Post(at+"/check", url.Values{"declared": {"yes"}, "way": {"window"}}, clerk).Is(422, kerneltest.HasText("处没有收齐"))
	if n := h.Count(`SELECT count(*) FROM hall_mark`); n != 0 {
		t.Errorf("%d marks kept of refused lists", n)
	}
}

type person struct{ name, number string }

// people are the cards of the simulator, read over its own protocol.
func people(t *testing.T, h *house) []person {
	t.Helper()
	var out []person
	for n := range 8 {
		a := h.Get(fmt.Sprintf("/bridge/v1/idcard?card=%d", n+1), clerk)
		if a.Status != 200 {
			t.Fatalf("the simulator answers %d: %s", a.Status, a.Body)
		}
		p := person{name: field(a.Body, "name"), number: field(a.Body, "number")}
		if !strings.HasPrefix(p.number, "431199") || len(p.number) != 18 {
			t.Errorf("card %d has number %s, want one of the invented area 431199", n+1, p.number)
		}
		out = append(out, p)
	}
	return out
}

func field(json, name string) string {
	_, rest, _ := strings.Cut(json, `"`+name+`":"`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// Every invented card is one that the county's own rules accept; the expired one is turned away with words.
func TestTheSimulatorsCardsAreValid(t *testing.T) {
	h := open(t, db.SQLite)
	for n := range people(t, h) {
		a := h.Post("/w/intake/card", url.Values{"card": {fmt.Sprint(n + 1)}}, clerk)
		if n == 7 {
			a.Is(422, kerneltest.HasText("已经过期"))
			continue
		}
		a.Goes()
	}
	if n := h.Count(`SELECT count(*) FROM party_party`); n != 7 {
		t.Errorf("%d parties of 7 cards", n)
	}
	if n := h.Count(`SELECT count(*) FROM party_party WHERE region <> ''`); n != 7 {
		t.Errorf("the address of %d of 7 cards was found in the county", n)
	}
}

// A guide result that the applicant brings along opens with the same answers, and nothing is asked twice.
func TestAGuideResultOpensAtTheWindow(t *testing.T) {
	h := open(t, db.SQLite)
	e, err := h.guides.Engine("item:elder-allowance")
	if err != nil {
		t.Fatal(err)
	}
	g := e.Link(map[string]any{"by_agent": false})
	k := &keyboard{house: h}
	k.follow("/w/intake?g=" + g)
	k.sheet.Is(200, kerneltest.HasText("已带入办事指南：高龄津贴"))
	k.send("/w/intake/card", map[string]string{"g": g}, 1)
	if !strings.Contains(k.where, "/form") {
		t.Errorf("after the card the window shows %s, want the form", k.where)
	}
	if a := h.Get("/w/intake?g=nonsense", clerk); a.Status != 404 {
		t.Errorf("a damaged link answers %d", a.Status)
	}
}

// What another clerk receives is his; a visitor and a citizen see no window at all.
func TestAnIntakeBelongsToItsClerk(t *testing.T) {
	h := open(t, db.SQLite)
	at := h.Post("/w/intake/card", url.Values{"card": {"1"}}, clerk).Goes()
	other := clerk
	other.ID, other.Name = "clerk-li", "李明"
	for _, step := range []string{"", "/what", "/situation", "/form", "/materials", "/check", "/done", "/receipt", "/receipt.pdf"} {
		if a := h.Get(at+step, other); a.Status != 404 {
			t.Errorf("another clerk opens %s: %d", step, a.Status)
		}
		if a := h.Get(at+step, kerneltest.Person("x")); a.Status != 403 {
			t.Errorf("a citizen opens %s: %d", step, a.Status)
		}
		if a := h.Get(at+step, kerneltest.Nobody); a.Status != 303 || !strings.HasPrefix(a.Header.Get("Location"), "/login") {
			t.Errorf("a visitor opens %s: %d", step, a.Status)
		}
	}
	if a := h.Post(at+"/drop", nil, other); a.Status != 404 {
		t.Errorf("another clerk drops it: %d", a.Status)
	}
}

// A changed situation begins anew: nothing of the earlier draft is kept.
func TestAChangedSituationDropsTheDraft(t *testing.T) {
	h := open(t, db.SQLite)
	k := h.ready(t)
	k.follow(k.intake() + "/situation?anew=1")
	k.send(k.intake()+"/situation", map[string]string{"by_agent": "yes"}, 1)
	if n := h.Count(`SELECT count(*) FROM bundle_draft WHERE state = 'dropped'`); n != 1 {
		t.Errorf("%d drafts dropped", n)
	}
	k.sheet.Is(200, kerneltest.In(`[name=agent_name]`))
}

// Every page of the way obeys the rules of the house, and can be walked with plain forms.
func TestThePagesOfTheWindow(t *testing.T) {
	h := open(t, db.SQLite)
	h.Get("/w/intake", clerk).Is(200, kerneltest.In(`[aria-keyshortcuts=F4]`))
	k := h.ready(t)
	for _, step := range []string{"/what?q=spjy", "/situation", "/situation?anew=1", "/form", "/materials", "/phone/bank-card", "/check"} {
		h.Get(k.intake()+step, clerk).Is(200)
	}
	if page := h.Get(k.intake()+"/materials", clerk); strings.Index(page.Body, `type="submit"`) > strings.Index(page.Body, `name="_remove"`) {
		t.Error("Enter on the list of papers would remove a file")
	}
	h.Post(k.intake()+"/what", url.Values{"q": {"许可"}, "listed": {"spjy"}, "pick": {"item:food-operation-renewal"}}, clerk).Goes()
	if n := h.Count(`SELECT count(*) FROM bundle_draft WHERE state = 'dropped'`); n != 0 {
		t.Error("Enter after other words picked the first hit of the old ones")
	}
	h.Get(k.intake()+"/what?q=spjy", clerk).Is(200, kerneltest.In(`button[aria-keyshortcuts=1]`))
	h.Get(k.intake()+"/materials", clerk).Is(200, kerneltest.In(`button[aria-keyshortcuts=F6]`))
	k.send(k.intake()+"/check", map[string]string{"declared": "yes"}, 1)
	k.sheet.Is(200, kerneltest.In(`a[aria-keyshortcuts=F8]`))
	h.Get(k.intake()+"/receipt", clerk).Is(200)
}

// The clerk's act stands in the audit log with his name, and the whole works the same on PostgreSQL.
func TestBothEngines(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			h := open(t, engine)
			k := h.ready(t)
			h.Post(k.intake()+"/check", url.Values{"declared": {"yes"}, "way": {"window"}}, clerk).Goes()
			h.Settle()
			if n := h.Count(`SELECT count(*) FROM audit_entry WHERE action = 'hall.submit' AND actor_id = $1`, clerk.ID); n == 0 {
				t.Error("the submission at the window is not in the audit log under the clerk's name")
			}
			mine, err := h.m.Mine(h.Ctx, h.View(clerk), hall.Submitted, 5)
			if err != nil || len(mine) != 1 {
				t.Errorf("mine = %v, %v", mine, err)
			}
		})
	}
}
