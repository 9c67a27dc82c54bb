package casework

import (
	"slices"
	"strings"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/clock"
	"tongban/kernel/flow"
	"tongban/kernel/pack"
	"tongban/rules/catalogue"
	"tongban/rules/licensing"
)

type move = flow.Move[State, Act]

// moves is the table by which every case changes its state. Nothing else ever does.
var moves = flow.Table[State, Act]{
	Name: "办件",
	States: []flow.State[State]{
		{Name: Received, Label: "待受理", Start: true},
		{Name: Correcting, Label: "待补正"},
		{Name: Accepted, Label: "审查中"},
		{Name: Suspended, Label: "特别程序中"},
		{Name: Granted, Label: "准予，待送达"},
		{Name: Refused, Label: "不予许可，待送达"},
		{Name: Declined, Label: "不予受理", End: true},
		{Name: Withdrawn, Label: "已撤回", End: true},
		{Name: Lapsed, Label: "逾期未补正", End: true},
		{Name: Closed, Label: "已办结", End: true},
	},
	Moves: []move{
		{From: Received, Act: ActRelease, To: Received, Label: "启动办理", Guard: "前置事项已办好", By: "系统", Basis: "一件事办理顺序"},
		{From: Received, Act: ActAccept, To: Accepted, Label: "受理", Guard: "材料齐全、符合法定形式", By: "受理人员", Basis: "行政许可法第三十二条第一款第（五）项"},
		{From: Received, Act: ActDeem, To: Accepted, Label: "视为受理", Guard: "五个工作日内没有一次性告知", By: "法律规定", Basis: "行政许可法第三十二条第一款第（四）项"},
		{From: Received, Act: ActAsk, To: Correcting, Label: "一次性告知补正", Guard: "当场或五个工作日内，一次告知全部内容", By: "受理人员", Basis: "行政许可法第三十二条第一款第（四）项"},
		{From: Received, Act: ActDecline, To: Declined, Label: "不予受理", Guard: "依法不需要许可或不属于本机关职权", By: "受理人员", Basis: "行政许可法第三十二条第一款第（一）（二）项"},
		{From: Correcting, Act: ActSupplement, To: Received, Label: "补正提交", By: "申请人", Basis: "行政许可法第三十二条第一款第（五）项"},
		{From: Correcting, Act: ActLapse, To: Lapsed, Label: "确认逾期未补正", Guard: "补正期限已过", By: "受理人员", Basis: "本地做法"},
		{From: Accepted, Act: ActAssess, To: Accepted, Label: "审查", Guard: "审查要点逐项核对", By: "审查人员", Basis: "行政许可法第三十四条"},
		{From: Accepted, Act: ActSendBack, To: Accepted, Label: "退回重审", By: "决定人员", Basis: "内部审批"},
		{From: Accepted, Act: ActSuspend, To: Suspended, Label: "启动特别程序", Guard: "书面告知所需时间", By: "审查人员", Basis: "行政许可法第四十五条"},
		{From: Suspended, Act: ActResume, To: Accepted, Label: "特别程序结束", By: "审查人员", Basis: "行政许可法第四十五条"},
		{From: Accepted, Act: ActExtend, To: Accepted, Label: "延长期限", Guard: "负责人批准，告知理由，期限未届满", By: "本行政机关负责人", Basis: "行政许可法第四十二条"},
		{From: Accepted, Act: ActGrant, To: Granted, Label: "准予", Guard: "受理、审查、决定不是同一人", By: "决定人员", Basis: "行政许可法第三十八条第一款"},
		{From: Accepted, Act: ActRefuse, To: Refused, Label: "不予许可", Guard: "说明理由，告知救济途径", By: "决定人员", Basis: "行政许可法第三十八条第二款"},
		{From: Received, Act: ActWithdraw, To: Withdrawn, Label: "撤回申请", By: "申请人"},
		{From: Correcting, Act: ActWithdraw, To: Withdrawn, Label: "撤回申请", By: "申请人"},
		{From: Accepted, Act: ActWithdraw, To: Withdrawn, Label: "撤回申请", By: "申请人"},
		{From: Suspended, Act: ActWithdraw, To: Withdrawn, Label: "撤回申请", By: "申请人"},
		{From: Granted, Act: ActClose, To: Closed, Label: "办结", Guard: "决定和证照已送达", By: "送达人员", Basis: "行政许可法第四十四条"},
		{From: Refused, Act: ActClose, To: Closed, Label: "办结", Guard: "决定已送达", By: "送达人员"},
	},
}

// Moves is that table.
func Moves() flow.Table[State, Act] { return moves }

// StateLabel is the state in Chinese.
func StateLabel(s State) string { return moves.Label(s) }

// actLabels names the acts that are in no row of the table.
var actLabels = map[Act]string{ActOpen: "收件", ActAssign: "指派", ActAskOpinion: "征求意见", ActGiveOpinion: "反馈意见", ActMark: "标记"}

// ActLabel is the act in Chinese.
func ActLabel(a Act) string {
	if l, ok := actLabels[a]; ok {
		return l
	}
	return moves.ActLabel(a)
}

// Ended reports whether nothing follows in this state.
func Ended(s State) bool { return moves.Ended(s) }

// stageOf derives what a case waits for.
func stageOf(c Case) Stage {
	switch c.State {
	case Received:
		if c.Flags.Hold {
			return StageHold
		}
		return StageReceive
	case Correcting:
		return StageCorrect
	case Accepted:
		if c.Flags.Assessed || c.Instant {
			return StageDecide
		}
		return StageAssess
	case Suspended:
		return StageSuspend
	case Granted, Refused:
		return StageDeliver
	}
	return StageDone
}

var stageLabels = map[Stage]string{StageHold: "等待前置事项", StageReceive: "待受理", StageCorrect: "待补正", StageAssess: "待审查", StageDecide: "待决定",
	StageSuspend: "特别程序", StageDeliver: "待送达", StageDone: "已结束"}

// StageLabel is the stage in Chinese.
func StageLabel(s Stage) string { return stageLabels[s] }

// separations (职责分离, D1): receiving, assessing and deciding are done by different people, and whoever handed an application in for
// somebody neither assesses nor decides it. Items decided on the spot (即办件) by an authorised clerk are exempt (第三十四条第二款).
var separations = []authz.Separation{
	{Act: string(ActAssess), After: string(ActAccept), Name: "受审分离", Why: "您是这个办件的受理人，按受审分离的规定，审查要由其他人员办理"},
	{Act: string(ActAssess), After: string(ActOpen), Name: "代办不审查", Why: "这个办件由您代为提交，按规定不能再由您审查"},
	{Act: string(ActGrant), After: string(ActAccept), Name: "受审分离", Why: "您是这个办件的受理人，按受审分离的规定，决定要由其他人员作出"},
	{Act: string(ActGrant), After: string(ActAssess), Name: "审决分离", Why: "您是这个办件的审查人，按审查与决定分离的规定，决定要由其他人员作出"},
	{Act: string(ActGrant), After: string(ActOpen), Name: "代办不决定", Why: "这个办件由您代为提交，按规定不能再由您决定"},
	{Act: string(ActRefuse), After: string(ActAccept), Name: "受审分离", Why: "您是这个办件的受理人，按受审分离的规定，决定要由其他人员作出"},
	{Act: string(ActRefuse), After: string(ActAssess), Name: "审决分离", Why: "您是这个办件的审查人，按审查与决定分离的规定，决定要由其他人员作出"},
	{Act: string(ActRefuse), After: string(ActOpen), Name: "代办不决定", Why: "这个办件由您代为提交，按规定不能再由您决定"},
	{Act: string(ActExtend), After: string(ActAssess), Name: "申请与批准分离", Why: "您是这个办件的审查人，延长期限要由负责人批准"},
	{Act: string(ActAssess), After: string(ActExtend), Name: "申请与批准分离", Why: "这个办件的延长由您批准，退回后的审查要由其他人员办理"},
}

// Separations are the separations of duties over a case.
func Separations() []authz.Separation { return slices.Clone(separations) }

// term reads a limit of the catalogue; no amount and no unit is no limit.
func term(l catalogue.Limit) clock.Term {
	if l.Unit == "" {
		return clock.Term{}
	}
	return clock.Term{Amount: l.Amount, Unit: clock.Unit(l.Unit)}
}

// TermsOf reads the limits of an item. An item that states no statutory term has that of art. 42. The promise never exceeds the law.
func TermsOf(item catalogue.Item) Terms {
	t := Terms{Joint: licensing.Single, Notice: clock.Clock{Statutory: clock.Workdays(licensing.NoticeDays)}}
	t.Handling = clock.Clock{Promised: term(item.Promised), Statutory: term(item.Statutory)}
	if t.Handling.Statutory.None() {
		t.Handling.Statutory = licensing.DecisionTerm(licensing.Single)
	}
	if t.Handling.Statutory == licensing.DecisionTerm(licensing.Joint) {
		t.Joint = licensing.Joint
	}
	if t.Handling.Promised.None() {
		t.Handling.Promised = t.Handling.Statutory
	}
	if a := term(item.Acceptance); a.Unit == clock.Workday && a.Amount < licensing.NoticeDays {
		t.Notice.Promised = a
	}
	return t
}

// Marks of a clock by kind of step ("case" for handling, "correction", "suspension", "step" for the rest): the thresholds of the pack.
type Marks func(e *pack.Edition, subject string, c clock.Clock) []clock.Mark

// threshold is what this module reads of an efficiency threshold (oversight/efficiency owns the kind).
type threshold struct {
	Subject   string  `json:"subject"`
	Clock     string  `json:"clock"`
	Card      string  `json:"card"`
	At        string  `json:"at"`
	Value     float64 `json:"value"`
	LeastDays int     `json:"least_days"`
}

// DefaultMarks reads the thresholds of the pack; a pack without any gets blue at 50 %, warn at 80 %, yellow at 90 % and red at the end of
// the promised term, grave at the end of the statutory one.
func DefaultMarks(e *pack.Edition, subject string, c clock.Clock) []clock.Mark {
	var out []clock.Mark
	for _, t := range pack.All[threshold](e, "threshold") {
		side := clock.Side(t.Clock)
		limit := c.Term(side)
		if t.Subject != subject || side != clock.Promised && side != clock.Statutory || limit.None() ||
			limit.Unit == clock.Workday && limit.Amount < t.LeastDays {
			continue
		}
		m := clock.Mark{Name: t.Card, Side: side}
		if t.Card == "severe" {
			m.Name = "grave"
		}
		switch t.At {
		case "percent":
			m.Percent = int(t.Value)
		case "left":
			m.Left = int(t.Value)
		default: // over: told when the term ends; how long it is over is for those who watch
			m.Percent = 100
		}
		out = append(out, m)
	}
	if len(out) > 0 {
		return out
	}
	side := clock.Promised
	if c.Promised.None() {
		side = clock.Statutory
	}
	for _, m := range []struct {
		name    string
		percent int
	}{{"blue", 50}, {"warn", 80}, {"yellow", 90}, {"red", 100}} {
		out = append(out, clock.Mark{Name: m.name, Side: side, Threshold: clock.Threshold{Percent: m.percent}})
	}
	if !c.Statutory.None() {
		out = append(out, clock.Mark{Name: "grave", Side: clock.Statutory, Threshold: clock.Threshold{Percent: 100}})
	}
	return out
}

// markDeemed is the end of the five days of art. 32.
const markDeemed = "deemed"

// LastDay is the day in words whose end is the given instant, or the instant itself for terms in hours.
func LastDay(end time.Time) string {
	if end.IsZero() {
		return ""
	}
	d := calendar.DayOf(end.Add(-time.Nanosecond))
	if end.Equal(d.End()) {
		return d.Chinese()
	}
	return d.Chinese() + end.In(calendar.Zone()).Format("15:04")
}

// BasisOf is the item's legal basis in one line.
func BasisOf(item catalogue.Item) string {
	var out []string
	for _, b := range item.LegalBasis {
		if cited := "《" + strings.Trim(b.Law, "《》") + "》" + b.Article; !slices.Contains(out, cited) { // one article may be the basis of power and of procedure
			out = append(out, cited)
		}
	}
	return strings.Join(out, "、")
}
