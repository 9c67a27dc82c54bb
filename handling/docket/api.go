package docket

import (
	"context"
	"time"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/licensing"
)

// CaseLine is a case in a list of the API.
type CaseLine struct {
	Number        string    `json:"number" doc:"办件编号" example:"TB2025010600001"`
	Item          string    `json:"item" doc:"事项代码" example:"food-operation-licence"`
	ItemName      string    `json:"item_name" doc:"事项名称" example:"食品经营许可"`
	Unit          string    `json:"unit" doc:"办理单位，单位代码" example:"approval-bureau"`
	ApplicantName string    `json:"applicant_name" doc:"申请人" example:"李小满"`
	Channel       string    `json:"channel" doc:"来源渠道：online 网上，counter 窗口，mobile 手机，kiosk 自助机，helper 帮代办，post 邮寄，cross 跨域" example:"online"`
	State         string    `json:"state" enum:"received,correcting,accepted,suspended,granted,refused,declined,withdrawn,lapsed,closed" doc:"法律上到了哪一步" example:"received"`
	StateText     string    `json:"state_text" doc:"状态的中文说法" example:"已收件"`
	Stage         string    `json:"stage" enum:"hold,receive,correct,assess,decide,suspend,deliver,done" doc:"等着做什么" example:"receive"`
	OpenedAt      time.Time `json:"opened_at" doc:"收件时间"`
	Due           string    `json:"due,omitempty" format:"date-time" doc:"这一步的期限：从这一刻起就超期了；没有期限的不写" example:"2026-12-01T00:00:00+08:00"`
	Version       int64     `json:"version" doc:"版本，与 ETag 相同" example:"3"`
}

// CaseSheet is a case as the API tells it.
type CaseSheet struct {
	CaseLine
	Instant    bool         `json:"instant" doc:"即办件"`
	Hold       bool         `json:"hold" doc:"在等前置事项"`
	Edition    int64        `json:"edition" doc:"按标准数据第几版办理" example:"1"`
	Submission string       `json:"submission_title" doc:"随哪件事一起来的" example:"我要开餐饮店"`
	Reason     string       `json:"reason" doc:"不予受理、不予许可、撤回的理由" example:"经营场所不符合规定"`
	AcceptedAt string       `json:"accepted_at,omitempty" format:"date-time" doc:"受理时间" example:"2026-11-24T10:00:00+08:00"`
	DecidedAt  string       `json:"decided_at,omitempty" format:"date-time" doc:"决定时间" example:"2026-12-01T10:00:00+08:00"`
	Next       string       `json:"next" doc:"下一步" example:"核对材料，决定受理或者一次告知需要补正的内容"`
	Defects    []CaseDefect `json:"defects" doc:"告知过的缺项"`
	Notices    []CaseNotice `json:"notices" doc:"出过的文书"`
	Deeds      []CaseDeed   `json:"deeds" doc:"办理经过"`
	Points     []string     `json:"points" doc:"审查要点，按顺序；审查时逐项回答"`
}

// CaseDefect is one thing the applicant was told to mend.
type CaseDefect struct {
	Kind  string `json:"kind" enum:"material,element,other" doc:"material 材料，element 填写的内容，other 其他" example:"material"`
	Thing string `json:"thing,omitempty" maxLength:"100" doc:"材料类型代码或者数据元代码" example:"lease-contract"`
	Name  string `json:"name" minLength:"1" maxLength:"100" doc:"缺什么" example:"房屋租赁合同"`
	What  string `json:"what" minLength:"1" maxLength:"500" doc:"哪里不对" example:"没有签字页"`
	How   string `json:"how" minLength:"1" maxLength:"500" doc:"怎样补" example:"补传签字页"`
}

// CaseNotice is a paper of a case.
type CaseNotice struct {
	ID       string    `json:"id" doc:"文书标识，读文书时用" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y7"`
	Number   string    `json:"number" doc:"文号" example:"南审批受〔2026〕1号"`
	Title    string    `json:"title" doc:"文书名称" example:"受理通知书"`
	IssuedAt time.Time `json:"issued_at" doc:"出具时间"`
}

// CaseDeed is one act in the life of a case.
type CaseDeed struct {
	Act  string    `json:"act" doc:"办理行为" example:"accept"`
	Text string    `json:"text" doc:"办理行为的中文说法" example:"受理"`
	By   string    `json:"by" doc:"谁办的" example:"王经办"`
	Note string    `json:"note" doc:"说明" example:"材料齐全"`
	At   time.Time `json:"at" doc:"时间"`
}

type (
	casesIn struct {
		Stage   string `query:"stage" enum:"hold,receive,correct,assess,decide,suspend,deliver,done" doc:"等着做什么；不写是所有没有结束的" example:"receive"`
		Unit    string `query:"unit" maxLength:"60" doc:"办理单位，单位代码" example:"approval-bureau"`
		Item    string `query:"item" maxLength:"100" doc:"事项代码" example:"food-operation-licence"`
		Channel string `query:"channel" maxLength:"20" doc:"来源渠道" example:"online"`
		Due     string `query:"due" enum:"late,today,soon" doc:"late 已超期，today 今天到期，soon 三个工作日内到期" example:"soon"`
		Q       string `query:"q" maxLength:"60" doc:"办件编号、申请人、事项名称的一部分" example:"TB20261123"`
		After   string `query:"after" maxLength:"100" doc:"上一页 Link 里的位置" example:"2026-12-01T00:00:00Z~01JDQ6Z3K8"`
		Limit   int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"一页几件" example:"50"`
	}
	casesOut struct {
		Link string `header:"Link" doc:"下一页"`
		Body []CaseLine
	}
	caseIn struct {
		Number string `path:"number" maxLength:"40" doc:"办件编号" example:"TB2025010600001"`
	}
	caseOut struct {
		ETag string `header:"ETag" doc:"办件的版本，办理时用 If-Match 带回"`
		Body CaseSheet
	}
	actIn[B any] struct {
		Number string `path:"number" maxLength:"40" doc:"办件编号" example:"TB2025010600001"`
		Body   B
	}
)

// What is sent with each act.
type (
	// Acceptance accepts an application.
	Acceptance struct{}
	// Correcting tells the applicant everything that must be mended.
	Correcting struct {
		Defects []CaseDefect `json:"defects" minItems:"1" maxItems:"50" doc:"需要补正的全部内容"`
	}
	// Declining does not take an application.
	Declining struct {
		Ground string `json:"ground" enum:"no_licence_needed,not_competent" doc:"no_licence_needed 依法不需要取得许可，not_competent 不属于本机关职权" example:"not_competent"`
		Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"理由；不属于本机关职权的，写明应向哪个机关申请" example:"户外广告设置由城市管理局办理，请向该局申请"`
	}
	// Assessing puts an examination on file.
	Assessing struct {
		Points []PointFound `json:"points" maxItems:"100" doc:"逐项核对审查要点的结果"`
		Grant  bool         `json:"grant" doc:"建议准予" example:"true"`
		Text   string       `json:"text,omitempty" maxLength:"2000" doc:"审查意见；建议不予许可的必须写" example:"材料齐全，符合条件"`
	}
	// PointFound is what was found on one review point.
	PointFound struct {
		Point  int    `json:"point" minimum:"0" maximum:"1000" doc:"第几个要点，从 0 起" example:"0"`
		Passed bool   `json:"passed" doc:"符合" example:"true"`
		Note   string `json:"note,omitempty" maxLength:"500" doc:"说明" example:"已核对原件"`
	}
	// Suspending stops the clock for a special procedure.
	Suspending struct {
		Procedure string `json:"procedure" enum:"hearing,tender,auction,inspection,testing,quarantine,appraisal,expert_review" doc:"特别程序：hearing 听证，tender 招标，auction 拍卖，inspection 检验，testing 检测，quarantine 检疫，appraisal 鉴定，expert_review 专家评审" example:"inspection"`
		Days      int    `json:"days" minimum:"1" maximum:"365" doc:"需要几个工作日，会书面告知申请人" example:"10"`
		Reason    string `json:"reason" minLength:"1" maxLength:"1000" doc:"理由" example:"现场检验消防设施"`
		Document  string `json:"document,omitempty" maxLength:"100" doc:"已另行出具告知书的文号；不写由平台出具" example:"南消验〔2026〕12号"`
	}
	// Resuming ends a special procedure.
	Resuming struct {
		Note string `json:"note,omitempty" maxLength:"1000" doc:"特别程序的结果" example:"检验合格"`
	}
	// Deciding grants or refuses.
	Deciding struct {
		Granted bool   `json:"granted" doc:"true 准予，false 不予许可" example:"true"`
		Reasons string `json:"reasons,omitempty" maxLength:"2000" doc:"理由；不予许可的必须写" example:"经营场所不符合规定"`
		Basis   string `json:"basis,omitempty" maxLength:"500" doc:"依据；不写用事项的设定依据" example:"食品安全法第三十五条"`
	}
)

const apiTag = "办件"

func (m *Module) api() []web.Route {
	routes := []web.Route{
		web.API("GET", "/api/v1/cases", casework.PermRead, "列办件", m.apiList).In(apiTag).
			Saying("列出权限范围内的办件，最急的在前；已结束的（stage=done）新的在前。翻页用答复头 Link。"),
		web.API("GET", "/api/v1/cases/{number}", casework.PermRead, "读办件", m.apiCase).In(apiTag).
			Saying("一个办件的全部情况：到了哪一步、期限、缺项、文书、办理经过、审查要点。ETag 是它的版本。"),
		act(m, "accept", "accept", casework.PermAccept, "受理", "受理申请，出具受理通知书，开始计算办理期限（行政许可法第三十二条）。收件后五个工作日内不办，视为受理。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, _ Acceptance) error {
				_, err := m.cases.Accept(ctx, tx, c.ID)
				return err
			}),
		act(m, "correct", "ask", casework.PermAccept, "一次性告知补正", "一次告知申请人需要补正的全部内容（行政许可法第三十二条）。同样的内容不能告知第二次。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Correcting) error {
				var defects []casework.Defect
				for _, d := range b.Defects {
					defects = append(defects, casework.Defect{Kind: d.Kind, Thing: d.Thing, Name: d.Name, What: d.What, How: d.How})
				}
				_, err := m.cases.AskCorrection(ctx, tx, c.ID, defects)
				return err
			}),
		act(m, "decline", "decline", casework.PermAccept, "不予受理", "只有两种法定情形：依法不需要取得许可，或者不属于本机关职权（行政许可法第三十二条）。材料不齐的用补正。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Declining) error {
				_, err := m.cases.Decline(ctx, tx, c.ID, licensing.Outcome(b.Ground), b.Reason)
				return err
			}),
		act(m, "assess", "assess", casework.PermAssess, "审查", "逐项核对审查要点，提出准予或者不予的建议（行政许可法第三十四条）。受理的应用不能审查，审查的不能决定（职责分离）。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Assessing) error {
				a := casework.Assessment{Grant: b.Grant, Text: b.Text}
				for _, p := range b.Points {
					a.Points = append(a.Points, casework.Checked{Point: p.Point, Passed: p.Passed, Note: p.Note})
				}
				return m.cases.Assess(ctx, tx, c.ID, a)
			}),
		act(m, "suspend", "suspend", casework.PermSuspend, "启动特别程序", "听证、检验、检测、检疫、鉴定、专家评审等所需时间不计入办理期限，书面告知申请人（行政许可法第四十五条）。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Suspending) error {
				_, err := m.cases.Suspend(ctx, tx, c.ID, casework.Suspension{Procedure: licensing.ExcludedProcedure(b.Procedure), Days: b.Days, Reason: b.Reason, Document: b.Document})
				return err
			}),
		act(m, "resume", "resume", casework.PermSuspend, "结束特别程序", "特别程序结束，办理期限继续计算。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Resuming) error {
				return m.cases.Resume(ctx, tx, c.ID, b.Note)
			}),
		act(m, "decide", "decide", casework.PermDecide, "作出决定", "准予或者不予许可，出具决定书（行政许可法第三十八条）。一定要带 If-Match：决定针对的是读到的情况。即办件受理和决定一并作出。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Deciding) error {
				v := casework.Verdict{Granted: b.Granted, Reasons: b.Reasons, Basis: b.Basis}
				if c.Instant {
					_, err := m.cases.DecideAtOnce(ctx, tx, c.ID, v)
					return err
				}
				_, err := m.cases.Decide(ctx, tx, c.ID, v)
				return err
			}).Matched(),
	}
	return append(routes, m.furtherActs()...)
}

// act is the route of one act on a case: the command of the page, on the case as the caller read it.
func act[B any](m *Module, path, name string, p authz.Permission, title, text string, do func(context.Context, *db.Tx, casework.Case, B) error) web.Route {
	return web.API("POST", "/api/v1/cases/{number}/"+path, p, title, func(r *web.Request, in *actIn[B]) (*caseOut, error) {
		c, err := m.readable(r, in.Number)
		if err != nil {
			return nil, err
		}
		sheet, err := web.Do(r, "casework."+name, func(tx *db.Tx) (CaseSheet, error) {
			now, err := m.cases.Find(r.Ctx, &tx.View, c.ID)
			if err != nil {
				return CaseSheet{}, err
			}
			if err := r.Unchanged("办件 "+c.Number, now.Version); err != nil {
				return CaseSheet{}, err
			}
			if err := do(r.Ctx, tx, now, in.Body); err != nil {
				return CaseSheet{}, err
			}
			return m.sheet(r.Ctx, &tx.View, c.ID)
		})
		return &caseOut{web.ETag(sheet.Version), sheet}, err
	}).In(apiTag).Saying(text + "答复是办理之后的办件。").Matching()
}

// readable finds a case for who may see it; for others there is none.
func (m *Module) readable(r *web.Request, number string) (casework.Case, error) {
	c, err := m.cases.ByNumber(r.Ctx, r.View, number)
	if err != nil {
		return c, err
	}
	may, err := m.cases.MayRead(r.Ctx, r.View, c)
	if err == nil && !may {
		err = problem.NotFound("没有这个办件，请核对办件编号")
	}
	return c, err
}

func (m *Module) apiList(r *web.Request, in *casesIn) (*casesOut, error) {
	page, err := m.cases.List(r.Ctx, r.View, casework.Filter{Stage: casework.Stage(in.Stage), Unit: in.Unit, Item: in.Item, Channel: casework.Channel(in.Channel), Due: in.Due,
		Query: in.Q, After: in.After, Limit: in.Limit})
	out := &casesOut{Link: r.NextPage(page.Next), Body: []CaseLine{}}
	for _, c := range page.Cases {
		out.Body = append(out.Body, lineOf(c))
	}
	return out, err
}

func (m *Module) apiCase(r *web.Request, in *caseIn) (*caseOut, error) {
	c, err := m.readable(r, in.Number)
	if err != nil {
		return nil, err
	}
	sheet, err := m.sheet(r.Ctx, r.View, c.ID)
	return &caseOut{web.ETag(sheet.Version), sheet}, err
}

func lineOf(c casework.Case) CaseLine {
	return CaseLine{Number: c.Number, Item: c.Item, ItemName: c.ItemName, Unit: c.Unit, ApplicantName: c.ApplicantName, Channel: string(c.Channel), State: string(c.State),
		StateText: casework.StateLabel(c.State), Stage: string(c.Stage), OpenedAt: c.OpenedAt, Due: moment(c.Due), Version: c.Version}
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(web.Beijing).Format(time.RFC3339)
}

func (m *Module) sheet(ctx context.Context, v *db.View, id casework.ID) (CaseSheet, error) {
	c, err := m.cases.Find(ctx, v, id)
	if err != nil {
		return CaseSheet{}, err
	}
	duty, err := m.cases.Responsible(ctx, v, c)
	if err != nil {
		return CaseSheet{}, err
	}
	_, item, err := m.cases.Pinned(ctx, v, c)
	if err != nil {
		return CaseSheet{}, err
	}
	s := CaseSheet{CaseLine: lineOf(c), Instant: c.Instant, Hold: c.Flags.Hold, Edition: c.Edition, Submission: c.GroupTitle, Reason: c.Reason, AcceptedAt: moment(c.AcceptedAt),
		DecidedAt: moment(c.DecidedAt), Next: duty.Next, Defects: []CaseDefect{}, Notices: []CaseNotice{}, Deeds: []CaseDeed{}, Points: []string{}}
	for _, p := range item.Points {
		s.Points = append(s.Points, p.Text)
	}
	defects, err := m.cases.Defects(ctx, v, id)
	if err != nil {
		return s, err
	}
	for _, d := range defects {
		s.Defects = append(s.Defects, CaseDefect{d.Kind, d.Thing, d.Name, d.What, d.How})
	}
	notices, err := m.cases.Notices(ctx, v, id)
	if err != nil {
		return s, err
	}
	for _, n := range notices {
		s.Notices = append(s.Notices, CaseNotice{n.ID, n.Number, n.Title, n.IssuedAt})
	}
	deeds, err := m.cases.Timeline(ctx, v, id, !v.Actor.Official()) // the applicant sees what is open to him
	for _, d := range deeds {
		s.Deeds = append(s.Deeds, CaseDeed{string(d.Act), casework.ActLabel(d.Act), d.ActorName, d.Note, d.At})
	}
	return s, err
}
