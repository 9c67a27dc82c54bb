package number_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"tongban/kernel/authz"
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

// A county restored from its backup does not know what was issued after it. It must not issue any of that again, in the periods that
// were running and in those that began while the data were lost; later periods begin at 1 as always.
func TestNumbersIssuedAfterTheBackupAreNotIssuedAgain(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		day := func(n int) string { return []string{"20261123", "20261124", "20261125"}[n] }
		take := func(series, period string, times int) (last int64) {
			kt.As(kerneltest.Clerk("c1")).Must("test.number", func(tx *db.Tx) error {
				for range times {
					var err error
					if last, err = number.Next(kt.Ctx, tx, series, period); err != nil {
						return err
					}
				}
				return nil
			})
			return last
		}
		backup := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
		take("licence", "2026", 40)
		take("case", "20261120", 30)
		take("case", day(0), 20)
		// What happens after the backup is lost: at most some hundreds a day.
		kt.Move(backup.AddDate(0, 0, 1))
		kt.As(authz.Machine("kernel", "restore")).Must("number.restored", func(tx *db.Tx) error {
			_, err := number.Restored(kt.Ctx, tx, backup)
			return err
		})
		for _, x := range []struct {
			series, period string
			above          int64
		}{{"licence", "2026", 240}, {"case", day(0), 220}, {"case", day(1), 200}, {"unknown to the backup", "2026", 200}} {
			if n := take(x.series, x.period, 1); n <= x.above {
				t.Errorf("%s %s goes on with %d: that may have been issued", x.series, x.period, n)
			}
		}
		for _, x := range [][2]string{{"case", day(2)}, {"licence", "2027"}} {
			if n := take(x[0], x[1], 1); n != 1 {
				t.Errorf("%s %s begins with %d", x[0], x[1], n)
			}
		}
		if n := take("case", "20261120", 1); n != 31 {
			t.Errorf("a day that was over before the backup goes on with %d", n)
		}
		counters, err := number.Counters(kt.Ctx, kt.Look(), "licence")
		if err != nil || len(counters) != 2 || counters[0].Value-counters[0].Skipped != 41 {
			t.Errorf("%+v, %v: what was left out is not told", counters, err)
		}
	})
}
