package competence

import (
	"cmp"
	"fmt"
	"slices"

	"tongban/base/org"
	"tongban/kernel/calendar"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
)

// Decider is the code of the unit that decides the item on that day. After a transfer (划转, 行政许可法第二十五条) the new unit decides in its own name; before it,
// the old one. A case keeps the decider of the day on which it was received.
func Decider(ed *pack.Edition, item catalogue.Item, on calendar.Day) (string, error) {
	unit := item.Unit
	moves := inOrder(item)
	for n := len(moves) - 1; n >= 0; n-- {
		day, err := calendar.ParseDay(moves[n].Date)
		if err != nil {
			return "", fmt.Errorf("事项 %s 的划转日期：%w", item.Code, err)
		}
		if !on.Before(day) {
			return found(ed, item, unit)
		}
		unit = moves[n].From // not yet moved on that day
	}
	return found(ed, item, unit)
}

func found(ed *pack.Edition, item catalogue.Item, unit string) (string, error) {
	if _, ok := pack.Find[org.Unit](ed, org.Kind, unit); !ok {
		return "", problem.Conflict("“%s”现在没有明确的实施单位，暂时不能办理", item.Name).WithNext("请拨打 12345，由政务服务中心答复由谁办理。")
	}
	return unit, nil
}

// inOrder are the transfers of the item, oldest first.
func inOrder(item catalogue.Item) []catalogue.Transfer {
	moves := slices.Clone(item.Transfers)
	slices.SortStableFunc(moves, func(a, b catalogue.Transfer) int { return cmp.Compare(a.Date, b.Date) })
	return moves
}

// Unit is who answers for an item, as a citizen reads it.
type Unit struct {
	Code    string
	Name    string // full name, under which it decides
	Short   string
	Office  string
	Phone   string // for questions
	Address string
	Acting  string // the body in whose name it decides, when it is entrusted (行政许可法第二十四条); empty otherwise
}

// Responsible names the one unit that answers for the item on that day, with the phone to call.
func Responsible(ed *pack.Edition, item catalogue.Item, on calendar.Day) (Unit, error) {
	code, err := Decider(ed, item, on)
	if err != nil {
		return Unit{}, err
	}
	u, _ := pack.Find[org.Unit](ed, org.Kind, code)
	out := Unit{Code: code, Name: u.Name, Short: u.Short, Phone: u.Phone, Address: u.Address}
	if code == item.Unit { // office and phone of the item are those of today's unit
		out.Office, out.Phone = item.Office, cmp.Or(item.Phone, u.Phone)
	}
	if item.Standing == "entrusted" && item.Delegator != "" {
		out.Acting = item.Delegator
		if d, ok := pack.Find[org.Unit](ed, org.Kind, item.Delegator); ok {
			out.Acting = d.Name
		}
	}
	return out, nil
}

// Mismatch is one doubt about who decides (权限不匹配).
type Mismatch struct {
	Item string
	Name string
	Unit string // code of the unit that decides at present
	Path string // field of the item
	Text string // what does not fit
	Note bool   // noted by the county itself and carried as a known matter
}

// Mismatches lists where the powers of the county do not fit together: noted ones, chains of transfers with a gap, and powers of a unit that answers to a
// higher level moved away from it.
func Mismatches(ed *pack.Edition) []Mismatch {
	var out []Mismatch
	for _, i := range catalogue.Items(ed) {
		out = append(out, mismatches(ed, i)...)
	}
	return out
}

func mismatches(ed *pack.Edition, i catalogue.Item) []Mismatch {
	var out []Mismatch
	add := func(n int, field, text string, args ...any) {
		path := fmt.Sprintf("transfers[%d].%s", n, field)
		out = append(out, Mismatch{Item: i.Code, Name: i.Name, Unit: i.Unit, Path: path, Text: fmt.Sprintf(text, args...)})
	}
	name := func(code string) string {
		if u, ok := pack.Find[org.Unit](ed, org.Kind, code); ok {
			return u.Short
		}
		return code
	}
	moves := inOrder(i)
	for n, t := range moves {
		at := slices.Index(i.Transfers, t)
		if t.Mismatch != "" {
			out = append(out, Mismatch{Item: i.Code, Name: i.Name, Unit: i.Unit, Path: fmt.Sprintf("transfers[%d].mismatch", at), Text: t.Mismatch, Note: true})
		}
		if _, err := calendar.ParseDay(t.Date); err != nil {
			add(at, "date", "划转日期写得不对：%v", err)
		}
		for field, code := range map[string]string{"from": t.From, "to": t.To} {
			if _, ok := pack.Find[org.Unit](ed, org.Kind, code); !ok {
				add(at, field, "划转涉及的单位 %s 不在机构名录里", code)
			}
		}
		if t.From == t.To {
			add(at, "to", "划出和划入是同一个单位")
		}
		if n > 0 && moves[n-1].To != t.From {
			add(at, "from", "上一次划给了%s，这一次却从%s划出", name(moves[n-1].To), name(t.From))
		}
		if u, ok := pack.Find[org.Unit](ed, org.Kind, t.From); ok && u.Vertical && t.Mismatch == "" {
			add(at, "from", "%s是垂直管理单位，它的权限不由县里划转", u.Short)
		}
		if t.Instrument == "" {
			add(at, "instrument", "没有写划转依据的文件")
		}
	}
	if n := len(moves); n > 0 && moves[n-1].To != i.Unit {
		add(slices.Index(i.Transfers, moves[n-1]), "to", "最后划给了%s，实施主体却写着%s", name(moves[n-1].To), name(i.Unit))
	}
	return out
}
