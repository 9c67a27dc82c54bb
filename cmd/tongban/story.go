package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"tongban/base/party"
	"tongban/handling/bundle"
	"tongban/handling/casework"
	"tongban/handling/delivery"
	"tongban/handling/guide"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/file"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/oversight/review"
	"tongban/rules/catalogue"
	"tongban/rules/form"
	"tongban/rules/licensing"
)

// story fills the demo county: day by day people bring their matters and staff work through their lists, some fast, some late, with the
// commands that pages use and nothing else.
type story struct {
	m      *county
	k      *app.Kernel
	stage  *app.Stage
	invent invent
	blobs  map[string]file.Blob // one invented paper for each kind of material
	actors map[string]authz.Actor
	open   []*matter
	done   []*matter // fetched, not rated yet
	made   int

	regular int             // matters of the citizen whom visitors may be, brought so far
	left    int             // office days the story still has
	ready   bool            // who comes now has a business licence and opens a restaurant: parts begin at once
	words   []review.Words  // what people say of a matter that is done
	comes   *party.Identity // who brings the next matter; nil: as chance has it
	silent  casework.ID     // the case whose applicant was asked to mend it and never answers
}

// matter is one submission on its way.
type matter struct {
	id   bundle.ID
	name string
	who  string // party of the applicant
	tail string // last four of the applicant's number, asked at the outlet
	late bool   // its staff take their time
	poor bool   // one photograph is blurred, and the applicant leaves the correction to the visitor of the county
	kept bool   // of the citizen whom visitors may be: the last morning leaves it as it is
}

// days of office work the story covers, the last one today.
const days = 44

// tell plays the story.
func (s *story) tell(ctx context.Context) error {
	table := s.k.Clocks.Calendar().Table
	today := calendar.DayOf(s.stage.Now())
	begin, err := table.Add(today, -days)
	if err != nil {
		return err
	}
	day := begin
	for n := range days {
		s.left = days - n
		s.stage.Say(s.made, s.stage.Cases, fmt.Sprintf("演示数据：%s", day.Chinese()))
		upTo := s.stage.Cases * (n + 1) / days
		if err := s.day(ctx, day, upTo, n == days-1); err != nil {
			return err
		}
		if n == days-1 && s.stage.Cases > 0 {
			if err := s.leave(ctx); err != nil {
				return err
			}
		}
		if day, err = table.Next(day); err != nil {
			return err
		}
	}
	return nil
}

// day plays one office day: matters come in during the morning, then every desk works through what waits.
func (s *story) day(ctx context.Context, day calendar.Day, upTo int, last bool) error {
	s.stage.Move(day.At(calendar.HM(9, 0)))
	for s.made < upTo {
		if err := s.bring(ctx); err != nil {
			return err
		}
	}
	if err := s.stage.Settle(ctx); err != nil {
		return err
	}
	for i, at := range []calendar.Minute{calendar.HM(10, 0), calendar.HM(15, 30)} {
		if last && i == 1 {
			break // today is not over yet
		}
		s.stage.Move(day.At(at))
		if err := s.work(ctx); err != nil {
			return err
		}
		if err := s.stage.Settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// run carries out one command in somebody's name.
func (s *story) run(ctx context.Context, actor authz.Actor, name string, do func(*db.Tx) error) error {
	_, err := s.k.DB.Run(ctx, db.Act{Actor: actor, Name: name, Now: s.stage.Now()}, do)
	return err
}

// actor is a person of the county by login.
func (s *story) actor(ctx context.Context, login string) (authz.Actor, error) {
	if a, ok := s.actors[login]; ok {
		return a, nil
	}
	a, err := s.m.account.ActorOf(ctx, s.k.View(authz.Machine("demo", "story")), login)
	if err == nil {
		s.actors[login] = a
	}
	return a, err
}

// of is whoever does a step in a unit: the people of the story for the bureau, the unit's own otherwise.
func (s *story) of(ctx context.Context, unit, role string) (authz.Actor, error) {
	if unit == "approval-bureau" {
		return s.actor(ctx, role)
	}
	return s.actor(ctx, unit+"-"+role)
}

// bring lets somebody submit a matter.
func (s *story) bring(ctx context.Context) error {
	ed := s.k.Library.Current()
	bundles := pack.All[catalogue.Bundle](ed, "bundle")
	code := pick(s.invent.dice, bundles).Code
	if s.invent.chance(45) {
		code = "open-restaurant"
	}
	who, regular := s.visitor()
	if regular || s.ready {
		code = "open-restaurant"
	}
	var start bundle.Start
	var outcome guide.Outcome
	for len(outcome.Parts) == 0 { // who is told by the guide that it cannot be done so leaves no case; somebody else comes
		var err error
		if start, outcome, err = s.situation(ctx, code); err != nil {
			return err
		}
	}
	window, err := s.actor(ctx, "window")
	if err != nil {
		return err
	}
	in := bundle.Intake{Start: start, Files: map[string][]file.Blob{}, Closing: bundle.Closing{Way: pick(s.invent.dice, []bundle.Way{bundle.AtWindow, bundle.AtWindow, bundle.Download}), Declared: true}}
	for _, f := range outcome.Form.Fields() {
		if !f.Asked() || f.Optional && s.invent.chance(60) {
			continue
		}
		typed := s.invent.typed(f, who)
		text, err := form.Canonical(ed, f.Code, typed)
		if err != nil || text == "" && !f.Optional {
			return fmt.Errorf("演示数据：%s（%s）填“%s”：%w", f.Label, f.Code, typed, err)
		}
		in.Values = append(in.Values, form.Value{Element: f.Code, Text: text})
		if f.Code == bundle.ElementWay {
			in.Closing.Way = bundle.Way(text)
		}
	}
	for _, n := range outcome.Needs {
		if !n.Asked() || n.Necessity == "optional" {
			continue
		}
		b, err := s.paper(n.Name)
		if err != nil {
			return err
		}
		in.Files[n.Code] = []file.Blob{b}
	}
	var made bundle.Submission
	err = s.run(ctx, window, "bundle.intake", func(tx *db.Tx) error {
		p, err := s.m.party.Ensure(ctx, tx, who)
		if err != nil {
			return err
		}
		in.Applicant = p.ID
		if s.invent.chance(60) {
			in.Channel = casework.Online
		}
		made, err = s.m.bundles.Intake(ctx, tx, in)
		return err
	})
	if err != nil {
		return fmt.Errorf("演示数据：%s：%w", code, err)
	}
	s.made += len(outcome.Parts)
	s.open = append(s.open, &matter{id: made.ID, name: who.Name, who: made.Applicant, tail: who.Number[14:],
		late: regular && s.regular == 2 || !regular && s.invent.chance(7), poor: regular && s.regular > 2, kept: regular})
	return nil
}

// situation answers the questions of a thing at random until nothing is left to ask.
func (s *story) situation(ctx context.Context, code string) (bundle.Start, guide.Outcome, error) {
	start := bundle.Start{Bundles: []string{code}, Answers: map[string]any{}}
	engine, err := guide.NewEngine(s.k.Library.Current(), code)
	if err != nil {
		return start, guide.Outcome{}, err
	}
	for range 60 {
		asks, err := engine.Questions(start.Answers)
		if err != nil || len(asks) == 0 {
			break
		}
		start.Answers[asks[0].Code] = s.answer(asks[0].Question)
	}
	outcome, err := engine.Outcome(start.Answers, calendar.DayOf(s.stage.Now()))
	if err == nil && len(outcome.Stops) > 0 {
		outcome.Parts = nil
	}
	return start, outcome, err
}

func (s *story) answer(q catalogue.Question) any {
	switch {
	case s.ready && q.Code == "has_licence":
		return true
	case len(q.Options) > 0:
		return pick(s.invent.dice, q.Options).Code
	case q.Kind == "number":
		high := q.Max
		if high == 0 || high > 800 {
			high = 800
		}
		return q.Min + float64(s.invent.dice.IntN(int(high-q.Min)+1))
	}
	return s.invent.chance(35)
}

// paper draws an invented paper for a kind of material, once.
func (s *story) paper(name string) (file.Blob, error) {
	if b, ok := s.blobs[name]; ok {
		return b, nil
	}
	pdf, err := s.k.Papers.Render(document.Paper{Title: name, Blocks: []document.Block{
		document.Paragraph{Text: "这是演示县的示例材料，内容是虚构的，只用来展示办理过程。"}}}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return file.Blob{}, err
	}
	b, err := s.k.Files.Put(name+"（示例）.pdf", file.PDF, pdf)
	if err == nil {
		s.blobs[name] = b
	}
	return b, err
}

// work lets every desk take one step with every open case it has.
func (s *story) work(ctx context.Context) error {
	still := s.open[:0]
	for _, x := range s.open {
		v := s.k.View(authz.Machine("demo", "story"))
		cases, err := s.m.cases.InGroup(ctx, v, string(x.id))
		if err != nil {
			return err
		}
		left := 0
		for _, c := range cases {
			if casework.Ended(c.State) || c.Stage == casework.StageDeliver {
				continue
			}
			left++
			if c.Flags.Hold || s.invent.chance(25) || x.late && s.invent.chance(90) {
				continue
			}
			if err := s.take(ctx, x, c); err != nil {
				return err
			}
		}
		if left > 0 {
			still = append(still, x)
			continue
		}
		fetched, err := s.fetch(ctx, x)
		if err != nil {
			return err
		}
		if fetched {
			s.done = append(s.done, x)
		} else {
			still = append(still, x)
		}
	}
	s.open = still
	if err := s.rate(ctx); err != nil {
		return err
	}
	return s.watch(ctx)
}

// take is one step with a case. What is promised on the spot goes through all its steps at once.
func (s *story) take(ctx context.Context, x *matter, c casework.Case) error {
	for range 3 {
		if err := s.step(ctx, x, c); err != nil {
			if problem.KindOf(err) == problem.KindInternal {
				return fmt.Errorf("演示数据：%s %s：%w", c.Number, c.ItemName, err)
			}
			slog.WarnContext(ctx, "demo step refused", "case", c.Number, "error", err)
			return nil
		}
		item, err := catalogue.FindItem(s.k.Library.Current(), c.Item)
		if err != nil || item.Promised.Unit == "" || item.Promised.Amount > 0 {
			return err
		}
		if c, err = s.m.cases.Find(ctx, s.k.View(authz.Machine("demo", "story")), c.ID); err != nil {
			return err
		}
		if c.Stage != casework.StageAssess && c.Stage != casework.StageDecide {
			return nil
		}
	}
	return nil
}

// opinions people have of a matter that is done, as they would write them.
var opinions = []review.Words{
	{Grade: review.VeryGood, Text: "一次就办好了，不用来回跑"}, {Grade: review.VeryGood, Text: "工作人员很耐心"}, {Grade: review.VeryGood},
	{Grade: review.Good, Text: "比以前快多了"}, {Grade: review.Good}, {Grade: review.Fair, Text: "照片要求可以写得再清楚一点"},
	{Grade: review.Bad, Text: "材料补了一次，等的时间有点长"},
}

// rate lets some of those who are done follow the link in their message.
func (s *story) rate(ctx context.Context) error {
	still := s.done[:0]
	for _, x := range s.done {
		letters, err := s.k.Notify.Inbox(ctx, s.k.View(authz.Machine("demo", "story")), []string{x.who}, "", 10)
		if err != nil {
			return err
		}
		token := ""
		for _, l := range letters {
			if after, ok := strings.CutPrefix(l.URL, "/review/"); ok {
				token = after
			}
		}
		if token == "" {
			still = append(still, x) // the message has not come yet
			continue
		}
		if s.invent.chance(45) {
			continue // never rates
		}
		words := pick(s.invent.dice, s.words)
		words.Channel = pick(s.invent.dice, []string{"online", "mobile", "window"})
		if err := s.run(ctx, authz.Actor{Kind: authz.Guest}, "review.give", func(tx *db.Tx) error {
			_, err := s.m.ratings.Give(ctx, tx, token, words)
			return err
		}); err != nil {
			return err
		}
	}
	s.done = still
	return nil
}

// fetch lets the applicant come to the outlet for what is ready.
func (s *story) fetch(ctx context.Context, x *matter) (done bool, err error) {
	if s.invent.chance(20) {
		return false, nil // comes another day
	}
	p, found, err := s.m.parcels.OfGroup(ctx, s.k.View(authz.Machine("demo", "story")), string(x.id))
	if err != nil || !found {
		return false, err
	}
	if len(p.Waiting()) == 0 {
		return true, nil
	}
	outlet, err := s.actor(ctx, "outlet")
	if err != nil {
		return false, err
	}
	if err := s.run(ctx, outlet, "delivery.recognise", func(tx *db.Tx) error {
		_, err := s.m.parcels.Recognise(ctx, tx, p.ID, x.tail)
		return err
	}); err != nil {
		return false, err
	}
	if err := s.run(ctx, outlet, "delivery.hand-over", func(tx *db.Tx) error {
		_, err := s.m.parcels.HandOver(ctx, tx, p.ID, delivery.Receiver{Name: x.name}, 0)
		return err
	}); err != nil {
		return false, err
	}
	return true, s.serve(ctx, x)
}

// serve gives the applicant at the window the papers that are still to be handed over.
func (s *story) serve(ctx context.Context, x *matter) error {
	window, err := s.actor(ctx, "window")
	if err != nil {
		return err
	}
	v := s.k.View(window)
	cases, err := s.m.cases.InGroup(ctx, v, string(x.id))
	if err != nil {
		return err
	}
	for _, c := range cases {
		notices, err := s.m.cases.Notices(ctx, v, c.ID)
		if err != nil {
			return err
		}
		for _, n := range notices {
			if !n.ToldAt.IsZero() {
				continue
			}
			if err := s.run(ctx, window, "casework.serve", func(tx *db.Tx) error { return s.m.cases.Serve(ctx, tx, n.ID, "当面送达") }); err != nil {
				return err
			}
		}
	}
	return nil
}

// step does what the case waits for, now and then in the less usual way.
func (s *story) step(ctx context.Context, x *matter, c casework.Case) error {
	item, err := catalogue.FindItem(s.k.Library.Current(), c.Item)
	if err != nil {
		return err
	}
	switch c.Stage {
	case casework.StageReceive:
		return s.receive(ctx, x, c, item)
	case casework.StageCorrect:
		if c.ID == s.silent && !s.stage.Now().Before(c.Due) {
			return s.atWindow(ctx, "casework.lapse", func(tx *db.Tx) error {
				return s.m.cases.Lapse(ctx, tx, c.ID, "电话联系三次，申请人表示不办了")
			})
		}
		if c.ID == s.silent || x.poor || s.invent.chance(70) {
			return nil // the applicant takes his time
		}
		return s.run(ctx, authz.Machine("demo", "applicant"), "casework.supplement", func(tx *db.Tx) error {
			_, err := s.m.cases.Supplement(ctx, tx, c.ID)
			return err
		})
	case casework.StageAssess:
		assessor, err := s.of(ctx, c.Unit, "assessor")
		if err != nil {
			return err
		}
		if s.invent.chance(4) && !c.Flags.Assessed && len(item.Excluded) > 0 {
			return s.run(ctx, assessor, "casework.suspend", func(tx *db.Tx) error {
				_, err := s.m.cases.Suspend(ctx, tx, c.ID, casework.Suspension{Procedure: licensing.ExcludedProcedure(item.Excluded[0].Kind), Days: 5, Reason: "需要专家现场评审"})
				return err
			})
		}
		return s.run(ctx, assessor, "casework.assess", func(tx *db.Tx) error {
			grant := !s.invent.chance(5)
			return s.m.cases.Assess(ctx, tx, c.ID, casework.Assessment{Points: casework.AllPassed(item), Grant: grant, Text: verdictWords(grant)})
		})
	case casework.StageDecide:
		approver, err := s.of(ctx, c.Unit, "approver")
		if err != nil {
			return err
		}
		return s.run(ctx, approver, "casework.decide", func(tx *db.Tx) error {
			v := casework.Verdict{Granted: !s.invent.chance(4)}
			if !v.Granted {
				v.Reasons = "经审查，申请的经营场所不符合规定的条件"
			}
			_, err := s.m.cases.Decide(ctx, tx, c.ID, v)
			return err
		})
	case casework.StageSuspend:
		if s.invent.chance(75) {
			return nil
		}
		assessor, err := s.of(ctx, c.Unit, "assessor")
		if err != nil {
			return err
		}
		return s.run(ctx, assessor, "casework.resume", func(tx *db.Tx) error { return s.m.cases.Resume(ctx, tx, c.ID, "评审已完成") })
	}
	return nil
}

func verdictWords(grant bool) string {
	if grant {
		return "材料齐全，符合法定形式，建议准予"
	}
	return "场所条件与申请不一致，建议不予许可"
}

// receive is the window's step: accept, or tell once everything that is missing. An instant item is decided on the spot.
func (s *story) receive(ctx context.Context, x *matter, c casework.Case, item catalogue.Item) error {
	if c.Instant {
		approver, err := s.of(ctx, c.Unit, "approver")
		if err != nil {
			return err
		}
		return s.run(ctx, approver, "casework.decide-at-once", func(tx *db.Tx) error {
			_, err := s.m.cases.DecideAtOnce(ctx, tx, c.ID, casework.Verdict{Granted: true})
			return err
		})
	}
	first := s.silent == "" && !x.kept
	if (first || x.poor || s.invent.chance(9)) && !c.Flags.Supplemented && len(item.Materials) > 0 {
		if first {
			s.silent = c.ID
		}
		return s.blurred(ctx, c, item)
	}
	return s.atWindow(ctx, "casework.accept", func(tx *db.Tx) error {
		r, err := s.m.cases.Accept(ctx, tx, c.ID)
		if err != nil || c.Channel != casework.Counter {
			return err
		}
		return s.m.cases.Serve(ctx, tx, r.Notice.ID, "当面送达") // the applicant stands at the window
	})
}

func (s *story) materialName(code string) string {
	type named struct {
		Name string `json:"name"`
	}
	if t, ok := pack.Find[named](s.k.Library.Current(), "material", code); ok {
		return t.Name
	}
	return code
}

// fill is the scene that fills the county.
func (m *county) fill(k *app.Kernel) app.Scene {
	return app.Scene{Order: 100, Title: "办件", Play: func(ctx context.Context, stage *app.Stage) error {
		s := &story{m: m, k: k, stage: stage, invent: invent{rand.New(rand.NewPCG(stage.Seed, 20261123))} /* #nosec G404 -- the same seed tells the same story */, blobs: map[string]file.Blob{}, actors: map[string]authz.Actor{}, words: opinions}
		return s.tell(ctx)
	}}
}
