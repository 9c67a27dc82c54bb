package calendar

import "testing"

func national(t testing.TB) Table {
	t.Helper()
	tab, err := New(Seed())
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

func TestWorkingDaysOfAYear(t *testing.T) {
	tab := national(t)
	for year, want := range map[int]int{2002: 249, 2013: 250, 2024: 251, 2025: 248, 2026: 248} {
		got, err := tab.Between(Date(year, 1, 1), Date(year, 12, 31))
		if err != nil || got != want { // 1 January is never worked
			t.Errorf("%d: %d working days, %v; want %d", year, got, err, want)
		}
	}
}
