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
	Unit       string   `json:"unit"`       // 实施主体 today; rules/competence answers for any other date
	Supervisor string   `json:"supervisor"` // 监管主体 after the decision
	Office     string   `json:"office"`     // 承办科室
	Subjects   []string `json:"subjects"`   // 服务对象: person, company, institution, organisation
	Themes     []string `json:"themes"`     // 主题分类
	Scope      string   `json:"scope"`      // 通办范围
	Phone      string   `json:"phone"`      // 咨询电话
	Complaint  string   `json:"complaint"`  // 监督投诉电话
	Windows    []string `json:"windows"`    // service point codes and counters where it can be given in
	Visits     int      `json:"visits"`     // 到办事现场次数
	Depth      int      `json:"depth"`      // 网办深度, level one to four; four implies no visit
	Service    Service  `json:"service"`

	Transfers  []Transfer     `json:"transfers"`
	LegalBasis []LegalBasis   `json:"legal_basis"`
	Conditions []Condition    `json:"conditions"` // 受理条件
	Statutory  Limit          `json:"statutory"`  // 法定办结时限
	Promised   Limit          `json:"promised"`   // 承诺办结时限, never longer than the statutory one
	Excluded   []Procedure    `json:"excluded"`   // 特别程序 that stop the clock (行政许可法第四十五条)
	Stages     []Stage        `json:"stages"`     // 办理流程
	Elements   []ElementNeed  `json:"elements"`
	Materials  []MaterialNeed `json:"materials"`
	Fees       []Fee          `json:"fees"`
	Result     Result         `json:"result"`
	Points     []Point        `json:"points"` // 审查要点 at the approver's elbow
	Remedy     Remedy         `json:"remedy"`
	Questions  []FAQ          `json:"faq"`
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
	Law     string `json:"law"`
	Article string `json:"article"`
	Text    string `json:"text"`
	Issuer  string `json:"issuer"`
	Mark    Mark   `json:"mark"`
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
	Standard string `json:"standard"`
}

// ElementNeed says that the item needs a data element, in which situation and why.
type ElementNeed struct {
	Element  string `json:"element"`
	When     string `json:"when"`     // CEL over the answers; empty means always
	Optional bool   `json:"optional"` // 选填
	Basis    string `json:"basis"`
}

// MaterialNeed says that the item needs a material of a type (C0109 material row).
type MaterialNeed struct {
	Type      string   `json:"type"`
	When      string   `json:"when"`
	Necessity string   `json:"necessity"` // required, optional, tolerable (容缺后补)
	Form      []string `json:"form"`      // electronic, paper
	Originals int      `json:"originals"`
	Copies    int      `json:"copies"`
	Basis     string   `json:"basis"`   // 要求提供的依据
	Standard  string   `json:"standard"` // 受理标准
	Waiver    Waiver   `json:"waiver"`
}

// Waiver tells how the applicant is spared a material (免提交).
type Waiver struct {
	By   string `json:"by"`   // licence, data, commitment, check, result; empty: not waived
	From string `json:"from"` // licence type, data resource, or item code whose result it is
	Why  string `json:"why"`  // in the applicant's words
}

// Fee is one row of 收费, in cents; Rule, where given, is CEL and yields cents.
type Fee struct {
	Name   string `json:"name"`
	Amount int64  `json:"amount"`
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
	Code      string   `json:"code"`
	Name      string   `json:"name"` // 我要开餐饮店
	Aliases   []string `json:"aliases"`
	Side      string   `json:"side"`  // person, company
	Event     string   `json:"event"` // life or business event for the tiles
	Icon      string   `json:"icon"`
	Summary   string   `json:"summary"`
	Lead      string   `json:"lead"` // 牵头单位
	Questions []string `json:"questions"`
	Parts     []Part   `json:"parts"`
	Stop      []Stop   `json:"stop"`
	Basis     []LegalBasis    `json:"basis"`
	Marks     map[string]Mark `json:"marks"`
}

// Part is one item of a bundle under a condition, with what must be granted before it.
type Part struct {
	Item  string   `json:"item"`
	When  string   `json:"when"`
	After []string `json:"after"`
	Why   string   `json:"why"` // one sentence: why this permit is needed then
	Basis string   `json:"basis"`
}

// Stop tells an applicant who cannot be served this way what to do instead.
type Stop struct {
	When string `json:"when"`
	Text string `json:"text"`
	Next string `json:"next"`
}
