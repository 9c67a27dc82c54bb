package main

import (
	"cmp"
	"context"
	"slices"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/config"
	"tongban/kernel/db"
)

// playedSetting says that the county was filled once; a restart does not play the scenes again.
const playedSetting = "demo.played"

// play acts the demo scenes of all modules in order, with the real commands, on a clock that begins weeks ago and ends today.
func (m *county) play(ctx context.Context, k *app.Kernel, cases int, seed uint64, say func(done, of int, what string)) error {
	machine := authz.Machine("demo", "scenes")
	played, err := config.Get(ctx, k.View(machine), playedSetting)
	if err != nil || played != "" {
		return err
	}
	scenes := []app.Scene{m.enlist(k), m.fill(k)}
	for _, manifest := range k.Modules() {
		scenes = append(scenes, manifest.Demo...)
	}
	slices.SortStableFunc(scenes, func(a, b app.Scene) int { return cmp.Compare(a.Order, b.Order) })
	stage := &app.Stage{Now: k.Watch.Now, Move: k.Watch.Set, Settle: k.Settle, Say: say, Cases: cases, Seed: seed}
	defer k.Watch.Shift(0)
	for i, scene := range scenes {
		say(i, len(scenes), scene.Title)
		if err := scene.Play(ctx, stage); err != nil {
			return err
		}
	}
	k.Watch.Shift(0)
	if err := k.Settle(ctx); err != nil { // what fell due between the last evening of the story and now
		return err
	}
	say(len(scenes), len(scenes), "演示县已就绪")
	_, err = k.DB.Run(ctx, db.Act{Actor: machine, Name: "demo.played", Now: k.Watch.Now()}, func(tx *db.Tx) error {
		return config.Set(ctx, tx, playedSetting, "yes")
	})
	return err
}
