package main

import (
	"context"

	"tongban/base/party"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/oversight/efficiency"
	"tongban/oversight/review"
)

// visitor is who brings the next matter: somebody invented, or now and then the citizen with a history (周建国), so that a visitor who
// becomes him finds something done, something running and something to correct.
func (s *story) visitor() (who party.Identity, regular bool) {
	if s.comes != nil {
		return *s.comes, false
	}
	due := []int{days - 4, 6, 3} // office days left when his matters come
	if s.regular < len(due) && s.left <= due[s.regular] {
		s.regular++
		return citizens[1].Identity, true
	}
	return s.invent.person(), false
}

// answers of a unit to a card, as a head of section writes them.
var answers = []string{
	"经办人外出学习期间没有办理交接。已补办，并指定了替补人员。",
	"材料核对用时偏长。已当天办结，今后每天下班前清点到期办件。",
	"系统提醒后未及时处理。已约谈经办人，本科室实行到期前一日提醒。",
}

// watch is what supervision does with a day: units answer their cards, the supervisor closes what is mended, the verifier lets the words
// of people be read.
func (s *story) watch(ctx context.Context) error {
	supervisor, err := s.actor(ctx, "supervisor")
	if err != nil {
		return err
	}
	v := s.k.View(supervisor)
	open, _, err := s.m.supervision.Cards(ctx, v, efficiency.Filter{Tab: efficiency.TabOpen, Limit: 30})
	if err != nil {
		return err
	}
	for _, c := range open {
		if s.left > 3 && s.invent.chance(60) || s.left <= 3 && s.invent.chance(10) {
			if err := s.reply(ctx, c); err != nil {
				return err
			}
		}
	}
	answered, _, err := s.m.supervision.Cards(ctx, v, efficiency.Filter{Tab: efficiency.TabClose, Limit: 30})
	if err != nil {
		return err
	}
	for _, c := range answered {
		if err := s.try(ctx, supervisor, "efficiency.close", func(tx *db.Tx) error { return s.m.supervision.Close(ctx, tx, c.ID, "整改到位") }); err != nil {
			return err
		}
	}
	return s.publish(ctx)
}

// reply signs for a card and answers it in the name of the head of the unit.
func (s *story) reply(ctx context.Context, c efficiency.Card) error {
	login := c.Unit + "-section-head"
	if c.Unit == "approval-bureau" {
		login = "leader"
	}
	head, err := s.actor(ctx, login)
	if err != nil {
		return nil // a unit without a head answers when the visitor makes it
	}
	if err := s.try(ctx, head, "efficiency.serve", func(tx *db.Tx) error { return s.m.supervision.Serve(ctx, tx, c.ID) }); err != nil {
		return err
	}
	return s.try(ctx, head, "efficiency.answer", func(tx *db.Tx) error {
		return s.m.supervision.Answer(ctx, tx, c.ID, pick(s.invent.dice, answers))
	})
}

// publish lets the verifier go through the words that wait.
func (s *story) publish(ctx context.Context) error {
	verifier, err := s.actor(ctx, "visitor")
	if err != nil {
		return err
	}
	waiting, _, err := s.m.ratings.List(ctx, s.k.View(verifier), review.Filter{Tab: "publish", Limit: 20})
	if err != nil {
		return err
	}
	for _, r := range waiting {
		if s.left <= 2 && s.invent.chance(60) {
			continue // some wait for the visitor
		}
		if err := s.try(ctx, verifier, "review.publish", func(tx *db.Tx) error { return s.m.ratings.Publish(ctx, tx, r.ID, true, "", "") }); err != nil {
			return err
		}
	}
	return nil
}

// try carries out a command that may rightly be refused, for instance because somebody was quicker.
func (s *story) try(ctx context.Context, actor authz.Actor, name string, do func(*db.Tx) error) error {
	err := s.run(ctx, actor, name, do)
	if err != nil && problem.KindOf(err) != problem.KindInternal {
		return nil
	}
	return err
}
