package seal

import (
	"slices"

	"tongban/kernel/authz"
	"tongban/kernel/problem"
)

// MayRelease holds the four eyes (D4): the person who releases a use is neither the one who decided, nor the one who asked for the
// seal, nor anybody who administers seals. Holding the right is checked besides.
func MayRelease(s Seal, u Use, by authz.Actor) error {
	switch {
	case by.Kind != authz.Staff:
		return problem.Forbidden("用印须由工作人员放行，系统只能按放行规则放行")
	case by.Holds(PermManage), by.ID == s.EstablishedBy:
		return problem.Forbidden("您是印章管理员，不能用印。请由印章“%s”的放行人 %s 或其他放行人办理", s.Name, s.KeeperName)
	case by.ID == u.DecidedBy:
		return problem.Forbidden("这份文书由您作出决定，不能再由您放行用印（四眼原则）。请由另一位放行人办理")
	case by.ID == u.RequestedBy:
		return problem.Forbidden("这次用印由您提出，不能再由您放行。请由另一位放行人办理")
	}
	return nil
}

// Covers reports whether the rule releases the use: it must name the purpose, and the person who answers for it must be another than
// the one who decided. A rule is never a way around the four eyes.
func (r Rule) Covers(u Use) bool {
	return r.Name != "" && r.By != "" && r.By != u.DecidedBy && r.By != u.RequestedBy && slices.Contains(r.Purposes, u.Purpose)
}

// MayRule says who may give a seal its rule: its keeper, who holds the right to release and does not administer seals.
func MayRule(s Seal, by authz.Actor) error {
	switch {
	case by.Kind != authz.Staff || by.ID != s.Keeper:
		return problem.Forbidden("放行规则只能由印章保管人 %s 制定", s.KeeperName)
	case by.Holds(PermManage), by.ID == s.EstablishedBy:
		return problem.Forbidden("您是印章管理员，不能制定放行规则")
	}
	return nil
}

// checkIntent refuses an intent that would leave a hole in the register.
func checkIntent(i Intent) error {
	switch {
	case i.Seal == "" || i.About == "" || i.Title == "" || i.Purpose == "":
		return problem.Internal("seal: intent without seal, subject, title or purpose: %+v", i)
	case !isHash(i.Hash) || !isHash(i.File):
		return problem.Internal("seal: intent for %s without the hash of its document", i.About)
	case i.DecidedBy == "":
		return problem.Conflict("《%s》没有作出决定的人，不能用印", i.Title)
	}
	return nil
}

func isHash(s string) bool {
	if len(s) != 64 {
		return false
	}
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
