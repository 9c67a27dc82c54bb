package bundle

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tongban/handling/bundle/internal/store"
	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
)

// Bounds on guessing the last four digits. They slow down and never lock out: the owner of a receipt must not be shut out by a stranger.
const (
	wrongFree  = 5              // wrong answers without a wait
	wrongPause = time.Minute    // after the fifth, doubling with each further one
	wrongMost  = time.Hour      // longest wait
	wrongDay   = 24 * time.Hour // after which wrong answers are forgotten
)

const purposeWrong = "bundle.wrong"

// pause is how long to wait after so many wrong answers.
func pause(times int64) time.Duration {
	if times < wrongFree {
		return 0
	}
	return min(wrongPause<<min(times-wrongFree, 10), wrongMost)
}

// errProve is the same for a wrong number and for wrong digits, so that nobody learns which receipts exist.
func errProve() *problem.Error {
	const words = "编号或者证件号码后四位不对，请对照收件凭证核对"
	return problem.Invalid("%s", words).On("tail", words)
}

// Prove finds a submission for somebody who knows its number and the last four characters of the applicant's number. Wrong answers are
// counted, by visitor and by receipt, in a command of its own.
func (m *Module) Prove(ctx context.Context, run func(func(*db.Tx) error) error, v *db.View, number, tail, visitor string) (Submission, error) {
	if number = tidy(number); !IsNumber(number) {
		return Submission{}, errProve() // a slip of the finger, no guess: the check digit tells
	}
	counters := []string{m.k.Keys.Index(purposeWrong, "from:"+visitor), m.k.Keys.Index(purposeWrong, "of:"+number)}
	q := store.New(v)
	times := make([]int64, len(counters))
	for i, who := range counters {
		row, err := q.Wrong(ctx, who)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return Submission{}, err
		}
		if v.Now.Sub(row.LastAt.Time) > wrongDay {
			continue
		}
		times[i] = row.Times
		if wait := row.LastAt.Add(pause(row.Times)).Sub(v.Now); wait > 0 {
			return Submission{}, problem.TooMany(wait, "查询输错次数较多，请在 %d 分钟后再试。也可以登录后在“我的”里查看，或者拨打服务热线", 1+int(wait/time.Minute))
		}
	}
	s, err := m.ByNumber(ctx, v, number)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return Submission{}, err
	}
	good, err := m.parties.Matches(ctx, v, s.Applicant, tidy(tail)) // asked for an unknown number too: both take the same way
	if err != nil {
		return Submission{}, err
	}
	if good && s.Number != "" {
		return s, nil
	}
	err = run(func(tx *db.Tx) error {
		tx.Record("receipt", counters[1], "", "", map[string]string{"event": "wrong-tail"})
		for i, who := range counters {
			if err := store.New(tx).CountWrong(ctx, store.CountWrongParams{Who: who, Times: times[i] + 1, LastAt: db.At(tx.Now)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Submission{}, err
	}
	return Submission{}, errProve()
}

// mayTrack decides who sees a submission without showing number and digits: its applicant, who acts for him, and staff who may read one of
// its cases.
func (m *Module) mayTrack(ctx context.Context, v *db.View, s Submission) (bool, error) {
	if s.ownedBy(v.Actor) {
		return true, nil
	}
	if v.Actor.Kind != authz.Staff {
		return false, nil
	}
	if v.Actor.May(PermIntake, authz.Place{Unit: s.Lead}) {
		return true, nil
	}
	parts, err := m.Parts(ctx, v, s.ID)
	if err != nil {
		return false, err
	}
	for _, p := range parts {
		if v.Actor.May(casework.PermRead, authz.Place{Unit: p.Unit}) {
			return true, nil
		}
	}
	return false, nil
}

// mayReadFiles lets the owner of a draft or submission, and who handles one of its cases, read its files.
func (m *Module) mayReadFiles(ctx context.Context, v *db.View, group string) error {
	if d, err := m.FindDraft(ctx, v, ID(group), ""); err == nil && d.State == "open" {
		return nil
	}
	s, err := m.Find(ctx, v, ID(group))
	if err != nil {
		return err
	}
	ok, err := m.mayTrack(ctx, v, s)
	if err == nil && !ok {
		err = problem.NotFound("没有这个文件，或者您不能查看")
	}
	return err
}

// Mine lists the newest submissions of an account or party, before the given id.
func (m *Module) Mine(ctx context.Context, v *db.View, before ID, limit int) ([]Submission, error) {
	if before == "" {
		before = "~"
	}
	party := v.Actor.Party
	if party == "" {
		party = "-"
	}
	rows, err := store.New(v).SubmissionsOf(ctx, store.SubmissionsOfParams{Account: v.Actor.ID, Applicant: party, ID: string(before), Limit: int32(limit)})
	if err != nil {
		return nil, err
	}
	var out []Submission
	for _, row := range rows {
		s, err := shown(row, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Drafts lists the unfinished drafts of the viewer's account, last touched first.
func (m *Module) Drafts(ctx context.Context, v *db.View) ([]Draft, error) {
	if v.Actor.Kind != authz.Citizen {
		return nil, nil
	}
	rows, err := store.New(v).DraftsOf(ctx, v.Actor.ID)
	if err != nil {
		return nil, err
	}
	var out []Draft
	for _, row := range rows {
		d, err := shownDraft(row)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// Unfinished finds the viewer's draft of the same things, to be resumed or thrown away; false when there is none.
func (m *Module) Unfinished(ctx context.Context, v *db.View, slug string) (Draft, bool, error) {
	if v.Actor.Kind != authz.Citizen {
		return Draft{}, false, nil
	}
	row, err := store.New(v).Unfinished(ctx, store.UnfinishedParams{Account: v.Actor.ID, Slug: slug})
	if errors.Is(err, sql.ErrNoRows) {
		return Draft{}, false, nil
	}
	if err != nil {
		return Draft{}, false, err
	}
	d, err := shownDraft(row)
	return d, err == nil, err
}
