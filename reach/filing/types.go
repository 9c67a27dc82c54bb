package filing

import "time"

// Applicant is for whom a program applies.
type Applicant struct {
	Kind       string `json:"kind" enum:"person,company" doc:"person 自然人，company 企业等法人" example:"person"`
	Name       string `json:"name" minLength:"1" maxLength:"100" doc:"姓名或者名称" example:"李小满"`
	NumberKind string `json:"number_kind,omitempty" maxLength:"10" doc:"证件种类，三位代码（GA/T 517）；不写是居民身份证，企业是统一社会信用代码" example:"111"`
	Number     string `json:"number" minLength:"1" maxLength:"40" doc:"证件号码" example:"431199199001010010"`
	Phone      string `json:"phone,omitempty" maxLength:"20" doc:"手机号码，接收短信" example:"13900000002"`
}

// Beginning begins a draft.
type Beginning struct {
	Things    []string       `json:"things" minItems:"1" maxItems:"5" uniqueItems:"true" doc:"要办的一件事的代码；只办一个事项的写 item: 和事项代码" example:"[\"open-restaurant\"]"`
	Answers   map[string]any `json:"answers,omitempty" doc:"情形导办的回答" example:"{\"floor_area\": 50}"`
	Applicant *Applicant     `json:"applicant,omitempty" doc:"申请人。接入应用和工作人员必须写；登录的群众为自己办，不写"`
}

// Sheet is a draft as the API tells it.
type Sheet struct {
	ID        string         `json:"id" doc:"草稿编号" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y4"`
	Title     string         `json:"title" doc:"办的什么事" example:"我要开餐饮店"`
	State     string         `json:"state" enum:"open,submitted,dropped" doc:"open 在填，submitted 已提交，dropped 已删除" example:"open"`
	Edition   int64          `json:"edition" doc:"按标准数据第几版" example:"1"`
	Answers   map[string]any `json:"answers" doc:"情形导办的回答"`
	Items     []string       `json:"items" doc:"要办的事项代码"`
	Fields    []Field        `json:"fields" doc:"一张表单"`
	Materials []Need         `json:"materials" doc:"一套材料"`
	Missing   []Gap          `json:"missing" doc:"还缺什么；空数组就可以提交"`
	Ready     bool           `json:"ready" doc:"可以提交"`
	UpdatedAt time.Time      `json:"updated_at" doc:"最近一次改动"`
	Version   int64          `json:"version" doc:"版本，与 ETag 相同" example:"2"`
}

// Field is a field of the form and what it holds.
type Field struct {
	Code     string   `json:"code" doc:"数据元代码" example:"premises_address"`
	Label    string   `json:"label" doc:"叫什么" example:"经营场所地址"`
	Topic    string   `json:"topic" doc:"表单主题" example:"premises"`
	Kind     string   `json:"kind" doc:"填写的种类：text、long_text、name、citizen_number、credit_code、phone、day（2026-11-23）、money（元）、area（平方米）、count、yes_no（yes 或 no）、select（选项代码）、region（区划代码）、address（区划代码|门牌）" example:"address"`
	Help     string   `json:"help" doc:"说明" example:"与营业执照上的一致"`
	Options  []Option `json:"options" doc:"select 的选项"`
	Optional bool     `json:"optional" doc:"可以不填"`
	Asked    bool     `json:"asked" doc:"要填；false 是由回答或者随后颁发的证照确定的"`
	Value    string   `json:"value" doc:"现在的值；个人信息不在这里显示，只显示是否已填" example:"431199001001|解放路18号"`
	Filled   bool     `json:"filled" doc:"已填"`
	Source   string   `json:"source" doc:"自动带出的，来自哪里" example:"营业执照"`
}

// Option is a value of a select field.
type Option struct {
	Code string `json:"code" doc:"选项代码" example:"own"`
	Text string `json:"text" doc:"选项" example:"自有"`
}

// Need is a material and what was given for it.
type Need struct {
	Type      string `json:"type" doc:"材料类型代码" example:"lease-contract"`
	Name      string `json:"name" doc:"材料名称" example:"房屋租赁合同"`
	Necessity string `json:"necessity" enum:"required,tolerable,optional" doc:"required 必交，tolerable 可容缺后补，optional 选交" example:"required"`
	Waived    string `json:"waived" doc:"免交的原因；空为要交" example:"已有电子证照，不用提交"`
	Given     []Item `json:"given" doc:"已交的文件"`
}

// Item is a file that was handed in.
type Item struct {
	ID   string `json:"id" doc:"文件编号，删除时用" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y5"`
	Name string `json:"name" doc:"文件名" example:"租赁合同.pdf"`
	Size int64  `json:"size" doc:"大小，字节" example:"20480"`
}

// Gap is one thing that is still missing.
type Gap struct {
	Code    string `json:"code" doc:"数据元代码或者材料类型代码" example:"lease-contract"`
	Message string `json:"message" doc:"缺什么" example:"还没有上传“房屋租赁合同”"`
}

// Filling is what is put into the form.
type Filling struct {
	Values map[string]string `json:"values" minProperties:"1" maxProperties:"200" doc:"数据元代码和值；写空字符串是清空" example:"{\"floor_area\": \"50\"}"`
}

// Answering changes the answers.
type Answering struct {
	Answers map[string]any `json:"answers" doc:"情形导办的全部回答" example:"{\"floor_area\": 50}"`
}

// Closing is said at the moment of submitting.
type Closing struct {
	Way      string `json:"way,omitempty" enum:"window,post,download" doc:"怎样领取结果：window 到窗口，post 邮寄，download 只要电子证照；表单里填过的不写" example:"window"`
	Declared bool   `json:"declared" doc:"申请人已阅读并同意声明：填写的内容和提交的材料真实（行政许可法第三十一条），同意为办理本次申请核对数据" example:"true"`
}

// Receipt is a submission as its applicant or agent sees it.
type Receipt struct {
	Number      string    `json:"number" doc:"提交编号" example:"20261123000018"`
	Title       string    `json:"title" doc:"办的什么事" example:"我要开餐饮店"`
	State       string    `json:"state" enum:"running,decided,delivered" doc:"running 办理中，decided 已办结待送达，delivered 已送达" example:"running"`
	StateText   string    `json:"state_text" doc:"状态的中文说法" example:"办理中"`
	SubmittedAt time.Time `json:"submitted_at" doc:"提交时间"`
	Due         string    `json:"due,omitempty" format:"date-time" doc:"承诺最迟办好：从这一刻起就超期了" example:"2026-12-08T00:00:00+08:00"`
	Parts       []Part    `json:"parts" doc:"各事项"`
}

// Part is one item of a submission.
type Part struct {
	Item          string   `json:"item" doc:"事项代码" example:"food-operation-licence"`
	Name          string   `json:"name" doc:"事项名称" example:"食品经营许可"`
	Case          string   `json:"case" doc:"办件编号" example:"TB2025010600001"`
	Unit          string   `json:"unit" doc:"办理单位" example:"县审批局"`
	State         string   `json:"state" enum:"waiting,handling,granted,refused,declined,lapsed,withdrawn" doc:"到了哪一步" example:"handling"`
	StateText     string   `json:"state_text" doc:"状态的中文说法" example:"办理中"`
	After         []string `json:"after" doc:"要先办好的事项代码"`
	Reason        string   `json:"reason" doc:"不予受理、不予许可的理由" example:"经营场所不符合规定"`
	LicenceNumber string   `json:"licence_number" doc:"颁发的证照编号" example:"JY24311990000012"`
}
