package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	"tongban/base/party"
)

// thing is the thing every client brings: opening a restaurant in a shop with a licence, whose four parts are administrative
// licences (行政许可) of two units, none before another.
const thing = "/events/open-restaurant"

var situation = []string{"owner_kind", "individual", "has_licence", "yes", "premises_kind", "shop", "food_kind", "cooked", "floor_area", "80", "renovates", "no",
	"fire_by_commitment", "yes", "drains_to_sewer", "yes", "sign_kind", "shop_sign", "sells_tobacco", "no", "needs_gas", "no", "by_agent", "no"}

// filled is what the form asks beyond what the county knows of the applicant. People and firms are invented.
var filled = []string{"food_safety_person", "陈秀兰", "food_safety_person_id", "431199198803150024", "food_handler_count", "2", "fire_person", "陈秀兰",
	"fire_person_phone", "13900000001", "business_name", "秀兰面馆", "credit_code", "91431199MA1234569T", "premises_address.region", "431199001002",
	"premises_address.text", "文庙路20号", "premises_floor", "1", "kitchen_area", "20", "seat_count", "24", "online_order", "no", "opening_day.year", "2026",
	"opening_day.month", "12", "opening_day.day", "28", "exit_count", "2", "sewage_amount", "3", "grease_trap", "yes", "sign_text", "秀兰面馆", "sign_width", "3",
	"sign_height", "1", "sign_light", "no", "sign_until.year", "2027", "sign_until.month", "12", "sign_until.day", "31", "delivery_way", "window",
	"delivery_address.region", "431199001002", "delivery_address.text", "文庙路18号"}

var paper = []byte("%PDF-1.4\n% 示例材料\n%%EOF\n")

// permits of the thing, and the acts of its life: one submission, three steps with each permit, recognising the applicant and handing over.
const (
	permits = 4
	acts    = 1 + 3*permits + 2
)

// desk is a chain of browsers: the applicant, and the six people whose hands his matter goes through. Each client of a round has its own.
type desk struct {
	n                           int
	citizen, window, outlet     *person
	assessors, approvers        map[string]*person // by unit
	begin, fill, attach, submit form               // of a draft, as the pages showed them once
	assess, decide              map[string]form    // by item
	keys                        int
	waited                      atomic.Int64 // how often the county said that too many are waiting
}

// units of the thing: the people of the first are the featured ones of the demo county.
const (
	bureau = "approval-bureau"
	fire   = "fire-rescue"
)

var surnames = []string{"邓", "蒋", "唐", "雷", "谢", "何", "黄", "周"}
var given = []string{"国庆", "建军", "丽华", "晓红", "志明", "海燕", "卫东", "春梅"}

// newDesk signs everybody in; the applicant registers with a number of his own.
func newDesk(ctx context.Context, base string, n int) (*desk, error) {
	through := &http.Transport{MaxIdleConnsPerHost: 4}
	d := &desk{n: n, assessors: map[string]*person{}, approvers: map[string]*person{}, assess: map[string]form{}, decide: map[string]form{}}
	signIn := func(login string) (*person, error) {
		p := newPerson(base, through, &d.waited)
		_, err := p.post(ctx, "/login/demo", form{}.with(d.key(), "login", login))
		return p, err
	}
	var err error
	if d.window, err = signIn("window"); err != nil {
		return nil, err
	}
	if d.outlet, err = signIn("outlet"); err != nil {
		return nil, err
	}
	for unit, prefix := range map[string]string{bureau: "", fire: fire + "-"} {
		if d.assessors[unit], err = signIn(prefix + "assessor"); err != nil {
			return nil, err
		}
		if d.approvers[unit], err = signIn(prefix + "approver"); err != nil {
			return nil, err
		}
	}
	d.citizen = newPerson(base, through, &d.waited)
	return d, d.register(ctx)
}

// key is a fresh idempotency key: a page shown anew would carry one.
func (d *desk) key() string {
	d.keys++
	return fmt.Sprintf("load-%d-%d-%016x", d.n, d.keys, rand.Uint64())
}

var smsCode = regexp.MustCompile(`您的验证码是 (\d{6})`)

// register opens the applicant's account by the code of a text message.
func (d *desk) register(ctx context.Context) error {
	p := d.citizen
	body := fmt.Sprintf("431199%04d%02d%02d%03d", 1960+d.n/336%40, 1+d.n/28%12, 1+d.n%28, 100+rand.IntN(900))
	number, err := party.ParseCitizenNumber(body + string(checkDigit(body)))
	if err != nil {
		return err
	}
	p.last4, p.name = number.Full()[14:], surnames[d.n/64%len(surnames)]+given[d.n%8][:3]+given[d.n/8%8]
	phone := fmt.Sprintf("139%08d", 10_000_000+rand.IntN(80_000_000))
	if _, err := p.post(ctx, "/login/code", form{}.with(d.key(), "phone", phone)); err != nil {
		return err
	}
	messages, err := p.open(ctx, "/demo/messages")
	if err != nil {
		return err
	}
	code := smsCode.FindStringSubmatch(messages)
	if code == nil {
		return fmt.Errorf("no code among the messages: %s", words(messages))
	}
	if _, err := p.post(ctx, "/login/enter", form{}.with(d.key(), "code", code[1])); err != nil {
		return err
	}
	_, err = p.post(ctx, "/register", form{}.with(d.key(), "name", p.name, "number", number.Full()))
	return err
}

// checkDigit is the 18th character of GB 11643.
func checkDigit(body string) byte {
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(body[i]-'0') * w
	}
	return "10X98765432"[sum%11]
}

// rehearse walks the way of a thing once on its pages, to learn the forms as a browser would send them.
func (d *desk) rehearse(ctx context.Context) error {
	p := d.citizen
	ask, err := p.form(ctx, thing+"/ask", "/ask")
	if err != nil {
		return err
	}
	guide, err := p.post(ctx, ask.action, ask.with(d.key(), situation...))
	if err != nil {
		return err
	}
	link := guide[strings.LastIndex(guide, "/")+1:]
	if d.begin, err = p.form(ctx, thing+"/apply?g="+link, "/apply"); err != nil {
		return err
	}
	draft, err := d.started(ctx)
	if err != nil {
		return err
	}
	if d.fill, err = p.form(ctx, thing+"/apply/all?d="+draft, "/apply/all"); err != nil {
		return err
	}
	if _, err := p.post(ctx, d.fill.action, d.fill.with(d.key(), filled...)); err != nil {
		return err
	}
	if d.attach, err = p.form(ctx, thing+"/apply/materials?d="+draft, "/apply/materials"); err != nil {
		return err
	}
	if _, err := p.upload(ctx, d.attach.action, d.attach.with(d.key(), "go", "next"), d.attach.files, paper); err != nil {
		return err
	}
	if d.submit, err = p.form(ctx, "/check/"+draft, "/check/"+draft); err != nil {
		return err
	}
	m, err := d.hand(ctx, draft)
	if err != nil {
		return err
	}
	for _, c := range m.permits {
		if err := d.accept(ctx, c); err != nil {
			return err
		}
		f, err := d.assessors[c.unit].form(ctx, c.url()+"/assess", "/assess")
		if err != nil {
			return err
		}
		for _, name := range f.radios {
			f.fields.Set(name, "yes")
		}
		f.fields.Set("text", "申请材料齐全，符合法定条件，建议准予。")
		d.assess[c.item] = f
		if err := d.assessed(ctx, c); err != nil {
			return err
		}
		if f, err = d.approvers[c.unit].form(ctx, c.url()+"/decide", "/decide"); err != nil {
			return err
		}
		f.fields.Set("granted", "yes")
		d.decide[c.item] = f
		if err := d.decided(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// started begins a draft and gives its id.
func (d *desk) started(ctx context.Context) (string, error) {
	at, err := d.citizen.post(ctx, d.begin.action, d.begin.with(d.key()))
	_, draft, _ := strings.Cut(at, "?d=")
	return draft, err
}

// draft makes a draft that is ready to be handed in: the way of three more forms that lies before the life of a thing.
func (d *desk) draft(ctx context.Context) (string, error) {
	draft, err := d.started(ctx)
	if err != nil {
		return "", err
	}
	if _, err := d.citizen.post(ctx, d.fill.action, d.fill.with(d.key(), append(filled, "d", draft)...)); err != nil {
		return "", err
	}
	_, err = d.citizen.upload(ctx, d.attach.action, d.attach.with(d.key(), "d", draft, "go", "next"), d.attach.files, paper)
	return draft, err
}

// matter is a submission with its permits.
type matter struct {
	number  string
	permits []permit
}

type permit struct{ number, item, unit string }

func (c permit) url() string { return "/w/cases/" + c.number }

var row = regexp.MustCompile(`(?s)<tr.*?</tr>`)
var caseNumber = regexp.MustCompile(`TB\d{13}`)

// submitted hands a draft in and gives the address of the receipt.
func (d *desk) submitted(ctx context.Context, draft string) (string, error) {
	return d.citizen.post(ctx, "/check/"+draft, d.submit.with(d.key(), "declared", "yes"))
}

// receipt reads the numbers of the permits from the page that answers a submission.
func (d *desk) receipt(ctx context.Context, at string) (matter, error) {
	page, err := d.citizen.open(ctx, at)
	if err != nil {
		return matter{}, err
	}
	m := matter{number: strings.TrimPrefix(at, "/done/")}
	for _, r := range row.FindAllString(page, -1) {
		no := caseNumber.FindString(r)
		if no == "" {
			continue
		}
		c := permit{number: no, item: strconv.Itoa(len(m.permits)), unit: bureau}
		if strings.Contains(r, "消防") {
			c.unit = fire
		}
		m.permits = append(m.permits, c)
	}
	if len(m.permits) != permits {
		return m, fmt.Errorf("%s: %d permits, the thing has %d", at, len(m.permits), permits)
	}
	return m, nil
}

func (d *desk) hand(ctx context.Context, draft string) (matter, error) {
	at, err := d.submitted(ctx, draft)
	if err != nil {
		return matter{}, err
	}
	return d.receipt(ctx, at)
}

// accept, assessed and decided are the three steps; each names the version of the case its page would have shown.

func (d *desk) accept(ctx context.Context, c permit) error {
	_, err := d.window.post(ctx, c.url()+"/accept", form{}.with(d.key(), "_v", "1"))
	return err
}

func (d *desk) assessed(ctx context.Context, c permit) error {
	_, err := d.assessors[c.unit].post(ctx, c.url()+"/assess", d.assess[c.item].with(d.key(), "_v", "2"))
	return err
}

func (d *desk) decided(ctx context.Context, c permit) error {
	_, err := d.approvers[c.unit].post(ctx, c.url()+"/decide", d.decide[c.item].with(d.key(), "_v", "3"))
	return err
}

// parcel is what waits at the outlet for its applicant.
type parcel struct{ id, last4 string }

func (d *desk) recognise(ctx context.Context, p parcel) error {
	_, err := d.outlet.post(ctx, "/w/outlet/"+p.id+"/recognise", form{}.with(d.key(), "last", p.last4))
	return err
}

func (d *desk) handOver(ctx context.Context, p parcel) error {
	_, err := d.outlet.post(ctx, "/w/outlet/"+p.id+"/hand", form{}.with(d.key(), "who", "self", "_v", "2"))
	return err
}
