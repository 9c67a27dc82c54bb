package catalogue

import "fmt"

// String writes the limit as people read it: 5 个工作日. An empty limit gives nothing; an amount of 0 is 当场办结.
func (l Limit) String() string {
	switch {
	case l.Unit == "":
		return ""
	case l.Amount == 0:
		return "当场办结"
	}
	switch l.Unit {
	case "naturalday":
		return fmt.Sprintf("%d 天", l.Amount)
	case "hour":
		return fmt.Sprintf("%d 小时", l.Amount)
	case "month":
		return fmt.Sprintf("%d 个月", l.Amount)
	}
	return fmt.Sprintf("%d 个工作日", l.Amount)
}

// Workdays is the limit in working days, for planning and for comparing limits of different units. Natural days, months and hours are turned by the usual
// proportion (five of seven days, 21 days a month, 8 hours a day); a deadline that binds is computed by the clock, never by this.
func (l Limit) Workdays() int {
	switch l.Unit {
	case "naturalday":
		return (l.Amount*5 + 6) / 7
	case "month":
		return l.Amount * 21
	case "hour":
		return (l.Amount + 7) / 8
	}
	return l.Amount
}

// Exact tells whether [Limit.Workdays] is exact.
func (l Limit) Exact() bool { return l.Unit == "workday" || l.Amount == 0 }
