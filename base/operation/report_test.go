package operation

import (
	"testing"
	"time"

	"tongban/kernel/audit"
	"tongban/kernel/web"
)

func TestTheMonthlyReportHasTheLastCheckpointOfEachDayInBeijing(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.ParseInLocation("2006-01-02 15:04", s, web.Beijing)
		if err != nil {
			t.Fatal(err)
		}
		return v.UTC()
	}
	var all []audit.Checkpoint
	for i, s := range []string{"2026-10-31 23:59", "2026-11-01 00:00", "2026-11-01 23:30", "2026-11-02 07:59", "2026-11-30 23:59", "2026-12-01 00:00"} {
		all = append(all, audit.Checkpoint{Head: audit.Head{Seq: int64(i + 1)}, At: at(s)})
	}
	days, before := daily(all, at("2026-11-01 00:00").In(web.Beijing))
	if before != 1 || len(days) != 3 || days[0].Seq != 3 || days[1].Seq != 4 || days[2].Seq != 5 {
		t.Errorf("before %d, days %+v", before, days)
	}
}
