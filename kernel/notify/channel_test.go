package notify_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/notify"
)

// operator is a text message gateway as a national operator runs one: over HTTP, with answers that say 200 also when nothing was sent.
type operator struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string // method, address, headers that count, body
	answer   func(w http.ResponseWriter, r *http.Request)
}

func newOperator(t *testing.T) *operator {
	o := &operator{answer: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"code": 0, "msg": "ok"}`) }}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		o.mu.Lock()
		o.requests = append(o.requests, r.Method+" "+r.URL.RequestURI()+" "+r.Header.Get("Authorization")+" "+string(body))
		answer := o.answer
		o.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *operator) says(answer func(w http.ResponseWriter, r *http.Request)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.answer = answer
}

func (o *operator) heard() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.requests...)
}

// channels reads a file of channels; SMS_TOKEN is the one secret there is.
func channels(t *testing.T, text string) []notify.Channel {
	t.Helper()
	out, err := notify.Parse([]byte(text), t.TempDir(), func(name string) (string, bool) { return "geheim-4711", name == "SMS_TOKEN" })
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func gatewayFile(name, url, more string) string {
	return `
sms:
  - name: ` + name + `
    url: ` + url + `/send?mobile={{urlquery .To}}
    headers: {Authorization: 'Bearer {{secret "token"}}', Content-Type: application/json}
    body: '{"to":{{json .To}},"text":{{json .Text}},"id":{{json .ID}}}'
    success: '"code":\s*0\b'
    secrets: {token: "env:SMS_TOKEN"}
    signature: 【南岭县】
` + more
}

func county(t *testing.T, engine db.Engine, list []notify.Channel) *kerneltest.Kit {
	return kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: app.Settings{Channels: list}})
}

func tell(kt *kerneltest.Kit, m notify.Message) {
	kt.As(kerneltest.Clerk("c1")).Must("test.tell", func(tx *db.Tx) error { return kt.Notify.Send(kt.Ctx, tx, m) })
}

func states(kt *kerneltest.Kit, state string) func() bool {
	return func() bool { return kt.Count(`SELECT count(*) FROM notify_sms WHERE state = $1`, state) >= 1 }
}

func TestAGatewayHearsWhatTheTemplateSaysAndItsAnswerDecides(t *testing.T) {
	o := newOperator(t)
	kt := county(t, db.SQLite, channels(t, gatewayFile("移动", o.URL, "")))
	tell(kt, notify.Message{Phone: phone, Title: "已受理", Text: `您的"申请"已受理`})
	kt.Work(states(kt, "sent"))
	heard := o.heard()
	if len(heard) != 1 || !strings.HasPrefix(heard[0], `POST /send?mobile=`+phone+` Bearer geheim-4711 {"to":"`+phone+`","text":"【南岭县】您的\"申请\"已受理","id":"`) {
		t.Errorf("the gateway heard %q", heard)
	}
}

func TestARefusalIsTriedAgainByTheNextChannelAndShownWithoutNumberOrSecret(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			first, second := newOperator(t), newOperator(t)
			refuse := func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprintf(w, `{"code": 1, "msg": "balance; token geheim-4711; mobile %s"}`, phone)
			}
			first.says(refuse)
			kt := county(t, engine, append(channels(t, gatewayFile("移动", first.URL, "")), channels(t, gatewayFile("联通", second.URL, ""))...))
			tell(kt, notify.Message{Phone: phone, Text: "已受理"})
			kt.Work(states(kt, "sent"))
			if kt.Count(`SELECT count(*) FROM notify_sms WHERE channel = '联通'`) != 1 || len(first.heard()) != 1 || len(second.heard()) != 1 {
				t.Errorf("the first heard %d, the second %d", len(first.heard()), len(second.heard()))
			}
			standings, err := kt.Notify.Standings(kt.Ctx, kt.Look())
			if err != nil || standings[0].Failures != 1 || standings[0].Used != 0 || standings[1].Used != 1 {
				t.Errorf("%+v, %v", standings, err)
			}
			if r := standings[0].Reason; !strings.Contains(r, "balance") || strings.Contains(r, "geheim") || strings.Contains(r, phone) {
				t.Errorf("the operator of the county reads %q", r)
			}
			second.says(refuse)
			tell(kt, notify.Message{Phone: phone, Text: "已办结", Until: kt.Watch.Now().Add(time.Hour)})
			kt.Work(func() bool {
				return kt.Count(`SELECT count(*) FROM notify_sms WHERE state = 'waiting' AND tries = 1`) == 1
			})
			kt.Move(kt.Watch.Now().Add(2 * time.Hour))
			kt.Work(states(kt, "expired"))
			list, err := kt.Notify.Trouble(kt.Ctx, kt.Look(), 10)
			if err != nil || len(list) != 1 || list[0].State != "expired" {
				t.Errorf("%+v, %v", list, err)
			}
			if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE detail LIKE '%geheim%' OR detail LIKE '%' || $1 || '%'`, phone); n != 0 {
				t.Error("number or secret stand in the audit log")
			}
			if n := kt.Count(`SELECT count(*) FROM event_outbox WHERE name = 'notify.undelivered'`); n != 1 {
				t.Errorf("%d messages told as undelivered", n)
			}
		})
	}
}

func TestBudgetsHoldHoweverManyMessagesLeaveAtOnce(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			o := newOperator(t)
			kt := county(t, engine, channels(t, gatewayFile("移动", o.URL, "    per_number_per_day: 3\n    per_day: 5\n")))
			long := strings.Repeat("长", 100) // two pieces with its signature
			for range 6 {
				tell(kt, notify.Message{Phone: phone, Text: "一"})
			}
			tell(kt, notify.Message{Phone: "13900000002", Text: long})
			tell(kt, notify.Message{Phone: "13900000003", Text: long})
			kt.Work(func() bool {
				return kt.Count(`SELECT count(*) FROM notify_sms WHERE tries > 0`) == 8
			})
			byNumber, long2 := 0, 0
			for _, h := range o.heard() {
				if strings.Contains(h, "mobile="+phone) {
					byNumber++
				} else {
					long2++
				}
			}
			if byNumber > 3 || byNumber+2*long2 > 5 || byNumber+2*long2 < 4 {
				t.Errorf("%d messages to one number and %d of two pieces left", byNumber, long2)
			}
			kt.Move(kt.Watch.Now().Add(24 * time.Hour))
			tell(kt, notify.Message{Phone: "13900000004", Text: "新的一天"})
			kt.Work(func() bool { return strings.Contains(strings.Join(o.heard(), ""), "13900000004") })
		})
	}
}

func TestADeadGatewayBlocksNoCommandAndIsLeftAlone(t *testing.T) {
	o := newOperator(t)
	hang := make(chan struct{})
	o.says(func(_ http.ResponseWriter, r *http.Request) { // reads, and never answers
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	})
	t.Cleanup(func() { close(hang) })
	kt := county(t, db.SQLite, channels(t, gatewayFile("移动", o.URL, "    timeout: 100ms\n    per_number_per_day: 0\n")))
	began := time.Now()
	const messages = 40
	for range messages {
		tell(kt, notify.Message{Phone: phone, Text: "一"})
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("%d commands took %v beside a dead gateway", messages, took)
	}
	kt.Work(func() bool {
		return kt.Count(`SELECT count(*) FROM river_job WHERE state IN ('available', 'running')`) == 0
	})
	s, err := kt.Notify.Standings(kt.Ctx, kt.Look())
	if err != nil || s[0].Paused.IsZero() || !strings.Contains(s[0].Reason, "没有在时限内应答") {
		t.Errorf("%+v, %v", s, err)
	}
	asked := len(o.heard())
	if asked > 5+7 { // eight workers may be under way when the fifth failure closes the door
		t.Errorf("a dead gateway was asked %d times", asked)
	}
	// Whoever could not even ask has not used up a try: however long the gateway is away, it is not given up for that.
	if n := kt.Count(`SELECT count(*) FROM notify_sms WHERE state = 'waiting' AND tries = 0`); int(n) != messages-asked {
		t.Errorf("of %d messages %d were tried, and %d have no try behind them", messages, asked, n)
	}
}

func TestATextThatNoChannelCanCarryFailsAtOnceAndMayBeSentAgain(t *testing.T) {
	o := newOperator(t)
	kt := county(t, db.SQLite, channels(t, gatewayFile("移动", o.URL, "    longest: 10\n")))
	tell(kt, notify.Message{Phone: phone, Text: "这一条短信写得实在太长了"})
	kt.Work(states(kt, "failed"))
	list, err := kt.Notify.Trouble(kt.Ctx, kt.Look(), 10)
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Reason, "超过本通道的 10 字") || len(o.heard()) != 0 {
		t.Fatalf("%+v, %v, heard %v", list, err, o.heard())
	}
	retry := func(tx *db.Tx) error { return kt.Notify.Retry(kt.Ctx, tx, list[0].ID) }
	kt.As(kerneltest.Clerk("c1")).Must("test.retry", retry)
	if err := kt.As(kerneltest.Clerk("c1")).Run("test.retry", retry); err == nil {
		t.Error("a message that waits is sent again")
	}
	kt.Work(states(kt, "failed"))
}

func TestPiecesAreCountedAsOperatorsBillThem(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 70: 1, 71: 2, 134: 2, 135: 3} {
		if got := notify.Pieces(strings.Repeat("字", n)); got != want {
			t.Errorf("%d characters are %d pieces, want %d", n, got, want)
		}
	}
}

func TestAFileOfChannelsSaysWhatIsWrongWithIt(t *testing.T) {
	good := gatewayFile("移动", "https://sms.example", "")
	for change, said := range map[[2]string]string{
		{`env:SMS_TOKEN`, `geheim-4711`}:                "不能直接写在配置里",
		{`env:SMS_TOKEN`, `env:NOT_SET`}:                "环境变量 NOT_SET 没有设置",
		{`env:SMS_TOKEN`, `file:nowhere`}:               "读不了密钥文件",
		{`success: '"code":\s*0\b'`, ``}:                "缺少 success",
		{`\s*0\b`, `(`}:                                 "不是有效的正则表达式",
		{`{{json .To}}`, `{{json .Tel}}`}:               "body",
		{`{{secret "token"}}`, `{{secret "password"}}`}: "secrets 里没有 password",
		{`https://sms.example`, `sms.example`}:          "完整网址",
		{`    signature:`, `    signatur:`}:             "不是约定的格式",
		{`name: 移动`, `name: ""`}:                        "没有 name",
		{"\nsms:", "\norder: [联通]\nsms:"}:               "不是任何通道的名字",
		{"\nsms:", "\norder: []\nmail: [{name: 移动, host: m, from: a@b.example}]\nsms:"}:          "都叫“移动”",
		{"\nsms:", "\nmail: [{name: 邮件, host: m, from: a@b.example, tls: none, user: x}]\nsms:"}: "明文传送",
		{"\nsms:", "\nmail: [{name: 邮件, host: m, from: 谁}]\nsms:"}:                               "from",
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		if text == good {
			t.Fatalf("%q does not stand in the file", change[0])
		}
		_, err := notify.Parse([]byte(text), t.TempDir(), func(name string) (string, bool) { return "geheim-4711", name == "SMS_TOKEN" })
		if err == nil || !strings.Contains(err.Error(), said) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%q instead of %q: %v, want words of %q", change[1], change[0], err, said)
		}
	}
}

func FuzzParseChannels(f *testing.F) {
	f.Add(gatewayFile("移动", "https://sms.example", ""))
	f.Add("mail: [{name: 邮件, host: m, from: a@b.example}]")
	f.Add("order: [a, a]\nsms: [{name: a, url: '{{.To}}', success: '('}]")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := notify.Parse([]byte(text), "", func(string) (string, bool) { return "geheim-4711", true })
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Fatalf("the secret stands in the error: %v", err)
		}
		for _, c := range list {
			if c.Name == "" || c.Sender == nil || c.Means != notify.Text && c.Means != notify.Mail {
				t.Fatalf("a channel without name, sender or means: %+v", c)
			}
		}
	})
}
