package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tongban/base/party"
	"tongban/handling/casework"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/db"
	"tongban/kernel/earlier"
	"tongban/kernel/file"
	"tongban/rules/catalogue"
)

// past gives the demo county very many cases: a few dozen matters are acted by the real commands, and copied (kernel/earlier).
type past struct {
	*story
	house   *earlier.House
	ended   []model
	running []model
	models  int // matters that are acted to their end
	born    int
	taken   map[string]bool // people the county knows already, by the blind index of their number
}

// model is a matter that is copied.
type model struct {
	*earlier.Pattern
	clocks []clock.Record
	cases  int
	until  string // the day on which the first of its licences ends; empty: none does
	who    party.Identity
}

const (
	years    = 10 // of the past
	models   = 26 // matters that ended
	openPart = 10 // in a hundred cases
)

// newPast makes one for a county in which nobody has brought anything yet.
func newPast(m *county, k *app.Kernel, stage *app.Stage, models int) *past {
	s := &story{m: m, k: k, stage: stage, invent: invent{rand.New(rand.NewPCG(stage.Seed, 2016))} /* #nosec G404 -- the same seed makes the same past */, blobs: map[string]file.Blob{},
		actors: map[string]authz.Actor{}, words: opinions[:6], silent: "nobody", left: days}
	return &past{story: s, house: k.Past(), models: models}
}

// around acts the matters that are copied, and between them the story: what ended comes before it, what runs after it. Then the kernel's
// own work is stopped and the past can be made.
func (p *past) around(ctx context.Context, story func() error) error {
	defer p.k.Watch.Shift(0)
	if err := p.rehearse(ctx); err != nil {
		return err
	}
	p.k.Watch.Shift(0)
	if err := story(); err != nil {
		return err
	}
	if err := p.leaveOpen(ctx); err != nil {
		return err
	}
	p.k.Watch.Shift(0)
	return p.k.Settle(ctx)
}

// rehearse acts the matters that ended, before the story begins: nothing else happens in the county meanwhile.
func (p *past) rehearse(ctx context.Context) error {
	today := calendar.DayOf(p.stage.Now())
	table := p.k.Clocks.Calendar().Table
	for n := range p.models {
		p.stage.Say(n, p.models, "往年办件的样板")
		day, err := table.Roll(today.Plus(-380 + 9*n))
		if err != nil {
			return err
		}
		m, err := p.model(ctx, day, func(ctx context.Context) error { return p.carry(ctx, day) })
		if err != nil {
			return err
		}
		if m.over() {
			p.ended = append(p.ended, m)
		}
	}
	if len(p.ended) < p.models/2 {
		return fmt.Errorf("往年办件：%d 件样板里只有 %d 件办到了底", p.models, len(p.ended))
	}
	return nil
}

// model acts one matter that begins on a day.
func (p *past) model(ctx context.Context, day calendar.Day, act func(context.Context) error) (model, error) {
	var m model
	p.stage.Move(day.At(calendar.HM(9, 10)))
	begun := p.stage.Now()
	mark, err := p.house.Mark(ctx, begun)
	if err != nil {
		return m, err
	}
	m.who = p.guest()
	p.comes = &m.who
	p.open = nil
	made := p.made
	if err := p.bring(ctx); err != nil {
		return m, err
	}
	m.cases = p.made - made
	group := p.open[0].id
	if err := p.stage.Settle(ctx); err != nil {
		return m, err
	}
	if err := act(ctx); err != nil {
		return m, err
	}
	tokens, err := p.marks(m.who)
	if err != nil {
		return m, err
	}
	if m.Pattern, err = p.house.Pattern(ctx, mark, tokens); err != nil {
		return m, err
	}
	v := p.k.View(authz.Machine("demo", "past"))
	if m.clocks, err = p.k.Clocks.Since(ctx, v, mark.Since()); err != nil {
		return m, err
	}
	licences, err := p.m.licences.InGroup(ctx, v, string(group))
	for _, l := range licences {
		if until := l.ValidUntil.String(); until != "" && (m.until == "" || until < m.until) {
			m.until = until
		}
	}
	return m, err
}

// carry goes to the end of a matter, day by day.
func (p *past) carry(ctx context.Context, day calendar.Day) (err error) {
	table := p.k.Clocks.Calendar().Table
	for range 60 {
		for _, at := range []calendar.Minute{calendar.HM(10, 0), calendar.HM(15, 30)} {
			p.stage.Move(day.At(at))
			if err := p.work(ctx); err != nil {
				return err
			}
			if err := p.stage.Settle(ctx); err != nil {
				return err
			}
		}
		if len(p.open)+len(p.done) == 0 {
			break
		}
		if day, err = table.Next(day); err != nil {
			return err
		}
	}
	// Two days more for supervision to close what it opened.
	for range 3 {
		if day, err = table.Next(day); err != nil {
			return err
		}
		p.stage.Move(day.At(calendar.HM(10, 0)))
		if err := p.watch(ctx); err != nil {
			return err
		}
		if err := p.stage.Settle(ctx); err != nil {
			return err
		}
	}
	return nil
}

// over reports whether nothing of the matter is still to be done.
func (m model) over() bool {
	return !slices.ContainsFunc(m.clocks, func(r clock.Record) bool { return r.Ledger.Phase() != clock.Stopped })
}

// reached are the stages at which matters are left that still run, and how many office days ago they came in.
var reached = []struct {
	ago int
	to  casework.Stage
}{
	{0, casework.StageReceive}, {0, casework.StageAssess}, {0, casework.StageDecide}, {1, casework.StageReceive}, {1, casework.StageAssess}, {1, casework.StageDecide},
	{2, casework.StageReceive}, {2, casework.StageAssess}, {3, casework.StageDecide}, {3, casework.StageAssess}, {4, casework.StageDecide}, {5, casework.StageAssess},
	{6, casework.StageDecide}, {8, casework.StageAssess}, {10, casework.StageDecide},
}

// leaveOpen acts the matters that still run, after the story: the later ones first, so that no clock of one passes a mark while another is
// acted.
func (p *past) leaveOpen(ctx context.Context) error {
	today := calendar.DayOf(p.stage.Now())
	table := p.k.Clocks.Calendar().Table
	for n, r := range reached {
		p.stage.Say(n, len(reached), "在办件的样板")
		day, err := table.Add(today, -r.ago)
		if err != nil {
			return err
		}
		m, err := p.model(ctx, day, func(ctx context.Context) error { return p.bringTo(ctx, r.to) })
		if err != nil {
			return err
		}
		p.running = append(p.running, m)
	}
	return nil
}

// bringTo carries the cases of the matter to a stage.
func (p *past) bringTo(ctx context.Context, to casework.Stage) error {
	for _, from := range []casework.Stage{casework.StageReceive, casework.StageAssess} {
		if to == from {
			break
		}
		cases, err := p.m.cases.InGroup(ctx, p.k.View(authz.Machine("demo", "past")), string(p.open[0].id))
		if err != nil {
			return err
		}
		for _, c := range cases {
			if c.Stage != from || c.Instant {
				continue
			}
			item, err := catalogue.FindItem(p.k.Library.Current(), c.Item)
			if err != nil {
				return err
			}
			play := p.examined(true)
			if from == casework.StageReceive {
				play = p.accepted
			}
			if err := play(ctx, c, item); err != nil {
				return err
			}
		}
	}
	return p.stage.Settle(ctx)
}

// placed is a model on other days.
type placed struct {
	model
	days  int
	share float64 // of all copies
}

// places finds all weeks of the past in which a model may have run, in their order.
func (p *past) places(models []model, now time.Time) ([]placed, error) {
	var out []placed
	today := calendar.DayOf(now)
	for _, m := range models {
		for days := 0; days > -365*years; days -= 7 {
			fits, err := p.fits(m, days, now, today)
			if err != nil {
				return nil, err
			}
			if fits {
				out = append(out, placed{m, days, 1 / float64(m.cases)})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b placed) int { return a.Begun.AddDate(0, 0, a.days).Compare(b.Begun.AddDate(0, 0, b.days)) })
	return out, nil
}

// fits reports whether a model may have run so many days later: every date of its clocks would have moved by as many, what ended had ended by
// now, what runs has its next mark before it, and no licence has outlived its term.
func (p *past) fits(m model, days int, now time.Time, today calendar.Day) (bool, error) {
	if m.until != "" {
		until, err := calendar.ParseDay(m.until)
		if err != nil || until.Plus(days).Before(today) {
			return false, err
		}
	}
	for _, r := range m.clocks {
		alike, next, err := p.k.Clocks.Moved(r, days)
		if err != nil || !alike || !next.IsZero() && !next.After(now) {
			return false, err
		}
	}
	return true, nil
}

// multiply writes the copies: so many cases in all, a tenth of them still running. Nothing else may happen in the county meanwhile.
func (p *past) multiply(ctx context.Context, cases int) error {
	now := p.stage.Now()
	ended, err := p.places(p.ended, now)
	if err != nil {
		return err
	}
	running, err := p.places(p.running, now)
	if err != nil {
		return err
	}
	if len(ended) == 0 || len(running) == 0 {
		return fmt.Errorf("往年办件：没有一周和样板的工作日历一样（办结 %d 周，在办 %d 周）", len(ended), len(running))
	}
	if p.taken, err = p.house.Texts(ctx, "party_party", "number_index"); err != nil {
		return err
	}
	w, err := p.house.Writer(ctx, p.stage.Seed)
	if err != nil {
		return err
	}
	share(ended, float64(cases)*(100-openPart)/100)
	share(running, float64(cases)*openPart/100)
	err = p.write(w, append(running, ended...), cases) // what runs first: a past that is broken off has its work too
	if closed := w.Close(); err == nil {
		err = closed
	}
	return err
}

// share tells each place how many copies it gets.
func share(list []placed, cases float64) {
	var all float64
	for _, x := range list {
		all += x.share * float64(x.cases)
	}
	for i := range list {
		list[i].share *= cases / all
	}
}

func (p *past) write(w *earlier.Writer, list []placed, cases int) error {
	made, owed, told := 0, 0.0, 0
	for _, x := range list {
		for owed += x.share; owed >= 1; owed-- {
			tokens, err := p.stranger()
			if err != nil {
				return err
			}
			if err := w.Add(earlier.Copy{Pattern: x.Pattern, Days: x.days, Tokens: tokens}); err != nil {
				return err
			}
			if made += x.cases; made/1000 > told {
				told = made / 1000
				p.stage.Say(made, cases, "往年办件")
			}
		}
	}
	return nil
}

// guest is somebody of whom a model tells. The characters of his name stand nowhere else in the county, so that a copy finds them.
func (p *past) guest() party.Identity {
	who := p.invent.person()
	who.Name = "郄懋筠"
	return who
}

// stranger is somebody the county did not know: his marks, in the order of those of a guest.
func (p *past) stranger() ([]string, error) {
	for {
		who := p.person(p.born)
		p.born++
		for name := ""; who.Name == ""; {
			if name = pick(p.invent.dice, surnames) + pick(p.invent.dice, given); len([]rune(name)) == 3 {
				who.Name = name
			}
		}
		marks, err := p.marks(who)
		if err != nil || !p.taken[marks[3]] {
			return marks, err
		}
	}
}

// person is one of a row of people without names, each with a number of his own.
func (p *past) person(n int) party.Identity {
	body := fmt.Sprintf("431199%04d%02d%02d%03d", 1930+n/12/28%78, 1+n/28%12, 1+n%28, n/28/12/78%1000)
	return party.Identity{Kind: party.Person, Number: body + checkDigit(body), Phone: fmt.Sprintf("139%08d", n%100_000_000)}
}

// marks of a person, and his surname by itself, as where the rest of the name is hidden.
func (p *past) marks(who party.Identity) ([]string, error) {
	list, err := party.Marks(p.k.Keys, who)
	return append(list, string([]rune(who.Name)[:1])), err
}

// accepted: the window takes the case in.
func (s *story) accepted(ctx context.Context, c casework.Case, _ catalogue.Item) error {
	return s.atWindow(ctx, "casework.accept", func(tx *db.Tx) error {
		_, err := s.m.cases.Accept(ctx, tx, c.ID)
		return err
	})
}
