package delivery

import (
	"context"
	"fmt"
	"time"

	"tongban/handling/delivery/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/job"
	"tongban/kernel/notify"
)

type remindJob struct{}

// Kind implements job.Args.
func (remindJob) Kind() string { return "delivery_remind" }

var machine = authz.Machine("delivery", "job:delivery_remind")

func (m *Module) jobs() []job.Work {
	return []job.Work{job.Every(6*time.Hour, remindJob{}, func(ctx context.Context, _ remindJob) error { return m.Remind(ctx) })}
}

// Remind tells the owners of parcels that nobody has claimed for a week, once.
func (m *Module) Remind(ctx context.Context) error {
	now := m.k.Watch.Now()
	ids, err := store.New(m.k.View(machine)).Unclaimed(ctx, db.At(now.Add(-unclaimedAfter)))
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, err := m.k.DB.Run(ctx, db.Act{Actor: machine, Name: "delivery.remind", Now: now}, func(tx *db.Tx) error {
			p, err := m.Find(ctx, &tx.View, ID(id))
			if err != nil || p.State != Ready {
				return err
			}
			code, err := m.Code(p)
			if err != nil {
				return err
			}
			phone, err := m.k.Keys.OpenText(sealPhone, p.phone)
			if err != nil {
				return err
			}
			tx.Record("parcel", id, string(p.State), string(p.State), map[string]string{"reminded": "unclaimed"})
			if err := store.New(tx).Reminded(ctx, store.RemindedParams{RemindedAt: db.At(tx.Now), ID: id}); err != nil {
				return err
			}
			return m.k.Notify.Send(ctx, tx, notify.Message{To: p.Applicant, Phone: phone, Title: "请领取办好的结果",
				Text: fmt.Sprintf("您的“%s”结果已在出件窗口放了一周，请凭取件码 %s 和本人证件领取；不方便来的，可以改为邮寄。", p.Title, code), URL: "/my/deliveries/" + id})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
