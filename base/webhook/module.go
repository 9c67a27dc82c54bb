package webhook

import (
	"context"
	"embed"
	"sync"
	"time"

	"tongban/base/client"
	"tongban/base/org"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/job"
	"tongban/kernel/web"
	"tongban/ui"
)

//go:embed migrations/*.sql
var migrations embed.FS

// purpose binds sealed secrets to this use.
const purpose = "webhook.secret"

// Module keeps subscriptions and sends what was subscribed to.
type Module struct {
	k       *app.Kernel
	org     *org.Module
	clients *client.Module
	facts   []event.Fact // what programs may hear of, in the order of the house

	patience time.Duration // how long a receiver may take to answer
	lanes    *lanes

	mu     sync.RWMutex
	wanted map[string]bool
}

// New makes the module.
func New(k *app.Kernel, units *org.Module, clients *client.Module) *Module {
	return &Module{k: k, org: units, clients: clients, patience: usualPatience, lanes: newLanes(), wanted: map[string]bool{}}
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	const p = client.PermManage
	return app.Manifest{
		Name: "webhook", Title: "事件推送",
		Schema: db.Schema{Name: "webhook", Files: migrations},
		Routes: []web.Route{
			web.Page("/admin/webhooks", p, m.showList),
			web.Page("/admin/webhooks/new", p, m.showNew),
			web.Form("/admin/webhooks/new", p, m.postNew),
			web.Page("/admin/webhooks/undelivered", p, m.showUndelivered),
			web.Form("/admin/webhooks/batch", p, m.postBatch),
			web.Page("/admin/webhooks/{id}", p, m.showSubscription),
			web.Form("/admin/webhooks/{id}/change", p, m.postChange),
			web.Form("/admin/webhooks/{id}/rotate", p, m.postRotate),
			web.Form("/admin/webhooks/{id}/forget", p, m.postForget),
			web.Form("/admin/webhooks/{id}/turn", p, m.postTurn),
			web.Form("/admin/webhooks/{id}/test", p, m.postTest),
			web.Page("/admin/webhooks/{id}/messages/{message}", p, m.showMessage),
		},
		Nav:   []web.NavEntry{{Desk: web.Admin, Group: "管理", Order: 906, Label: "事件推送", Icon: ui.IconBell, URL: "/admin/webhooks", Permission: p}},
		Hears: m.hears,
		Jobs: []job.Work{
			job.Handle(m.deliver),
			job.Every(time.Minute, sweep{}, m.sweep),
			job.Every(6*time.Hour, tidy{}, m.tidy),
		},
		Recall:     m.recall,
		Describe:   m.describe,
		Objects:    objects(),
		Invariants: invariants(),
		Sealed: []app.Sealed{
			{Table: "webhook_subscription", Key: []string{"id"}, Column: "secret", Purpose: purpose},
			{Table: "webhook_subscription", Key: []string{"id"}, Column: "former", Purpose: purpose},
		},
		Gauges: m.gauges(),
	}
}

// hears makes a listener for each fact. While nobody subscribes to it, its events are not even addressed here.
func (m *Module) hears(facts []event.Fact) []event.Listener {
	m.facts = facts
	var out []event.Listener
	for _, f := range facts {
		out = append(out, event.OnFact("webhook."+f.Event, f, func() bool { return m.wants(f.Event) },
			func(ctx context.Context, tx *db.Tx, heard event.Heard) error { return m.tell(ctx, tx, f, heard) }))
	}
	return out
}

func (m *Module) wants(event string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.wanted[event]
}

// recall learns which events are wanted, also those that another process was told of. The lock is held while it reads, so that what want
// adds meanwhile is not forgotten.
func (m *Module) recall(ctx context.Context, v *db.View) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	list, err := m.served(ctx, v)
	if err != nil {
		return err
	}
	m.wanted = map[string]bool{}
	for _, s := range list {
		for _, e := range s.Events {
			m.wanted[e] = true
		}
	}
	return nil
}

// want adds events to those that are wanted, at once and in this process.
func (m *Module) want(events []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range events {
		m.wanted[e] = true
	}
}

// fact finds what a kind of event is.
func (m *Module) fact(name string) (event.Fact, bool) {
	for _, f := range m.facts {
		if f.Event == name {
			return f, true
		}
	}
	return event.Fact{}, false
}

func (m *Module) names() []string {
	var out []string
	for _, f := range m.facts {
		out = append(out, f.Event)
	}
	return out
}

// title is a kind of event in words.
func (m *Module) title(name string) string {
	if name == testName {
		return "测试"
	}
	if f, ok := m.fact(name); ok {
		return f.Title
	}
	return name
}

var machine = authz.Machine("webhook", "job")
