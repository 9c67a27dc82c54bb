package notify_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/notify"
)

// gateway is an SMS gateway that fails at first and remembers what it was given.
type gateway struct {
	mu    sync.Mutex
	fails int
	sent  map[string]int // text to number -> times, by message id
	texts []string
}

func (g *gateway) Send(_ context.Context, d notify.Dispatch) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fails > 0 {
		g.fails--
		return errors.New("the gateway does not answer")
	}
	if g.sent[d.ID]++; g.sent[d.ID] == 1 {
		g.texts = append(g.texts, d.To+" "+d.Text)
	}
	return nil
}

func (g *gateway) Reach(context.Context) error { return nil }

const phone = "13900000001"

func TestMessageReachesInboxAndPhoneOnce(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			g := &gateway{fails: 1, sent: map[string]int{}}
			kt := kerneltest.Open(t, kerneltest.Setup{Engine: engine, Settings: app.Settings{Channels: []notify.Channel{{Name: "网关", Means: notify.Text, Sender: g}}}})
			clerk := kerneltest.Clerk("c1")
			if err := kt.As(clerk).Run("test.tell", func(tx *db.Tx) error {
				return errors.Join(kt.Notify.Send(kt.Ctx, tx, notify.Message{To: "p1", Phone: phone, Title: "从未发生", Text: "从未发生"}), errors.New("refused"))
			}); err == nil {
				t.Fatal("not refused")
			}
			kt.As(clerk).Must("test.tell", func(tx *db.Tx) error {
				return kt.Notify.Send(kt.Ctx, tx, notify.Message{To: "p1", Phone: phone, Title: "已受理", Text: "您的申请已受理", URL: "/t/1"})
			})
			kt.Work(func() bool { return kt.Count(`SELECT count(*) FROM notify_sms WHERE state = 'sent'`) == 1 })
			if len(g.texts) != 1 || g.texts[0] != phone+" 您的申请已受理" {
				t.Errorf("sent %v", g.texts)
			}
			letters, err := kt.Notify.Inbox(kt.Ctx, kt.Look(), []string{"p1", "other"}, "", 10)
			if err != nil || len(letters) != 1 || letters[0].Title != "已受理" || letters[0].URL != "/t/1" || letters[0].Read {
				t.Errorf("%+v, %v", letters, err)
			}
			if letters, err := kt.Notify.Inbox(kt.Ctx, kt.Look(), nil, "", 10); len(letters) != 0 || err != nil {
				t.Errorf("somebody without recipients reads %v, %v", letters, err)
			}
		})
	}
}

func TestPhoneIsNeitherInTheDatabaseNorOnThePage(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		kt.As(kerneltest.Clerk("c1")).Must("test.tell", func(tx *db.Tx) error {
			return kt.Notify.Send(kt.Ctx, tx, notify.Message{Phone: phone, Title: "已受理", Text: "您的申请已受理"})
		})
		if n := kt.Count(`SELECT count(*) FROM notify_sms WHERE phone LIKE '%' || $1 || '%'`, phone); n != 0 {
			t.Error("the number stands in the database")
		}
		if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE detail LIKE '%' || $1 || '%'`, phone); n != 0 {
			t.Error("the number stands in the audit log")
		}
		out, err := kt.Notify.Outbox(kt.Ctx, kt.Look(), 10)
		if err != nil || len(out) != 1 || out[0].To != "139****0001" || strings.Contains(out[0].Text, phone) {
			t.Errorf("%+v, %v", out, err)
		}
	})
}

func TestInboxIsReadPageByPageNewestFirst(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		for _, title := range []string{"一", "二", "三"} {
			kt.As(kerneltest.Clerk("c1")).Must("test.tell", func(tx *db.Tx) error {
				return kt.Notify.Send(kt.Ctx, tx, notify.Message{To: "p1", Title: title, Text: "文"})
			})
		}
		first, err := kt.Notify.Inbox(kt.Ctx, kt.Look(), []string{"p1"}, "", 2)
		if err != nil || len(first) != 2 || first[0].Title != "三" || first[1].Title != "二" {
			t.Fatalf("%+v, %v", first, err)
		}
		rest, err := kt.Notify.Inbox(kt.Ctx, kt.Look(), []string{"p1"}, first[1].ID, 2)
		if err != nil || len(rest) != 1 || rest[0].Title != "一" {
			t.Errorf("%+v, %v", rest, err)
		}
	})
}
