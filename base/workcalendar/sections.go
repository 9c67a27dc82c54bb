package workcalendar

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/pack"
)

//go:embed schema/day.json
var daySchema []byte

// Sections declares the documents of a pack that this module owns, with their schemas.
func Sections() []pack.Section {
	return []pack.Section{{Kind: "day", Glob: "calendar/*.yaml", Schema: daySchema, Key: "code"}}
}

// LocalDay is a day on which the county differs from the rest of the country.
type LocalDay struct {
	Code   string        `json:"code"` // the day, 2027-03-03
	Kind   calendar.Kind `json:"kind"`
	Reason string        `json:"reason"`
	Notice string        `json:"notice"`
	Region string        `json:"region"`
}

// published takes the local days of a new edition into the calendar. Years whose days did not change are left alone.
func (m *Module) published(ctx context.Context, tx *db.Tx, e *pack.Edition) error {
	years := map[int][]calendar.Row{}
	for _, d := range pack.All[LocalDay](e, "day") {
		day, err := calendar.ParseDay(d.Code)
		if err != nil {
			return err
		}
		years[day.Year()] = append(years[day.Year()], calendar.Row{Day: day, Kind: d.Kind, Name: d.Reason, Source: d.Notice})
	}
	known, err := m.k.Clocks.Layer(ctx, &tx.View, Local)
	if err != nil {
		return err
	}
	for year, rows := range known {
		if _, still := years[year]; !still && len(rows) > 0 {
			years[year] = nil
		}
	}
	for year, rows := range years {
		if slices.Equal(rows, known[year]) {
			continue
		}
		if _, err := m.k.Clocks.Change(ctx, tx, Local, year, rows, fmt.Sprintf("标准数据第 %d 版", e.Number)); err != nil {
			return err
		}
	}
	return nil
}
