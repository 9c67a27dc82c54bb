package bundle

import (
	"slices"
	"strings"
	"sync"

	"tongban/handling/guide"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/rules/catalogue"
	"tongban/rules/material"
)

// planned is what follows from the answers of a draft alone: the items, the one form, the one list of materials. Whoever reads it leaves it
// as it is, for others read it too.
type planned struct {
	engine  *guide.Engine
	outcome guide.Outcome
}

// mostPlans bounds what is kept. Most applicants of a season are in one of a few situations.
const mostPlans = 256

// plans keeps what was computed: every page and every command of a draft asks for it, and nothing of it changes while the answers and what
// the applicant holds stay the same. All of it is forgotten when it is full.
type plans struct {
	mu   sync.Mutex
	kept map[string]planned
}

// of is the plan of a draft by the edition it pins, on the day.
func (p *plans) of(ed *pack.Edition, d Draft, held []string, on calendar.Day) (planned, error) {
	key := string(db.Pack([]any{ed.Number, d.Bundles, d.Answers, d.Applicant != "", held, on.String()}))
	p.mu.Lock()
	known, is := p.kept[key]
	p.mu.Unlock()
	if is {
		return known, nil
	}
	made, err := compute(ed, d, held, on)
	if err != nil {
		return made, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil || len(p.kept) >= mostPlans {
		p.kept = map[string]planned{}
	}
	p.kept[key] = made
	return made, nil
}

func compute(ed *pack.Edition, d Draft, held []string, on calendar.Day) (p planned, err error) {
	if p.engine, err = guide.NewEngine(ed, d.Bundles...); err != nil {
		return p, err
	}
	if p.outcome, err = p.engine.Outcome(d.Answers, on); err != nil {
		return p, err
	}
	if d.Applicant != "" {
		exempt := material.Exemptions{Earlier: p.outcome.Earlier(), Licences: held}
		if p.outcome.Needs, err = material.Merge(ed, p.outcome.Items(), d.Answers, exempt); err != nil {
			return p, err
		}
	}
	p.outcome.Needs = selfMade(slices.Clone(p.outcome.Needs))
	return p, nil
}

// selfMade spares the applicant the application forms (申请表格): the product writes them from the one form. A letter of commitment stays, for
// somebody signs it in person.
func selfMade(needs []material.Need) []material.Need {
	for n, x := range needs {
		if x.Kind == "form" && !x.Waived() && !strings.Contains(x.Name, "承诺") {
			needs[n].Waiver = catalogue.Waiver{By: "form", Why: "由系统按您填写的内容生成，不用上传"}
		}
	}
	return needs
}
