// Package catalogue holds the service items (政务服务事项) of a county, the things (一件事) made of them, and the questions that tell one situation from another.
package catalogue

// Mark says how far a fact in the data may be trusted when it is printed for a citizen.
type Mark string

const (
	Verified   Mark = "v"     // seen in published law or a public guide
	Unverified Mark = "k"     // general knowledge, to be checked by the county before use
	Local      Mark = "local" // practice of one place: a parameter, never a constant
)

// Item is one version of an implementation-list row (实施清单): the smallest thing an applicant can ask for (业务办理项).
// It models the result, not the form: what is given, and which data, materials, conditions, terms and fees that takes.
type Item struct {
	Code       string   `json:"code"`       // short stable key inside the county, such as food-operation-licence
	Name       string   `json:"name"`       // 事项名称
	Aliases    []string `json:"aliases"`    // what people call it; content for search, kept by the stewards
	BasicCode  string   `json:"basic_code"` // 基本编码, 12 characters; with the unit's USCC and the level it gives the 实施编码
	Variant    string   `json:"variant"`    // two digits that make it a 业务办理项编码 (新办 01, 变更 02 …)
	Kind       string   `json:"kind"`       // 事项类型: two digits of GB/T 39554 (01 行政许可, 07 行政确认, 20 公共服务 …)
	Handling   Handling `json:"handling"`   // 即办件 or 承诺件
	Level      string   `json:"level"`      // 行使层级 digit: 4 county, 5 township
	Effective  string   `json:"effective"`  // 版本生效日期, YYYY-MM-DD; empty means the day of publication
	Unit       string   `json:"unit"`       // 实施主体 today; rules/competence answers for any other date
	Standing   string   `json:"standing"`   // 实施主体性质: statutory 法定机关, authorised 授权组织, entrusted 受委托组织
	Delegator  string   `json:"delegator"`  // 委托部门, in whose name an entrusted unit decides (行政许可法第二十四条)
	Joint      []string `json:"joint"`      // 联办机构: units whose opinion is asked
	Supervisor string   `json:"supervisor"` // 监管主体 after the decision
	Office     string   `json:"office"`     // 承办科室
	Subjects   []string `json:"subjects"`   // 服务对象: person, company, institution, organisation
	Themes     []string `json:"themes"`     // 主题分类
	Scope      string   `json:"scope"`      // 通办范围
	Phone      string   `json:"phone"`      // 咨询电话
	Complaint  string   `json:"complaint"`  // 监督投诉电话
	Windows    []string `json:"windows"`    // service point codes and counters where it can be given in
	Visits     int      `json:"visits"`     // 到办事现场次数
	VisitWhy   string   `json:"visit_why"`  // 必须现场的原因, when Visits is not 0
	Depth      int      `json:"depth"`      // 网办深度, level one to four; four implies no visit
	Service    Service  `json:"service"`

	Transfers  []Transfer      `json:"transfers"`
	LegalBasis []LegalBasis    `json:"legal_basis"`
	Conditions []Condition     `json:"conditions"` // 受理条件
	Prohibited []string        `json:"prohibited"` // 禁止性要求
	Quota      string          `json:"quota"`      // 数量限制; empty means none
	Needs      []string        `json:"needs"`      // 前置审批: items that must be granted first, wherever this one is asked for
	Brokers    []Broker        `json:"brokers"`    // 中介服务
	Acceptance Limit           `json:"acceptance"` // 受理时限 where it is shorter than the five working days of 行政许可法第三十二条
	Statutory  Limit           `json:"statutory"`  // 法定办结时限
	Promised   Limit           `json:"promised"`   // 承诺办结时限, never longer than the statutory one
	Excluded   []Procedure     `json:"excluded"`   // 特别程序 that stop the clock (行政许可法第四十五条)
	Stages     []Stage         `json:"stages"`     // 办理流程
	Elements   []ElementNeed   `json:"elements"`
	Materials  []MaterialNeed  `json:"materials"`
	Fees       []Fee           `json:"fees"`
	Result     Result          `json:"result"`
	Points     []Point         `json:"points"` // 审查要点 at the approver's elbow
	Remedy     Remedy          `json:"remedy"`
	Questions  []FAQ           `json:"faq"`
	Marks      map[string]Mark `json:"marks"` // field path -> how sure; a field not named here is verified or the county's own
}

// Handling tells whether an item is decided at once or within a promised term.
type Handling string

const (
	Instant  Handling = "instant"  // 即办件
	Promised Handling = "promised" // 承诺件
)

// Service lists the ways in which an item may be handled (是否支持…).
type Service struct {
	Online     bool `json:"online"`     // 网办
	Post       bool `json:"post"`       // 邮寄
	Kiosk      bool `json:"kiosk"`      // 自助终端
	Booking    bool `json:"booking"`    // 预约
	Tolerance  bool `json:"tolerance"`  // 容缺受理
	Commitment bool `json:"commitment"` // 告知承诺
	OnlineFee  bool `json:"online_fee"` // 网上支付
}

// Transfer is one act by which the power moved between units (划转, 行政许可法第二十五条).
type Transfer struct {
	From       string `json:"from"`
	To         string `json:"to"`
	Date       string `json:"date"` // the first day on which To decides, YYYY-MM-DD
	Instrument string `json:"instrument"`
	Mismatch   string `json:"mismatch"` // 权限不匹配 note; empty when the transfer is sound
}

// LegalBasis is one row of 设定依据.
type LegalBasis struct {
	Level   string `json:"level"`   // 法律层级: law, regulation, rule, local, document
	Law     string `json:"law"`     // 名称, without 书名号
	Number  string `json:"number"`  // 文号
	Article string `json:"article"` // 条款号, such as 第三十二条
	Text    string `json:"text"`    // 条款内容, the sentence that matters
	Issuer  string `json:"issuer"`  // 发布机关
	Since   string `json:"since"`   // 施行日期, YYYY-MM-DD
	Mark    Mark   `json:"mark"`
}

// Broker is one intermediary service (中介服务) that an item needs; only law may require one (优化营商环境条例第四十三条).
type Broker struct {
	Name  string `json:"name"`
	When  string `json:"when"`
	Payer string `json:"payer"` // applicant or unit
	Basis string `json:"basis"`
}

// Condition is one row of 受理条件; When limits it to a situation.
type Condition struct {
	Text  string `json:"text"`
	When  string `json:"when"`
	Basis string `json:"basis"`
}

// Limit is a term as the catalogue states it.
type Limit struct {
	Amount int    `json:"amount"`
	Unit   string `json:"unit"` // workday, naturalday, hour, month
	Note   string `json:"note"` // 说明
	Basis  string `json:"basis"`
	Mark   Mark   `json:"mark"`
}

// Procedure is a special procedure whose time is excluded, with the longest time the item allows for it.
type Procedure struct {
	Kind  string `json:"kind"` // hearing, tender, auction, inspection, testing, quarantine, appraisal, expert_review
	Limit Limit  `json:"limit"`
	Basis string `json:"basis"`
}

// Stage is one step of 办理流程 with its own inner limit in working days.
type Stage struct {
	Stage    string `json:"stage"` // accept, assess, decide, deliver
	Post     string `json:"post"`  // 岗位
	Days     int    `json:"days"`
	Standard string `json:"standard"` // 审查标准
	Result   string `json:"result"`   // what the step ends with
}

// ElementNeed says that the item needs a data element, in which situation and why.
type ElementNeed struct {
	Element  string `json:"element"`
	When     string `json:"when"`     // CEL over the answers; empty means always
	Optional bool   `json:"optional"` // 选填
	Basis    string `json:"basis"`
}

// MaterialNeed says that the item needs a material of a type (C0109 material row).
// An item may name the same type twice under conditions that exclude each other.
type MaterialNeed struct {
	Type      string    `json:"type"`
	When      string    `json:"when"`
	Necessity string    `json:"necessity"` // required, optional, tolerable (容缺后补)
	Form      []string  `json:"form"`      // electronic, paper
	Originals int       `json:"originals"`
	Copies    int       `json:"copies"`
	Spec      string    `json:"spec"`     // 规格
	Basis     string    `json:"basis"`    // 要求提供的依据
	Standard  string    `json:"standard"` // 受理标准
	Tolerance Tolerance `json:"tolerance"`
	Waivers   []Waiver  `json:"waivers"` // the first that applies spares the material
	Mark      Mark      `json:"mark"`    // how sure it is that this may be asked for
}

// Tolerance says what may lack of a tolerable material (容缺受理), until when, and what follows when it is not supplied.
// The clerk who accepts within it is covered by it.
type Tolerance struct {
	May         []string `json:"may"`   // missing, seal, signature, unclear, electronic
	Until       string   `json:"until"` // the latest moment: decide 作出决定前, deliver 领证前
	Days        int      `json:"days"`  // working days from acceptance; never beyond Until
	Consequence string   `json:"consequence"`
	Mark        Mark     `json:"mark"`
}

// Waiver is one way in which the applicant is spared a material (免提交).
type Waiver struct {
	By   string `json:"by"`   // result, licence, data, commitment, check
	From string `json:"from"` // result: item code, applies when that item is granted earlier in the same submission; licence: licence type; data: resource name
	Why  string `json:"why"`  // in the applicant's words
}

// Fee is one row of 收费, in cents; Rule, where given, is CEL and yields cents.
type Fee struct {
	Name   string `json:"name"`
	Amount int64  `json:"amount"`
	Text   string `json:"text"` // 收费标准 as it is printed
	Rule   string `json:"rule"`
	When   string `json:"when"`
	Per    string `json:"per"`
	Basis  string `json:"basis"`
	Waive  string `json:"waive"`
	Mark   Mark   `json:"mark"`
}

// Result is what a grant gives.
type Result struct {
	Kind        string   `json:"kind"` // licence, approval, record
	Name        string   `json:"name"`
	LicenceType string   `json:"licence_type"` // 21 characters: USCC of the defining body and three digits
	Years       int      `json:"years"`        // 有效期; 0 means long-term
	Prefix      string   `json:"prefix"`       // of the licence number, such as JY
	Sample      string   `json:"sample"`       // 样本
	Delivery    []string `json:"delivery"`     // window, post, download
	Face        []string `json:"face"`         // elements printed on the licence
}

// Point is one thing the assessor must look at.
type Point struct {
	Text     string `json:"text"`
	Material string `json:"material"` // material type it concerns, if any
	Rule     string `json:"rule"`     // CEL checked by machine, if any
	Basis    string `json:"basis"`
}

// Remedy tells where a decision can be challenged (行政复议, 行政诉讼).
type Remedy struct {
	Review string `json:"review"`
	Court  string `json:"court"`
}

// FAQ is a question people ask and its answer.
type FAQ struct {
	Q string `json:"q"`
	A string `json:"a"`
}

// Question is one determinant (情形) of the shared dictionary: what it asks, and which values it can take.
type Question struct {
	Code    string   `json:"code"` // also the CEL variable: lower-case ASCII with underscores
	Text    string   `json:"text"`
	Short   string   `json:"short"` // noun used in explanations: 面积
	Help    string   `json:"help"`
	Kind    string   `json:"kind"` // choice, bool, number
	Unit    string   `json:"unit"` // ㎡, 人, 元
	Min     float64  `json:"min"`
	Max     float64  `json:"max"`
	Options []Option `json:"options"`
	Element string   `json:"element"` // data element that holds the same fact, so that the form does not ask twice
}

// Option is one possible answer.
type Option struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Help string `json:"help"`
}

// Bundle is a 一件事: several items that a person sees as one matter.
type Bundle struct {
	Code      string          `json:"code"`
	Name      string          `json:"name"` // 我要开餐饮店
	Aliases   []string        `json:"aliases"`
	Side      string          `json:"side"`  // person, company
	Event     string          `json:"event"` // life or business event for the tiles
	Icon      string          `json:"icon"`
	Summary   string          `json:"summary"`
	Lead      string          `json:"lead"`      // 牵头单位
	Windows   []string        `json:"windows"`   // 专窗, as Item.Windows
	Questions []string        `json:"questions"` // in the order of the menu
	Parts     []Part          `json:"parts"`
	Stop      []Stop          `json:"stop"`
	Basis     []LegalBasis    `json:"basis"`
	Marks     map[string]Mark `json:"marks"`
}

// Part is one item of a bundle under a condition, with what must be granted before it.
type Part struct {
	Item  string   `json:"item"`
	When  string   `json:"when"`  // CEL over the answers; empty means always
	After []string `json:"after"` // item codes; one that the answers leave out is no hindrance
	Why   string   `json:"why"`   // one sentence: why this permit is needed then
	Basis string   `json:"basis"`
	Mark  Mark     `json:"mark"`
}

// Stop tells an applicant who cannot be served this way what to do instead.
type Stop struct {
	When string `json:"when"`
	Text string `json:"text"`
	Next string `json:"next"`
}

// Synonym is one row of what people say for what the catalogue calls otherwise.
type Synonym struct {
	Code    string   `json:"code"`
	Say     []string `json:"say"`     // colloquial words
	Words   []string `json:"words"`   // the catalogue's words for the same
	Items   []string `json:"items"`   // items meant
	Bundles []string `json:"bundles"` // things meant
}
