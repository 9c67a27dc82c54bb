package number_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/number"
)

func TestNumbersHaveNoGapAndNoTwinWithAHundredContenders(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		kt.Tamper(`CREATE TABLE test_paper (number bigint PRIMARY KEY)`)
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				err := kt.As(kerneltest.Clerk("c1")).Run("test.number", func(tx *db.Tx) error {
					n, err := number.Next(kt.Ctx, tx, "受理", "2026")
					if err != nil {
						return err
					}
					if _, err := tx.ExecContext(kt.Ctx, `INSERT INTO test_paper (number) VALUES ($1)`, n); err != nil {
						return err
					}
					if i%4 == 3 {
						return errors.New("refused in the end")
					}
					return nil
				})
				if (err != nil) != (i%4 == 3) {
					t.Errorf("contender %d: %v", i, err)
				}
			})
		}
		all.Wait()
		if n := kt.Count(`SELECT count(*) FROM test_paper`); n != 75 {
			t.Errorf("%d papers, want 75", n)
		}
		if n := kt.Count(`SELECT max(number) FROM test_paper`); n != 75 {
			t.Errorf("last number %d: there is a gap", n)
		}
		if n, err := number.Last(kt.Ctx, kt.Look(), "受理", "2026"); n != 75 || err != nil {
			t.Errorf("counter %d, %v", n, err)
		}
	})
}

func TestEachSeriesAndPeriodCountsForItself(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		var got []int64
		kt.As(kerneltest.Clerk("c1")).Must("test.number", func(tx *db.Tx) error {
			for _, at := range [][2]string{{"a", "2026"}, {"a", "2026"}, {"a", "2027"}, {"b", "2026"}, {"a", "2026"}} {
				n, err := number.Next(kt.Ctx, tx, at[0], at[1])
				if err != nil {
					return err
				}
				got = append(got, n)
			}
			return nil
		})
		if fmt.Sprint(got) != "[1 2 1 1 3]" {
			t.Error(got)
		}
		if n, err := number.Last(kt.Ctx, kt.Look(), "never", ""); n != 0 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}
