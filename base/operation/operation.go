// Package operation is the desk of those who keep the county running (运行维护): what was done and by whom, whether the audit chain and
// all invariants hold, which jobs are waiting or have failed, which edition of the county's data is in force.
package operation

import (
	"context"
	"encoding/json"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/check"
	"tongban/kernel/config"
	"tongban/kernel/db"
	"tongban/kernel/event"
	"tongban/kernel/job"
	"tongban/kernel/meter"
	"tongban/kernel/web"
	"tongban/ui"
)

// Permissions that base/account defines and this desk needs.
const (
	permAudit   authz.Permission = "audit.read"
	permOperate authz.Permission = "system.operate"
)

// Module is the desk.
type Module struct {
	k      *app.Kernel
	moment time.Duration // until what does not hold is looked at again
}

// New makes the module.
func New(k *app.Kernel) *Module { return &Module{k, time.Second} }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "operation", Title: "运行维护",
		Objects: []web.Object{web.WholeObject("没有发出的消息", "/admin/channels/{id}"), web.WholeObject("隔离的文件", "/admin/quarantine/{id}")},
		Routes: []web.Route{
			web.Page("/admin", authz.SignedIn, m.showDesk),
			web.Page("/admin/audit", permAudit, m.showAudit),
			web.Page("/admin/audit/report.pdf", permAudit, m.showReport),
			web.Page("/admin/health", permOperate, m.showHealth),
			web.Page("/admin/doctor", permOperate, m.showDoctor),
			web.Form("/admin/health/check", permOperate, m.postCheck),
			web.Page("/admin/editions", permOperate, m.showEditions),
			web.Page("/admin/flows", permOperate, m.showFlows),
			web.Page("/admin/channels", permOperate, m.showChannels),
			web.Form("/admin/channels/test", permOperate, m.postTest),
			web.Form("/admin/channels/seen", permOperate, m.postSeen),
			web.Form("/admin/channels/{id}/retry", permOperate, m.postRetry),
			web.Page("/admin/quarantine", permOperate, m.showQuarantine),
			web.Form("/admin/quarantine/seen", permOperate, m.postSeenCaught),
			web.Form("/admin/quarantine/{id}/destroy", permOperate, m.postDestroy),
		},
		Nav: []web.NavEntry{
			{Desk: web.Admin, Group: "管理", Order: 940, Label: "审计日志", Icon: ui.IconHistory, URL: "/admin/audit", Permission: permAudit},
			{Desk: web.Admin, Group: "管理", Order: 950, Label: "运行状况", Icon: ui.IconShieldCheck, URL: "/admin/health", Permission: permOperate},
			{Desk: web.Admin, Group: "管理", Order: 955, Label: "运行检查", Icon: ui.IconClipboardCheck, URL: "/admin/doctor", Permission: permOperate},
			{Desk: web.Admin, Group: "管理", Order: 960, Label: "标准数据版本", Icon: ui.IconBookOpen, URL: "/admin/editions", Permission: permOperate},
			{Desk: web.Admin, Group: "管理", Order: 965, Label: "流转表", Icon: ui.IconRoute, URL: "/admin/flows", Permission: permOperate},
			{Desk: web.Admin, Group: "管理", Order: 970, Label: "短信和邮件", Icon: ui.IconMail, URL: "/admin/channels", Permission: permOperate, Counts: []string{undelivered}},
			{Desk: web.Admin, Group: "管理", Order: 975, Label: "隔离的文件", Icon: ui.IconShieldCheck, URL: "/admin/quarantine", Permission: permOperate, Counts: []string{caught}},
		},
		Gauges:    m.gauges(),
		Listeners: []event.Listener{event.On("operation.tell-undelivered", m.tell), event.On("operation.tell-caught", m.tellCaught)},
		Jobs:      []job.Work{job.Every(time.Hour, nightly{}, m.nightly)},
	}
}

type nightly struct{}

// Kind implements job.Args.
func (nightly) Kind() string { return "operation_fsck" }

// Health is the outcome of the last full check.
type Health struct {
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"`
	Lines   []Line    `json:"lines"`
}

// Line is one invariant and what was found.
type Line struct {
	ID, Title, Module, Bad, Remedy string
	Rows                           int64
}

const lastCheck = "operation.last-check"

// Check reads every invariant while the county works: what does not hold is reported only if it does not hold a moment later either.
func (m *Module) Check(ctx context.Context, actor authz.Actor) (Health, error) {
	h := Health{At: m.k.Watch.Now()}
	if _, err := m.k.DB.SealAudit(ctx); err != nil {
		return h, err
	}
	var took time.Duration
	check.Run(ctx, m.k.View(actor), check.Again(m.k.Invariants(), m.moment), func(r check.Result) {
		l := Line{ID: r.ID, Title: r.Title, Module: r.Module, Bad: r.Bad, Remedy: r.Remedy, Rows: r.Rows}
		if r.Err != nil {
			l.Bad = "查不了：" + r.Err.Error()
		}
		h.Lines, took = append(h.Lines, l), took+r.Took
	})
	h.Seconds = took.Seconds()
	return h, nil
}

// Keep keeps the result for the health page.
func (m *Module) Keep(ctx context.Context, tx *db.Tx, h Health) error {
	body, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return config.Set(ctx, tx, lastCheck, string(body))
}

// due says whether the county is to be checked now: once a night in the small hours, when nobody waits for a page; at any hour when two
// days have passed without, and when it never was.
func due(last, now time.Time) bool {
	hour, since := now.In(web.Beijing).Hour(), now.Sub(last)
	return hour >= 1 && hour < 5 && since > 20*time.Hour || since > 48*time.Hour
}

// nightly looks every hour whether the county is to be checked.
func (m *Module) nightly(ctx context.Context, _ nightly) error {
	machine := authz.Machine("operation", "nightly")
	last, err := m.LastCheck(ctx, m.k.View(machine))
	if err != nil || !due(last.At, m.k.Watch.Now()) {
		return err
	}
	h, err := m.Check(ctx, machine)
	if err != nil {
		return err
	}
	_, err = m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "operation.check", Now: m.k.Watch.Now()}, func(tx *db.Tx) error { return m.Keep(ctx, tx, h) })
	return err
}

// LastCheck is the result of the last full check; the zero Health when none ran yet.
func (m *Module) LastCheck(ctx context.Context, v *db.View) (Health, error) {
	body, err := config.Get(ctx, v, lastCheck)
	if err != nil || body == "" {
		return Health{}, err
	}
	var h Health
	return h, json.Unmarshal([]byte(body), &h)
}

// gauges tell how the last full check ended.
func (m *Module) gauges() []meter.Gauge {
	read := func(of func(Health) float64) func(context.Context) ([]meter.Value, error) {
		return func(ctx context.Context) ([]meter.Value, error) {
			h, err := m.LastCheck(ctx, m.k.View(authz.Machine("operation", "meter")))
			if err != nil || h.At.IsZero() {
				return meter.One(0), err
			}
			return meter.One(of(h)), nil
		}
	}
	return []meter.Gauge{
		{Name: "tongban_fsck_broken", Help: "Invariants that did not hold at the last full check.", Read: read(func(h Health) (bad float64) {
			for _, l := range h.Lines {
				if l.Bad != "" {
					bad++
				}
			}
			return bad
		})},
		{Name: "tongban_fsck_timestamp_seconds", Help: "When all invariants were last checked; 0: never.", Read: read(func(h Health) float64 { return float64(h.At.Unix()) })},
		{Name: "tongban_fsck_seconds", Help: "How long that check took.", Read: read(func(h Health) float64 { return h.Seconds })},
	}
}
