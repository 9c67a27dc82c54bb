package bundle

import (
	"fmt"
	"slices"

	"tongban/kernel/flow"
)

type act string

// What can happen to a part.
const (
	actRelease  act = "release"
	actGrant    act = "grant"
	actRefuse   act = "refuse"
	actDecline  act = "decline"
	actLapse    act = "lapse"
	actWithdraw act = "withdraw"
)

type move = flow.Move[PartState, act]

// moves is the table by which a part changes. It follows the case behind it.
var moves = flow.Table[PartState, act]{
	Name: "一件事的事项",
	States: []flow.State[PartState]{
		{Name: Waiting, Label: "等待前一事项", Start: true},
		{Name: Handling, Label: "办理中", Start: true},
		{Name: Granted, Label: "准予", End: true},
		{Name: Refused, Label: "不予许可", End: true},
		{Name: NotTaken, Label: "不予受理", End: true},
		{Name: Lapsed, Label: "逾期未补正", End: true},
		{Name: Withdrawn, Label: "已撤回", End: true},
	},
	Moves: []move{
		{From: Waiting, Act: actRelease, To: Handling, Label: "启动办理", Guard: "前面的事项都已准予，或者申请人说明已另行取得", By: "系统"},
		{From: Waiting, Act: actWithdraw, To: Withdrawn, Label: "撤回", By: "申请人"},
		{From: Handling, Act: actGrant, To: Granted, Label: "准予", By: "办件"},
		{From: Handling, Act: actRefuse, To: Refused, Label: "不予许可", By: "办件"},
		{From: Handling, Act: actDecline, To: NotTaken, Label: "不予受理", By: "办件"},
		{From: Handling, Act: actLapse, To: Lapsed, Label: "逾期未补正", By: "办件"},
		{From: Handling, Act: actWithdraw, To: Withdrawn, Label: "撤回", By: "申请人"},
	},
}

// PartLabel is the state of a part in Chinese.
func PartLabel(s PartState) string { return moves.Label(s) }

// Label is the state of a submission in Chinese.
func (s State) Label() string {
	switch s {
	case Decided:
		return "已办结，待送达"
	case Delivered:
		return "已送达"
	}
	return "办理中"
}

// Label is the way of getting the result in Chinese.
func (w Way) Label() string {
	switch w {
	case ByPost:
		return "邮寄到家"
	case Download:
		return "只要电子证照"
	}
	return "到出件窗口领取"
}

// release says which waiting parts may begin now: those whose predecessors were all granted. A predecessor that is not in the submission
// is no hindrance: the answers left it out.
func release(parts []Part) []Part {
	var out []Part
	for _, p := range parts {
		if p.State != Waiting {
			continue
		}
		free := true
		for _, a := range p.After {
			if b, ok := find(parts, a); ok && b.State != Granted {
				free = false
			}
		}
		if free {
			out = append(out, p)
		}
	}
	return out
}

// blocked says which waiting parts cannot begin, because an item before them ended without a grant or can itself not begin; the value is
// the name of the item that failed.
func blocked(parts []Part) map[string]string {
	out := map[string]string{}
	for grown := true; grown; {
		grown = false
		for _, p := range parts {
			if p.State != Waiting || out[p.Item] != "" {
				continue
			}
			for _, a := range p.After {
				b, ok := find(parts, a)
				if !ok || b.State == Granted {
					continue
				}
				switch {
				case b.Ended():
					out[p.Item] = b.ItemName
				case out[b.Item] != "":
					out[p.Item] = out[b.Item]
				default:
					continue
				}
				grown = true
				break
			}
		}
	}
	return out
}

func find(parts []Part, item string) (Part, bool) {
	n := slices.IndexFunc(parts, func(p Part) bool { return p.Item == item })
	if n < 0 {
		return Part{}, false
	}
	return parts[n], true
}

// done reports whether every part has ended (I14: the whole is done if and only if all its parts are).
func done(parts []Part) bool {
	return len(parts) > 0 && !slices.ContainsFunc(parts, func(p Part) bool { return !p.Ended() })
}

// MayReleasePartly reports whether the applicant may ask for what is ready before the whole is done: once, while it runs, and when
// there is something to hand over.
func (s Submission) MayReleasePartly(parts []Part) bool {
	return s.State == Running && s.PartialAt.IsZero() && len(deliverable(parts, true)) > 0
}

// awaited reports whether a part has ended with something to hand over that is not there yet.
func awaited(p Part) bool { return p.State == Granted && !p.Ready }

// deliverable lists the parts whose result is ready and in no parcel yet. Before the whole is done only what the applicant asked for in
// part is handed over (一次送达).
func deliverable(parts []Part, partial bool) []Part {
	if !partial && (!done(parts) || slices.ContainsFunc(parts, awaited)) {
		return nil
	}
	var out []Part
	for _, p := range parts {
		if p.Ready && p.Parcel == "" {
			out = append(out, p)
		}
	}
	return out
}

// stateOf derives the state of the whole from its parts.
func stateOf(parts []Part) State {
	if !done(parts) {
		return Running
	}
	for _, p := range parts {
		if awaited(p) || p.Ready && p.DeliveredAt.IsZero() {
			return Decided
		}
	}
	return Delivered
}

// Tally counts the parts by what they are to the applicant.
type Tally struct{ Waiting, Handling, Granted, Others int }

// TallyOf counts the parts of a submission.
func TallyOf(parts []Part) Tally {
	var t Tally
	for _, p := range parts {
		switch p.State {
		case Waiting:
			t.Waiting++
		case Handling:
			t.Handling++
		case Granted:
			t.Granted++
		default:
			t.Others++
		}
	}
	return t
}

// All is the number of parts counted.
func (t Tally) All() int { return t.Waiting + t.Handling + t.Granted + t.Others }

// String says the tally in a line.
func (t Tally) String() string {
	words := fmt.Sprintf("共 %d 项，已准予 %d 项", t.All(), t.Granted)
	if t.Handling > 0 {
		words += fmt.Sprintf("，办理中 %d 项", t.Handling)
	}
	if t.Waiting > 0 {
		words += fmt.Sprintf("，等待 %d 项", t.Waiting)
	}
	if t.Others > 0 {
		words += fmt.Sprintf("，其他结果 %d 项", t.Others)
	}
	return words
}

// checked appends the check digit of ISO 7064 MOD 11,10 to a string of digits: it finds every wrong digit and nearly every swap of
// neighbours in a number read out over the telephone.
func checked(digits string) string {
	p := 10
	for _, r := range digits {
		s := (p + int(r-'0')) % 10
		if s == 0 {
			s = 10
		}
		p = s * 2 % 11
	}
	return digits + string(rune('0'+(11-p)%10))
}

// IsNumber reports whether s has the form of a submission number: fourteen digits, the last of which fits.
func IsNumber(s string) bool {
	if len(s) != 14 {
		return false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return checked(s[:13]) == s
}

// WaitsFor names the items that are still to be granted before the part.
func (p Part) WaitsFor(parts []Part) []string {
	var out []string
	for _, a := range p.After {
		if b, ok := find(parts, a); ok && b.State != Granted {
			out = append(out, b.ItemName)
		}
	}
	return out
}
