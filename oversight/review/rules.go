package review

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tongban/kernel/authz"
	"tongban/kernel/flow"
)

type move = flow.Move[State, Act]

// moves is the only way a bad review comes to its end (I19).
var moves = flow.Table[State, Act]{
	Name: "差评整改",
	States: []flow.State[State]{
		{Name: Opened, Label: "待核实", Start: true},
		{Name: Disputed, Label: "申诉复核中"},
		{Name: Confirmed, Label: "属实，待整改"},
		{Name: Rectified, Label: "已整改，待回访"},
		{Name: Closed, Label: "已办结", End: true},
		{Name: Excluded, Label: "误评或恶意差评，不计入", End: true},
	},
	Moves: []move{
		{From: Opened, Act: ActVerify, To: Confirmed, Label: "核实属实", Guard: "实名核实人回访评价人，写明经过", By: "核实员"},
		{From: Opened, Act: ActDispute, To: Disputed, Label: "申诉（误评或恶意）", Guard: "写明理由", By: "被评单位"},
		{From: Disputed, Act: ActReject, To: Opened, Label: "申诉不成立", Guard: "由被评单位以外的人员复核", By: "核实员"},
		{From: Disputed, Act: ActExclude, To: Excluded, Label: "申诉成立，不计入", Guard: "由被评单位以外的人员复核，写明依据", By: "核实员"},
		{From: Confirmed, Act: ActRectify, To: Rectified, Label: "报送整改情况", Guard: "写明措施，附证明", By: "被评单位"},
		{From: Rectified, Act: ActAgain, To: Confirmed, Label: "回访不满意，重新整改", Guard: "回访人不是核实人，也不是整改人", By: "核实员"},
		{From: Rectified, Act: ActVisit, To: Closed, Label: "回访后办结", Guard: "回访人不是核实人，也不是整改人", By: "核实员"},
	},
}

// Moves is the table, for pages that draw it.
func Moves() flow.Table[State, Act] { return moves }

// separations of the persons (核实、整改、回访分离).
var separations = []authz.Separation{
	{Act: string(ActRectify), After: string(ActVerify), Name: "核实与整改分离", Why: "这件差评由您核实，整改要由办理单位的其他人员报送"},
	{Act: string(ActVisit), After: string(ActVerify), Name: "核实与回访分离", Why: "这件差评由您核实，回访要由另一位人员进行"},
	{Act: string(ActVisit), After: string(ActRectify), Name: "整改与回访分离", Why: "这件差评由您整改，回访要由另一位人员进行"},
	{Act: string(ActRectify), After: string(ActVisit), Name: "回访与整改分离", Why: "这件差评由您回访过，重新整改要由其他人员报送"},
	{Act: string(ActVerify), After: string(ActVisit), Name: "核实与回访分离", Why: "这件差评由您回访过，不能再由您核实"},
	{Act: string(ActVerify), After: string(ActRectify), Name: "整改与核实分离", Why: "这件差评由您整改过，不能再由您核实"},
	{Act: string(ActDispute), After: string(ActExclude), Name: "申诉与复核分离", Why: "这件差评的申诉由您复核过，不能再由您提出申诉"},
	{Act: string(ActExclude), After: string(ActDispute), Name: "申诉与复核分离", Why: "申诉由您提出，复核要由其他单位的人员进行"},
}

// Separations are the separations of duties over a rectification.
func Separations() []authz.Separation { return slices.Clone(separations) }

// SameAs is the act under which the separations know an act: both results of a visit, and of a dispute, are one.
func SameAs(act Act) Act {
	switch act {
	case ActAgain:
		return ActVisit
	case ActReject:
		return ActExclude
	}
	return act
}

// barred applies the separations; both results of a visit, and of a dispute, are one act.
func barred(life []Step, act Act, a authz.Actor) (string, bool) {
	var deeds []authz.Deed
	for _, s := range life {
		deeds = append(deeds, authz.Deed{Act: string(SameAs(s.Act)), Actor: s.Actor})
	}
	s, yes := authz.Barred(separations, deeds, string(SameAs(act)), a)
	return s.Why, yes
}

// rectifyDays is the usual time for a rectification: 15 working days in one published practice. The setting review.rectify.days changes it.
const rectifyDays = 15

// leastPublic is how many reviews a unit needs before its score is shown: fewer would point at persons.
const leastPublic = 5

var (
	longNumber = regexp.MustCompile(`[0-9０-９][0-9０-９ \-]{5,}[0-9０-９Xx]`)
	mailBox    = regexp.MustCompile(`[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+`)
	plate      = regexp.MustCompile(`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·•]?[A-Z0-9]{5,6}`)
)

// Mask hides what could name a person in a text: numbers of seven digits and more (identity, phone, account), mail boxes, plates, and the
// given names.
func Mask(text string, names ...string) string {
	text = longNumber.ReplaceAllString(text, "＊＊＊")
	text = mailBox.ReplaceAllString(text, "＊＊＊")
	text = plate.ReplaceAllString(text, "＊＊＊")
	for _, n := range names {
		if len([]rune(n)) > 1 {
			text = strings.ReplaceAll(text, n, "＊＊＊")
		}
	}
	return text
}

// Tally is what the indicators of a time are made of.
type Tally struct {
	Invited, Reviewed int    // things done, and those reviewed
	By                [6]int // reviews by grade; 0 unused
	BadOpened         int    // bad reviews
	Verified          int    // of them verified or excluded
	Confirmed         int    // of them confirmed
	InTime            int    // confirmed and closed in time
	Visited           int    // confirmed and visited
	Pleased           int    // of them satisfied on the visit
}

// Rate is a share; Known is false where there is nothing to divide by.
type Rate struct {
	Value float64
	Known bool
}

func (r Rate) String() string {
	if !r.Known {
		return "—"
	}
	return strconv.FormatFloat(r.Value*100, 'f', 1, 64) + "%"
}

func share(part, whole int) Rate {
	if whole == 0 {
		return Rate{}
	}
	return Rate{float64(part) / float64(whole), true}
}

// Reviews is how many reviews count.
func (t Tally) Reviews() int { return t.By[1] + t.By[2] + t.By[3] + t.By[4] + t.By[5] }

// ReviewRate is 评价率; no review is ever assumed, so 主动评价率 is the same.
func (t Tally) ReviewRate() Rate { return share(t.Reviewed, t.Invited) }

// GoodRate is 好评率: fair and better.
func (t Tally) GoodRate() Rate { return share(t.By[3]+t.By[4]+t.By[5], t.Reviews()) }

// BadRate is 差评率.
func (t Tally) BadRate() Rate { return share(t.By[1]+t.By[2], t.Reviews()) }

// VerifiedRate is 差评核实率.
func (t Tally) VerifiedRate() Rate { return share(t.Verified, t.BadOpened) }

// InTimeRate is 按期整改率.
func (t Tally) InTimeRate() Rate { return share(t.InTime, t.Confirmed) }

// VisitRate is 回访率.
func (t Tally) VisitRate() Rate { return share(t.Visited, t.Confirmed) }

// PleasedRate is 回访满意率.
func (t Tally) PleasedRate() Rate { return share(t.Pleased, t.Visited) }

// Score is the average grade, 1 to 5; 0 without reviews.
func (t Tally) Score() float64 {
	n, sum := t.Reviews(), 0
	if n == 0 {
		return 0
	}
	for g := 1; g <= 5; g++ {
		sum += g * t.By[g]
	}
	return float64(sum) / float64(n)
}
