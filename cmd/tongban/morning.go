package main

import (
	"context"
	"fmt"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
	"tongban/rules/licensing"
)

// scene is something the last morning of the story leaves for the visitor of the county.
type scene struct {
	times int
	from  casework.Stage
	fits  func(casework.Case, catalogue.Item) bool // nil: any case
	play  func(context.Context, casework.Case, catalogue.Item) error
}

// leave sees to it that every state of the table is there to be looked at, and that every desk of the tour has something to do.
func (s *story) leave(ctx context.Context) error {
	ours := func(c casework.Case, _ catalogue.Item) bool { return c.Unit == "approval-bureau" }
	used := map[casework.ID]bool{}
	s.ready = true
	for _, x := range []scene{
		{2, casework.StageAssess, ours, s.examined(true)},
		{1, casework.StageAssess, ours, s.examined(false)},
		{2, casework.StageAssess, nil, s.examined(true)},
		{1, casework.StageAssess, nil, s.refused},
		{2, casework.StageAssess, nil, s.suspended},
		{2, casework.StageAssess, ours, s.asked},
		{1, casework.StageAssess, ours, s.urged},
		{2, casework.StageReceive, nil, s.blurred},
		{1, casework.StageReceive, nil, s.declined},
		{1, casework.StageReceive, nil, s.withdrawn},
	} {
		for range x.times {
			if err := s.act(ctx, x, used); err != nil {
				return err
			}
		}
	}
	s.ready = false
	for range 2 { // and some have only just been handed in
		if err := s.bring(ctx); err != nil {
			return err
		}
	}
	return s.stage.Settle(ctx)
}

// most matters that come on one morning for the sake of one scene.
const most = 20

// act plays a scene with the first case that fits; when none does, somebody brings another matter.
func (s *story) act(ctx context.Context, x scene, used map[casework.ID]bool) error {
	for range most {
		c, item, found, err := s.fitting(ctx, x, used)
		if err != nil {
			return err
		}
		if found {
			used[c.ID] = true
			if err := x.play(ctx, c, item); err != nil {
				return fmt.Errorf("演示数据：%s %s：%w", c.Number, c.ItemName, err)
			}
			return nil
		}
		if err := s.bring(ctx); err != nil {
			return err
		}
		if err := s.stage.Settle(ctx); err != nil {
			return err
		}
	}
	return problem.Invalid("演示数据：没有适合的办件处于“%s”", casework.StageLabel(x.from))
}

// fitting finds a case for a scene. What is to be examined may first have to be accepted.
func (s *story) fitting(ctx context.Context, x scene, used map[casework.ID]bool) (casework.Case, catalogue.Item, bool, error) {
	v := s.k.View(authz.Machine("demo", "story"))
	for _, m := range s.open {
		if m.kept || m.late {
			continue
		}
		cases, err := s.m.cases.InGroup(ctx, v, string(m.id))
		if err != nil {
			return casework.Case{}, catalogue.Item{}, false, err
		}
		for _, c := range cases {
			fresh := c.Stage == casework.StageReceive && x.from == casework.StageAssess
			if used[c.ID] || c.ID == s.silent || c.Instant || c.Flags.Assessed || c.Flags.Supplemented || c.Stage != x.from && !fresh {
				continue
			}
			item, err := catalogue.FindItem(s.k.Library.Current(), c.Item)
			if err != nil {
				return c, item, false, err
			}
			if x.fits != nil && !x.fits(c, item) || x.from == casework.StageReceive && len(item.Materials) == 0 {
				continue
			}
			if fresh {
				if err := s.atWindow(ctx, "casework.accept", func(tx *db.Tx) error { _, err := s.m.cases.Accept(ctx, tx, c.ID); return err }); err != nil {
					return c, item, false, err
				}
			}
			return c, item, true, nil
		}
	}
	return casework.Case{}, catalogue.Item{}, false, nil
}

// atWindow carries out a command in the name of the clerk at the window.
func (s *story) atWindow(ctx context.Context, name string, do func(*db.Tx) error) error {
	window, err := s.actor(ctx, "window")
	if err != nil {
		return err
	}
	return s.run(ctx, window, name, do)
}

// by carries out a command in the name of whoever has the role in the unit of the case.
func (s *story) by(ctx context.Context, c casework.Case, role, name string, do func(*db.Tx) error) error {
	who, err := s.of(ctx, c.Unit, role)
	if err != nil {
		return err
	}
	return s.run(ctx, who, name, do)
}

func (s *story) examined(grant bool) func(context.Context, casework.Case, catalogue.Item) error {
	return func(ctx context.Context, c casework.Case, item catalogue.Item) error {
		return s.by(ctx, c, "assessor", "casework.assess", func(tx *db.Tx) error {
			return s.m.cases.Assess(ctx, tx, c.ID, casework.Assessment{Points: casework.AllPassed(item), Grant: grant, Text: verdictWords(grant)})
		})
	}
}

func (s *story) refused(ctx context.Context, c casework.Case, item catalogue.Item) error {
	if err := s.examined(false)(ctx, c, item); err != nil {
		return err
	}
	return s.by(ctx, c, "approver", "casework.decide", func(tx *db.Tx) error {
		_, err := s.m.cases.Decide(ctx, tx, c.ID, casework.Verdict{Reasons: "经审查，申请的经营场所不符合规定的条件"})
		return err
	})
}

func (s *story) suspended(ctx context.Context, c casework.Case, _ catalogue.Item) error {
	return s.by(ctx, c, "assessor", "casework.suspend", func(tx *db.Tx) error {
		_, err := s.m.cases.Suspend(ctx, tx, c.ID, casework.Suspension{Procedure: licensing.ExpertReview, Days: 5, Reason: "需要专家现场评审"})
		return err
	})
}

// asked: the assessor wants to hear another unit first.
func (s *story) asked(ctx context.Context, c casework.Case, _ catalogue.Item) error {
	return s.by(ctx, c, "assessor", "opinion.ask", func(tx *db.Tx) error {
		_, err := s.m.opinions.Ask(ctx, tx, c.ID, "market-regulation", "该经营场所近两年有没有受过处罚", 3)
		return err
	})
}

// urged: the supervisor reminds whoever holds the case.
func (s *story) urged(ctx context.Context, c casework.Case, _ catalogue.Item) error {
	supervisor, err := s.actor(ctx, "supervisor")
	if err != nil {
		return err
	}
	return s.run(ctx, supervisor, "efficiency.remind", func(tx *db.Tx) error {
		_, err := s.m.supervision.Remind(ctx, tx, c.ID, "申请人打过 12345 询问，请在今天下班前拿出审查意见")
		return err
	})
}

func (s *story) blurred(ctx context.Context, c casework.Case, item catalogue.Item) error {
	return s.atWindow(ctx, "casework.ask-correction", func(tx *db.Tx) error {
		_, err := s.m.cases.AskCorrection(ctx, tx, c.ID, s.blur(item))
		return err
	})
}

// blur is a photograph nobody can read.
func (s *story) blur(item catalogue.Item) []casework.Defect {
	need := item.Materials[0]
	return []casework.Defect{{Kind: casework.OfMaterial, Thing: need.Type, Name: s.materialName(need.Type), What: "照片模糊，看不清楚", How: "请重新拍照上传，四个角都要拍到"}}
}

func (s *story) declined(ctx context.Context, c casework.Case, _ catalogue.Item) error {
	return s.atWindow(ctx, "casework.decline", func(tx *db.Tx) error {
		_, err := s.m.cases.Decline(ctx, tx, c.ID, licensing.NotCompetent, "经营场所在邻县，请向当地的审批机关申请")
		return err
	})
}

func (s *story) withdrawn(ctx context.Context, c casework.Case, _ catalogue.Item) error {
	return s.atWindow(ctx, "casework.withdraw", func(tx *db.Tx) error {
		return s.m.cases.Withdraw(ctx, tx, c.ID, "申请人换了店面，重新申请")
	})
}
