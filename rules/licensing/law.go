// Package licensing carries out the articles of the Administrative Licensing Law (中华人民共和国行政许可法) on receiving, deciding and
// delivering, each as a pure function beside its article: arts. 32 (acceptance, one-time notice, acceptance by silence), 42 and 43 (terms
// and extension), 44 (delivery), 45 (time that is not counted), 82 (working days). casework asks them; they know no case, no clock that
// runs and no database.
package licensing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tongban/kernel/calendar"
	"tongban/kernel/clock"
)

// All limits are working days (第八十二条：本法规定的行政机关实施行政许可的期限以工作日
// 计算，不含法定节假日); where another law or regulation sets its own limit
// (第四十二条、第四十三条：法律、法规另有规定的，依照其规定) it comes from the item.
const (
	NoticeDays        = 5  // 第三十二条第一款第（四）项: telling at once everything that is missing
	DecisionDays      = 20 // 第四十二条第一款: deciding, from acceptance
	DecisionExtension = 10 // 第四十二条第一款: with approval of the agency's head
	JointDays         = 45 // 第四十二条第二款: unified, joint or centralised handling (第二十六条)
	JointExtension    = 15 // 第四十二条第二款: with approval of the government's head
	FirstReviewDays   = 20 // 第四十三条: first review by the lower agency, from its acceptance
	DeliveryDays      = 10 // 第四十四条: issuing and delivering the certificate, from the decision
)

// Outcome is one of the five ways to deal with an application (第三十二条第一款).
type Outcome string

// The five outcomes, in the order of the article.
const (
	NoLicenceNeeded  Outcome = "no_licence_needed" // （一）依法不需要取得行政许可
	NotCompetent     Outcome = "not_competent"     // （二）不属于本行政机关职权范围
	CorrectOnTheSpot Outcome = "correct_on_spot"   // （三）可以当场更正的错误
	RequestAll       Outcome = "request_all"       // （四）材料不齐全或者不符合法定形式: one notice with everything
	MustAccept       Outcome = "accept"            // （五）齐全、符合法定形式: must be accepted
)

// Examination is what the person who received the application found. The zero
// value finds nothing wrong.
type Examination struct {
	NoLicenceNeeded bool
	NotCompetent    bool
	Slips           []string // errors that can be corrected on the spot and are not yet
	Missing         []string // materials missing or not in the form the law asks for
}

// Examine carries out 第三十二条第一款. What the applicant can mend on the spot
// is mended before anything is asked for, so that no one is sent away for a
// slip of the pen.
func Examine(e Examination) Outcome {
	switch {
	case e.NoLicenceNeeded:
		return NoLicenceNeeded
	case e.NotCompetent:
		return NotCompetent
	case len(e.Slips) > 0:
		return CorrectOnTheSpot
	case len(e.Missing) > 0:
		return RequestAll
	}
	return MustAccept
}

// Duty says what the article demands now.
func (o Outcome) Duty() string {
	switch o {
	case NoLicenceNeeded:
		return "依法不需要取得行政许可，应当即时告知申请人不受理（行政许可法第三十二条第一款第（一）项）。"
	case NotCompetent:
		return "不属于本机关职权范围，应当即时作出不予受理的决定，并告知申请人向有关行政机关申请（行政许可法第三十二条第一款第（二）项）。"
	case CorrectOnTheSpot:
		return "存在可以当场更正的错误，应当允许申请人当场更正（行政许可法第三十二条第一款第（三）项）。"
	case RequestAll:
		return "材料不齐全或者不符合法定形式，应当当场或者在五个工作日内一次告知需要补正的全部内容；逾期不告知的，自收到申请材料之日起即为受理（行政许可法第三十二条第一款第（四）项）。"
	case MustAccept:
		return "属于本机关职权范围，材料齐全、符合法定形式，应当受理（行政许可法第三十二条第一款第（五）项）。"
	}
	return ""
}

// NeedsWrittenProof reports whether a dated written proof under the agency's
// special seal must be issued: for accepting and for not accepting
// (第三十二条第二款).
func (o Outcome) NeedsWrittenProof() bool {
	return o == NoLicenceNeeded || o == NotCompetent || o == MustAccept
}

// NoticeDue returns the last day for telling the applicant, once, everything
// that must be corrected (第三十二条第一款第（四）项).
func NoticeDue(received calendar.Day, t calendar.Table) (calendar.Day, error) {
	return t.Add(received, NoticeDays)
}

// Deemed is an acceptance that took place by law, because nobody spoke in time.
type Deemed struct {
	AsOf  calendar.Day // accepted as of this day: the day of receipt, and clocks run from it
	Since time.Time    // the instant at which silence became acceptance, whenever the system noticed
}

// DeemedAccepted carries out 第三十二条第一款第（四）项: 逾期不告知的，自收到申请材料
// 之日起即为受理. Noticed is the day on which the one-time notice reached the
// applicant, the zero Day when it did not; a notice after the fifth working day
// undoes nothing. It answers false while the five days are still running. Near
// the end of a year without the next notice, ask with [calendar.Table.Provisional].
func DeemedAccepted(received, noticed, today calendar.Day, t calendar.Table) (Deemed, bool, error) {
	last, err := NoticeDue(received, t)
	if err != nil {
		return Deemed{}, false, err
	}
	if !noticed.IsZero() && !noticed.After(last) || !today.After(last) {
		return Deemed{}, false, nil
	}
	return Deemed{AsOf: received, Since: last.End()}, true, nil
}

// BeyondFirstNotice carries out the word 一次 of 第三十二条第一款第（四）项: what was
// not named in the first notice may not be asked for later. It returns what a
// second notice names beyond the first; nothing means the second is lawful.
func BeyondFirstNotice(first, second []string) (unlawful []string) {
	for _, m := range second {
		if !slices.Contains(first, m) {
			unlawful = append(unlawful, m)
		}
	}
	return unlawful
}

// Procedure is how many agencies decide, which sets the limit.
type Procedure string

// The two procedures of 第四十二条.
const (
	Single Procedure = "single" // one agency
	Joint  Procedure = "joint"  // 统一办理、联合办理、集中办理 (第二十六条)
)

// DecisionTerm returns the statutory limit for deciding (第四十二条), from
// acceptance.
func DecisionTerm(p Procedure) clock.Term {
	if p == Joint {
		return clock.Workdays(JointDays)
	}
	return clock.Workdays(DecisionDays)
}

// Approver is the office that may approve an extension.
type Approver string

// The two approvers of 第四十二条.
const (
	AgencyHead     Approver = "agency_head"     // 本行政机关负责人
	GovernmentHead Approver = "government_head" // 本级人民政府负责人
)

// String returns the Chinese name.
func (a Approver) String() string {
	if a == GovernmentHead {
		return "本级人民政府负责人"
	}
	return "本行政机关负责人"
}

// ExtensionOf returns the longest extension and who must approve it
// (第四十二条).
func ExtensionOf(p Procedure) (days int, by Approver) {
	if p == Joint {
		return JointExtension, GovernmentHead
	}
	return DecisionExtension, AgencyHead
}

// ExtensionRequest is what is asked and by whom it was approved.
type ExtensionRequest struct {
	Procedure Procedure
	Days      int      // working days asked for
	Granted   int      // working days of extension this case had already
	By        Approver // office of the person who approved
	Reason    string   // told to the applicant: 应当将延长期限的理由告知申请人
	Due       calendar.Day
	Today     calendar.Day
	// Basis and Max stand for a law or regulation that sets another limit
	// (法律、法规另有规定的，依照其规定); the approver stays the article's.
	Basis string
	Max   int
}

// MayExtend carries out 第四十二条: it returns nil when the extension is lawful,
// else an error that says what is missing.
func MayExtend(r ExtensionRequest) error {
	limit, by := ExtensionOf(r.Procedure)
	article := "行政许可法第四十二条"
	if r.Basis != "" {
		limit, article = r.Max, r.Basis
	}
	switch {
	case r.Days <= 0:
		return refuse("延长的工作日数应大于零，请填写需要延长几个工作日")
	case r.By != by:
		return refuse("延长办理期限须经%s批准（%s），请先取得批准", by, article)
	case strings.TrimSpace(r.Reason) == "":
		return refuse("请写明延长期限的理由，并告知申请人（%s）", article)
	case r.Granted+r.Days > limit:
		return refuse("最多可以延长%d个工作日（%s），已延长%d个，不能再延长%d个", limit, article, r.Granted, r.Days)
	case r.Today.After(r.Due):
		return refuse("办理期限已于%s届满，届满后不能再批准延长；请尽快作出决定并说明逾期原因", r.Due.Chinese())
	}
	return nil
}

// FirstReviewDue returns the last day of the first review by a lower agency
// (第四十三条).
func FirstReviewDue(accepted calendar.Day, t calendar.Table) (calendar.Day, error) {
	return t.Add(accepted, FirstReviewDays)
}

// DeliveryDue returns the last day for issuing and delivering the certificate
// (第四十四条).
func DeliveryDue(decided calendar.Day, t calendar.Table) (calendar.Day, error) {
	return t.Add(decided, DeliveryDays)
}

// ExcludedProcedure is a procedure whose time is not counted into the limit
// (第四十五条).
type ExcludedProcedure string

// The list of 第四十五条. It is closed: public notice (公示) and asking other
// units are not on it, so they stop the clock only on a basis of their own.
const (
	Hearing      ExcludedProcedure = "hearing"       // 听证
	Tender       ExcludedProcedure = "tender"        // 招标
	Auction      ExcludedProcedure = "auction"       // 拍卖
	Inspection   ExcludedProcedure = "inspection"    // 检验
	Testing      ExcludedProcedure = "testing"       // 检测
	Quarantine   ExcludedProcedure = "quarantine"    // 检疫
	Appraisal    ExcludedProcedure = "appraisal"     // 鉴定
	ExpertReview ExcludedProcedure = "expert_review" // 专家评审
)

// ExcludedProcedures returns the list of 第四十五条 in the order of the article.
func ExcludedProcedures() []ExcludedProcedure {
	return []ExcludedProcedure{Hearing, Tender, Auction, Inspection, Testing, Quarantine, Appraisal, ExpertReview}
}

// String returns the word of the article, or the code itself when it is not on
// the list.
func (p ExcludedProcedure) String() string {
	i := slices.Index(ExcludedProcedures(), p)
	if i < 0 {
		return string(p)
	}
	return [...]string{"听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审"}[i]
}

// Exclusion asks to take the time of a procedure out of the limit.
type Exclusion struct {
	Procedure ExcludedProcedure
	Name      string    // in words, for a procedure that is not on the list
	Basis     string    // the item's own legal basis, for a procedure that is not on the list
	Document  string    // number of the written notice to the applicant
	Days      int       // working days the procedure will need, as the notice says
	From      time.Time // when the notice was given
}

// MayExclude carries out 第四十五条: the procedure must be on the list or have a
// basis of its own, and the applicant must be told in writing how long it will
// take (行政机关应当将所需时间书面告知申请人). It returns the pause for the case's
// clock.
func MayExclude(x Exclusion) (clock.Entry, error) {
	name := x.Procedure.String()
	if listed := slices.Contains(ExcludedProcedures(), x.Procedure); !listed {
		if x.Name != "" {
			name = x.Name
		}
		if strings.TrimSpace(x.Basis) == "" {
			return clock.Entry{}, refuse("“%s”不在行政许可法第四十五条所列程序之内，不能停止计时；如法律、法规另有规定，请填写依据", name)
		}
	}
	switch {
	case strings.TrimSpace(x.Document) == "":
		return clock.Entry{}, refuse("请先将“%s”所需时间书面告知申请人，并填写告知书文号（行政许可法第四十五条）", name)
	case x.Days <= 0:
		return clock.Entry{}, refuse("请填写“%s”预计需要的工作日数，告知书上应当写明（行政许可法第四十五条）", name)
	}
	reason := fmt.Sprintf("%s，预计%d个工作日", name, x.Days)
	if x.Basis != "" {
		reason += "，依据" + x.Basis
	}
	return clock.Entry{Kind: clock.Pause, At: x.From, Code: string(x.Procedure), Reason: reason, Document: x.Document}, nil
}

func refuse(format string, args ...any) error {
	return &clock.Refused{Text: fmt.Sprintf(format, args...)}
}
