package casework

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/number"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
	"tongban/rules/catalogue"
)

// NoticeKind is the kind of an official paper: the code of its letter in the pack.
type NoticeKind string

// The papers of a case.
const (
	NoticeAcceptance NoticeKind = "acceptance-notice"
	NoticeCorrection NoticeKind = "correction-notice"
	NoticeDecline    NoticeKind = "declining-decision"
	NoticeProcedure  NoticeKind = "special-procedure-notice"
	NoticeResumption NoticeKind = "resumption-notice"
	NoticeExtension  NoticeKind = "extension-notice"
	NoticeGrant      NoticeKind = "grant-decision"
	NoticeRefusal    NoticeKind = "refusal-decision"
)

// Notice is an official paper as it was issued (文书). Its wording never changes.
type Notice struct {
	ID       string
	Case     ID
	Kind     NoticeKind
	Number   string // 文号
	Title    string
	Wording  Wording
	Unit     string
	Issuer   string // name of the person
	IssuedAt time.Time
	ToldAt   time.Time // when the applicant had it
	ToldHow  string
}

// Wording is the text of a paper, its placeholders filled.
type Wording struct {
	To         string   `json:"to,omitempty"`
	Paragraphs []string `json:"paragraphs"`
	Rows       []Row    `json:"rows,omitempty"`
	Unit       string   `json:"unit"` // full name under the text
	Date       string   `json:"date"`
	Seal       string   `json:"seal"` // special, unit, none
	Basis      string   `json:"basis,omitempty"`
}

// Row is a labelled value of a paper.
type Row struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Letter is a template of the pack (文书模板). Its placeholders are names between double braces; there is no logic.
type Letter struct {
	Code       string   `json:"code"`
	Title      string   `json:"title"`
	Series     string   `json:"series"` // 机关代字
	Format     string   `json:"format"` // with {series}, {year}, {no}
	Seal       string   `json:"seal"`
	Copies     int      `json:"copies"`
	To         string   `json:"to"`
	Paragraphs []string `json:"paragraphs"`
	Rows       []Row    `json:"rows"`
	Sign       string   `json:"sign"`
	Basis      string   `json:"basis"`
	Mark       string   `json:"mark"`
}

// plain are the papers of a county whose pack has no letter of the kind, and of items that are no licence, for which the words of the
// licensing law would be wrong.
var plain = map[NoticeKind]Letter{
	NoticeAcceptance: {Title: "受理通知书", Series: "受字", Paragraphs: []string{"您于{{received}}提出的{{item}}申请，现自{{accepted}}起受理。承诺办结日期：{{due}}；法定办结日期：{{statutory_due}}。", "承办单位：{{unit}}；联系电话：{{phone}}。"}},
	NoticeCorrection: {Title: "申请材料补正一次性告知书", Series: "补字", Paragraphs: []string{"您提出的{{item}}申请，需要补正的全部内容一次告知如下：", "{{reasons}}", "请在{{due}}前补正。{{remedy}}"}},
	NoticeDecline:    {Title: "不予受理决定书", Series: "不受字", Paragraphs: []string{"您提出的{{item}}申请，因下列原因，决定不予受理：", "{{reasons}}", "{{remedy}}", contest}},
	NoticeProcedure:  {Title: "特别程序告知书", Series: "特字", Paragraphs: []string{"您申请的{{item}}，需要进行{{procedure}}，所需时间为{{days}}，自{{from}}起不计算在办理期限内。依据：{{basis}}。"}},
	NoticeResumption: {Title: "恢复办理通知书", Series: "恢字", Paragraphs: []string{"您申请的{{item}}，{{procedure}}已于{{ended}}结束，办理期限继续计算，新的办结日期是{{due}}。"}},
	NoticeExtension:  {Title: "延长办理期限告知书", Series: "延字", Paragraphs: []string{"您申请的{{item}}，因{{reasons}}，经{{approver}}批准，办理期限延长{{days}}，新的办结日期是{{due}}。"}},
	NoticeGrant:      {Title: "办理结果通知书", Series: "准字", Paragraphs: []string{"您于{{received}}提出的{{item}}申请，经审查，符合{{basis}}的规定，准予办理。"}},
	NoticeRefusal:    {Title: "不予办理决定书", Series: "不准字", Paragraphs: []string{"您于{{received}}提出的{{item}}申请，经审查，不符合{{basis}}的规定，决定不予办理。", "理由：{{reasons}}", "{{remedy}}", contest}},
}

const contest = "如对本决定不服，可以自知道之日起六十日内向{{review_body}}申请行政复议，或者自知道之日起六个月内向{{court}}提起行政诉讼。"

// LicenceKind is 行政许可 in GB/T 39554.
const LicenceKind = "01"

// letter finds the template for a paper of the item.
func letter(ed *pack.Edition, item catalogue.Item, kind NoticeKind) Letter {
	l, ok := pack.Find[Letter](ed, "letter", string(kind))
	if !ok {
		l = plain[kind]
		l.Seal, l.To = "unit", "{{applicant}}："
	}
	if ok && item.Kind != LicenceKind && (kind == NoticeGrant || kind == NoticeRefusal) {
		l.Title, l.Paragraphs, l.Basis = plain[kind].Title, plain[kind].Paragraphs, ""
	}
	if l.Format == "" {
		l.Format = "{series}〔{year}〕{no}号"
	}
	return l
}

// placeholders are the names a letter may use, and what stands there when a case has nothing to say.
var placeholders = map[string]string{
	"applicant": "", "item": "", "case_number": "", "unit": "", "date": "", "received": "", "accepted": "", "due": "", "statutory_due": "",
	"officer": "", "phone": "", "reasons": "", "remedy": "", "review_body": "上一级行政机关", "court": "有管辖权的人民法院", "procedure": "", "days": "", "from": "",
	"ended": "", "basis": "", "approver": "", "content": "", "validity": "", "supervisor": "有关监督管理部门", "licence_number": "见许可证件", "bundle": "",
}

var hole = regexp.MustCompile(`\{\{([a-z_]+)\}\}`)

// fill puts values into the holes of a template. Values are not read again: braces in what a person wrote stay braces.
func fill(text string, values map[string]string) string {
	return hole.ReplaceAllStringFunc(text, func(h string) string {
		name := h[2 : len(h)-2]
		if v := values[name]; v != "" {
			return v
		}
		return orElse(placeholders[name], "＿＿")
	})
}

// issue makes an official paper: number, wording as of now, and the message to the applicant. The number exists if and only if the act
// commits.
func (s *step) issue(ctx context.Context, tx *db.Tx, kind NoticeKind, more map[string]string) (Notice, error) {
	l := letter(s.ed, s.item, kind)
	year := tx.Now.In(zone).Format("2006")
	no, err := number.Next(ctx, tx, "letter:"+l.Series, year)
	if err != nil {
		return Notice{}, err
	}
	values := s.values(tx, more)
	n := Notice{ID: tx.NewID(), Case: s.ID, Kind: kind, Title: l.Title, Unit: s.Unit, Issuer: tx.Actor.Name, IssuedAt: tx.Now,
		Number: strings.NewReplacer("{series}", l.Series, "{year}", year, "{no}", fmt.Sprint(no)).Replace(l.Format)}
	n.Wording = Wording{To: fill(l.To, values), Unit: values["unit"], Date: values["date"], Seal: l.Seal, Basis: l.Basis}
	for _, p := range l.Paragraphs {
		n.Wording.Paragraphs = append(n.Wording.Paragraphs, fill(p, values))
	}
	for _, r := range l.Rows {
		n.Wording.Rows = append(n.Wording.Rows, Row{r.Label, fill(r.Value, values)})
	}
	if err := s.tell(ctx, tx, &n); err != nil {
		return n, err
	}
	return n, store.New(tx.Deferred()).InsertNotice(ctx, store.InsertNoticeParams{ID: n.ID, CaseID: string(s.ID), Kind: string(kind), Number: n.Number, Title: n.Title,
		Letter: db.Pack(n.Wording), Unit: n.Unit, Issuer: n.Issuer, IssuedAt: db.At(n.IssuedAt), ToldAt: db.At(n.ToldAt), ToldHow: n.ToldHow})
}

// values are what every letter may say about the case.
func (s *step) values(tx *db.Tx, more map[string]string) map[string]string {
	unit, _ := s.m.org.Unit(s.Unit)
	v := map[string]string{
		"applicant": s.ApplicantName, "item": s.ItemName, "case_number": s.Number, "unit": orElse(unit.Name, s.Unit), "phone": orElse(s.item.Phone, unit.Phone),
		"date": plainDay(tx.Now), "received": plainDay(s.ReceivedAt), "accepted": plainDay(s.AcceptedAt), "due": LastDay(s.Due), "statutory_due": LastDay(s.LegalDue),
		"officer": tx.Actor.Name, "basis": BasisOf(s.item), "content": s.item.Result.Name, "validity": validity(s.item.Result.Years), "bundle": s.GroupTitle,
		"review_body": s.item.Remedy.Review, "court": s.item.Remedy.Court,
	}
	if s.item.Supervisor != "" {
		v["supervisor"] = s.m.org.Name(s.item.Supervisor)
	}
	for name, value := range more {
		v[name] = value
	}
	return v
}

func plainDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(zone).Format("2006年1月2日")
}

func validity(years int) string {
	if years == 0 {
		return "长期"
	}
	return fmt.Sprintf("%d年", years)
}

// tell lets the applicant know of a paper. Who applied at a counter and left no inbox gets it handed over, which is a task of its own.
func (s *step) tell(ctx context.Context, tx *db.Tx, n *Notice) error {
	_, err := s.m.accounts.OfParty(ctx, &tx.View, s.Applicant)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return err
	}
	if err == nil || s.Channel == Online || s.Channel == Mobile || s.Channel == Kiosk {
		n.ToldAt, n.ToldHow = tx.Now, "站内信"
		return s.m.k.Notify.Send(ctx, tx, notify.Message{To: s.Applicant, Title: n.Title, URL: "/papers/" + n.ID,
			Text: fmt.Sprintf("%s（%s）：%s已出具，文号 %s。", s.ItemName, s.Number, n.Title, n.Number)})
	}
	return worklist.Open(ctx, tx, worklist.Task{Ref: "casework:notice:" + n.ID, Kind: "casework.deliver-notice", Title: n.Title + "送达", Note: s.ApplicantName + " · " + n.Number,
		Unit: s.Unit, Right: PermAccept, URL: s.URL() + "#papers"})
}

// Serve records that a paper reached the applicant (送达).
func (m *Module) Serve(ctx context.Context, tx *db.Tx, notice, how string) error {
	n, err := m.Notice(ctx, &tx.View, notice)
	if err != nil {
		return err
	}
	if err := hold(ctx, tx, n.Case); err != nil {
		return err
	}
	s, err := m.load(ctx, tx, n.Case, ActMark)
	if err != nil {
		return err
	}
	if err := tx.Require(PermAccept, s.Place()); err != nil {
		return err
	}
	if _, err := store.New(tx).TellNotice(ctx, store.TellNoticeParams{ToldAt: db.At(tx.Now), ToldHow: orElse(how, "当面送达"), ID: n.ID}); err != nil {
		return err
	}
	worklist.Close(ctx, tx, "casework:notice:"+n.ID)
	return s.record(ctx, tx, told{note: n.Title + "（" + n.Number + "）已送达：" + orElse(how, "当面送达"), detail: map[string]any{"notice": n.Number}})
}

// Validate reports letters whose placeholders no case can fill.
func Validate(ed *pack.Edition) []pack.Finding {
	var out []pack.Finding
	for kind := range plain {
		l, ok := pack.Find[Letter](ed, "letter", string(kind))
		if !ok {
			continue
		}
		texts := append([]string{l.To}, l.Paragraphs...)
		for _, r := range l.Rows {
			texts = append(texts, r.Value)
		}
		for _, name := range hole.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
			if _, known := placeholders[name[1]]; !known {
				out = append(out, pack.Finding{Path: "letters/" + l.Code, Severity: pack.Error, Message: "文书“" + l.Title + "”用了办件没有的占位符 " + name[0],
					Remedy: "改成说明里列出的占位符"})
			}
		}
	}
	return out
}
