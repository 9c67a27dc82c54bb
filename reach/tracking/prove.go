package tracking

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"tongban/handling/bundle"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/reach/tracking/internal/store"
)

// Bounds on guessing the last four digits. They slow down and never lock out: the owner of a receipt must not be shut out by a stranger.
const (
	wrongFree  = 5              // wrong answers without a wait
	wrongPause = time.Minute    // after the fifth, doubling with each further one
	wrongMost  = time.Hour      // longest wait
	wrongDay   = 24 * time.Hour // after which wrong answers are forgotten
)

const purposeWrong = "tracking.wrong"

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
func (m *Module) Prove(ctx context.Context, run func(func(*db.Tx) error) error, v *db.View, number, tail, visitor string) (bundle.Submission, error) {
	if number = bundle.Tidy(number); !bundle.IsNumber(number) {
		return bundle.Submission{}, errProve() // a slip of the finger, no guess: the check digit tells
	}
	counters := []string{m.k.Keys.Index(purposeWrong, "from:"+visitor), m.k.Keys.Index(purposeWrong, "of:"+number)}
	q := store.New(v)
	for _, who := range counters {
		row, err := q.Wrong(ctx, who)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return bundle.Submission{}, err
		}
		if v.Now.Sub(row.LastAt.Time) > wrongDay {
			continue
		}
		if wait := row.LastAt.Add(pause(row.Times)).Sub(v.Now); wait > 0 {
			return bundle.Submission{}, problem.TooMany(wait, "查询输错次数较多，请在 %d 分钟后再试。也可以登录后在“我的”里查看，或者拨打服务热线", 1+int(wait/time.Minute))
		}
	}
	s, err := m.bundles.ByNumber(ctx, v, number)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return bundle.Submission{}, err
	}
	good, err := m.parties.Matches(ctx, v, s.Applicant, bundle.Tidy(tail)) // asked for an unknown number too: both take the same way
	if err != nil {
		return bundle.Submission{}, err
	}
	if good && s.Number != "" {
		return s, nil
	}
	err = run(func(tx *db.Tx) error {
		tx.Record("receipt", counters[1], "", "", map[string]string{"event": "wrong-tail"})
		for _, who := range counters {
			if err := store.New(tx).CountWrong(ctx, store.CountWrongParams{Who: who, LastAt: db.At(tx.Now), Since: db.At(tx.Now.Add(-wrongDay))}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return bundle.Submission{}, err
	}
	return bundle.Submission{}, errProve()
}
