package chaos

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing/fstest"
	"time"

	"tongban/base/client"
	"tongban/base/org"
	"tongban/base/webhook"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/notify"
	"tongban/kernel/outward"
	"tongban/kernel/pack"
	"tongban/kernel/web"
)

// outside is what a county has that tells others: programs that subscribed, and the text messages of its applicants.
type outside struct {
	units    *org.Module
	programs *client.Module
	pushes   *webhook.Module
}

const permHear authz.Permission = "chaos.hear"

// reaching sets the county up for the gateway at an address and for receivers on this machine.
func reaching(s app.Settings, gateway string) (app.Settings, error) {
	var err error
	if s.Networks, err = outward.ParseNetworks([]string{"127.0.0.0/8"}); err != nil {
		return s, err
	}
	s.Channels, err = notify.Parse([]byte(`
sms:
  - name: gateway
    url: `+gateway+`
    body: '{{.ID}} {{.To}} {{.Text}}'
    success: '^taken$'
    timeout: 2s
    per_number_per_day: 0
`), "", nil)
	return s, err
}

// more are the modules that a county with an outside has beside its own.
func (c *County) more() []app.Module {
	units := org.New(c.Kernel)
	programs := client.New(c.Kernel, units)
	c.outside = &outside{units, programs, webhook.New(c.Kernel, units, programs)}
	return []app.Module{units, programs, c.outside.pushes}
}

// Introduce lets one program for each address hear of everything. It is done once in a county's life.
func (c *County) Introduce(ctx context.Context, receivers ...string) error {
	who := authz.Actor{Kind: authz.Staff, ID: "chaos", Grants: []authz.Grant{{Permissions: []authz.Permission{client.PermManage}, Reach: authz.Reach{Everywhere: true}}}}
	act := func(name string, do func(*db.Tx) error) error {
		_, err := c.DB.Run(ctx, db.Act{Actor: who, Name: name, Now: c.Watch.Now()}, do)
		return err
	}
	content, findings := pack.Load(fstest.MapFS{
		"pack.yaml":        {Data: []byte("name: test\ntitle: 南岭县\narea: '431199'\nversion: '1'\ndescription: 测试\n")},
		"units/units.yaml": {Data: []byte("code: bureau\nname: 审批局\nshort: 审批局\nkind: bureau\nregion: '431199001'\n")},
	}, []pack.Section{{Kind: "unit", Glob: "units/*.yaml", Key: "code"}})
	if len(findings) > 0 {
		return fmt.Errorf("chaos: %v", findings)
	}
	if err := act("pack.load", func(tx *db.Tx) error { _, err := c.Library.Publish(ctx, tx, content, ""); return err }); err != nil {
		return err
	}
	for n, address := range receivers {
		if err := act("chaos.introduce", func(tx *db.Tx) error {
			p, err := c.outside.programs.Register(ctx, tx, client.Registration{Name: fmt.Sprintf("平台%d", n), Unit: "bureau", Contact: "数据股 612", Permissions: []authz.Permission{permHear},
				PerMinute: 600, PerDay: 9000}, client.NewSecret())
			if err != nil {
				return err
			}
			_, err = c.outside.pushes.Subscribe(ctx, tx, p.ID, webhook.Wish{URL: address, Events: []string{taken{}.EventName(), decided{}.EventName()}, Algorithm: webhook.SM3}, webhook.NewSecret())
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// told is what the county opens to programs: which application, and where it stands.
func told() []event.Fact {
	return []event.Fact{
		event.Open("受理了", permHear, func(t taken) event.Notice {
			return event.Notice{Kind: "case", Number: t.Form, State: "taken", Unit: "bureau", URL: "/list"}
		}),
		event.Open("决定了", permHear, func(d decided) event.Notice {
			return event.Notice{Kind: "case", Number: d.Form, State: "decided", Unit: "bureau", URL: "/list"}
		}),
	}
}

// heard is the call for which the right to hear is asked; without one the right could not be given.
func heard() web.Route {
	say := func(*web.Request, *struct{}) (*web.Answer[string], error) {
		return &web.Answer[string]{Body: "ok"}, nil
	}
	return web.API("GET", "/api/v1/chaos", permHear, "看", say).In("试").Saying("看。")
}

// inform sends the applicant a text message as part of the command, or as the twins do: in the middle of it, or once when all is over.
func (c *County) inform(ctx context.Context, tx *db.Tx, form string, n int64) error {
	m := notify.Message{Phone: fmt.Sprintf("139%08d", n), Title: "受理", Text: "受理 " + form}
	direct := func() {
		hr, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, c.options.Gateway, strings.NewReader(form+" "+m.Phone+" "+m.Text))
		if err != nil {
			return
		}
		hurried := http.Client{Timeout: 10 * time.Second}
		if answer, err := hurried.Do(hr); err == nil {
			_ = answer.Body.Close()
		}
	}
	switch c.options.Twin {
	case TellsInside:
		direct()
		return nil
	case TellsOnce:
		tx.AfterCommit(func() { c.behind.Go(direct) })
		return nil
	}
	return c.Notify.Send(ctx, tx, m)
}

// Elapse lets so much time pass that whatever waits for a moment is due: tries of messages, rests of receivers, jobs. A killed county's
// jobs count as died with it. Nothing serves meanwhile.
func (c *County) Elapse(ctx context.Context) error {
	const past = `'2000-01-01T00:00:00.000000Z'`
	return c.rewrite(ctx,
		`UPDATE webhook_message SET next_at = `+past+` WHERE state = 'waiting'`,
		`UPDATE webhook_subscription SET quiet_until = NULL`,
		`UPDATE river_job SET scheduled_at = `+past+` WHERE state IN ('retryable', 'scheduled')`,
		`UPDATE river_job SET state = 'available', scheduled_at = `+past+` WHERE state = 'running'`)
}

// SetBack lets the machine's clock have been so far ahead in all the lives before, as if it had been set right only now: every time that was
// written by it lies so much later. A killed county's jobs count as died with it. hidden leaves nothing by which the county could notice.
func (c *County) SetBack(ctx context.Context, by time.Duration, hidden bool) error {
	columns := map[string][]string{
		"event_delivery":       {"next_at"},
		"river_leader":         {"elected_at", "expires_at"},
		"river_job":            {"created_at", "scheduled_at", "attempted_at", "finalized_at"},
		"webhook_message":      {"next_at"},
		"webhook_subscription": {"quiet_until"},
	}
	if hidden {
		columns["river_job"] = []string{"scheduled_at"}
	}
	statements := []string{`UPDATE river_job SET state = 'available' WHERE state = 'running'`}
	for table, list := range columns {
		for _, column := range list {
			later := fmt.Sprintf(`%s + interval '%d seconds'`, column, int(by.Seconds()))
			if c.DB.Engine == db.SQLite {
				format := `'%Y-%m-%d %H:%M:%f'`
				if !strings.HasPrefix(table, "river_") {
					format = `'%Y-%m-%dT%H:%M:%f000Z'`
				}
				later = fmt.Sprintf(`strftime(%s, %s, '+%d seconds')`, format, column, int(by.Seconds()))
			}
			statements = append(statements, `UPDATE `+table+` SET `+column+` = `+later+` WHERE `+column+` IS NOT NULL`)
		}
	}
	return c.rewrite(ctx, statements...)
}

func (c *County) rewrite(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := c.DB.Writer().ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
