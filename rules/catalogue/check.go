package catalogue

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tongban/base/org"
	"tongban/base/party"
	"tongban/kernel/pack"
	"tongban/kernel/rule"
)

// Check says what keeps an edition's items, things and questions from being published. Every combination of answers is covered, not a sample.
//
// An edition does not remember in which file a definition stands, so a finding names kind and code as its file; [Place] turns that into file and line.
func Check(ed *pack.Edition) []pack.Finding {
	c := &checker{ed: ed}
	if _, err := Vocabulary(ed); err != nil {
		c.found = append(c.found, pack.Finding{File: KindQuestion, Severity: pack.Error, Message: err.Error(), Remedy: "先改好情形问题，规则才能检查"})
		return c.found
	}
	for _, q := range Questions(ed) {
		c.question(q)
	}
	for _, i := range Items(ed) {
		c.item(i)
	}
	for _, b := range Bundles(ed) {
		c.bundle(b)
	}
	for _, s := range pack.All[Synonym](ed, KindSynonym) {
		c.at(KindSynonym, s.Code)
		for n, i := range s.Items {
			c.known(KindItem, i, "items["+strconv.Itoa(n)+"]", "事项")
		}
		for n, b := range s.Bundles {
			c.known(KindBundle, b, "bundles["+strconv.Itoa(n)+"]", "一件事")
		}
	}
	return c.found
}

type checker struct {
	ed    *pack.Edition
	file  string
	found []pack.Finding
	codes map[string][]string
}

func (c *checker) at(kind, code string) { c.file = kind + "/" + code }

func (c *checker) report(severity pack.Severity, path, remedy, message string, args ...any) {
	c.found = append(c.found, pack.Finding{File: c.file, Path: path, Severity: severity, Message: fmt.Sprintf(message, args...), Remedy: remedy})
}

func (c *checker) error(path, remedy, message string, args ...any) {
	c.report(pack.Error, path, remedy, message, args...)
}

func (c *checker) warn(path, remedy, message string, args ...any) {
	c.report(pack.Warn, path, remedy, message, args...)
}

// coded is all the validator needs of documents that other modules own.
type coded struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// all lists the codes of a kind. The documents belong to other modules; only their codes are read here.
func (c *checker) all(kind string) []string {
	if c.codes == nil {
		c.codes = map[string][]string{}
	}
	if list, ok := c.codes[kind]; ok {
		return list
	}
	list := []string{}
	for _, d := range pack.All[coded](c.ed, kind) {
		list = append(list, d.Code)
	}
	c.codes[kind] = list
	return list
}

// known complains about a code that leads nowhere, and offers the nearest one there is.
func (c *checker) known(kind, code, path, noun string) bool {
	if c.ed.Version(kind, code) > 0 {
		return true
	}
	remedy := "先在数据包里建好它，或者核对拼写"
	if near := nearest(code, c.all(kind)); near != "" {
		remedy = "是不是想写 " + near + "？"
	}
	c.error(path, remedy, "没有代码为 %s 的%s", code, noun)
	return false
}

func (c *checker) rule(path, when string) {
	if strings.TrimSpace(when) == "" {
		return
	}
	if _, err := Rule(c.ed, when); err != nil {
		c.error(path, "按提示改正条件", "条件 %s 不能用：%v", when, err)
	}
}

func (c *checker) question(q Question) {
	c.at(KindQuestion, q.Code)
	if q.Kind == "choice" && len(q.Options) < 2 {
		c.error("options", "补上选项，或改成是否题", "选择题至少要有两个选项")
	}
	if q.Element == "" || !c.known("element", q.Element, "element", "数据元") {
		return
	}
	type choice struct{ Code, Text string }
	e, ok := pack.Find[struct {
		Kind    string   `json:"kind"`
		Options []choice `json:"options"`
	}](c.ed, "element", q.Element)
	if !ok {
		return
	}
	for n, o := range q.Options {
		if e.Kind == "select" && !slices.ContainsFunc(e.Options, func(x choice) bool { return x.Code == o.Code }) {
			c.error(fmt.Sprintf("options[%d].code", n), "让两边的选项代码一致，否则同一件事要问两遍", "数据元 %s 没有选项 %s，答案带不进表单", q.Element, o.Code)
		}
	}
}

var variantForm = regexp.MustCompile(`^[0-9]{2}$`)

func (c *checker) item(i Item) {
	c.at(KindItem, i.Code)
	c.codesOf(i)
	for n, u := range i.Joint {
		c.known(org.Kind, u, fmt.Sprintf("joint[%d]", n), "单位")
	}
	if i.Supervisor != "" {
		c.known(org.Kind, i.Supervisor, "supervisor", "单位")
	}
	if i.Standing == "entrusted" && i.Delegator == "" {
		c.error("delegator", "写明委托部门：受委托组织以委托机关的名义决定（行政许可法第二十四条）", "实施主体是受委托组织，但没有写委托部门")
	}
	if i.Delegator != "" {
		c.known(org.Kind, i.Delegator, "delegator", "单位")
	}
	for n, code := range i.Needs {
		c.known(KindItem, code, fmt.Sprintf("needs[%d]", n), "事项")
	}
	for n, w := range i.Windows {
		point, _, _ := strings.Cut(w, "/")
		c.known("servicepoint", point, fmt.Sprintf("windows[%d]", n), "服务网点")
	}
	c.limits(i)
	for n, x := range i.Conditions {
		c.rule(fmt.Sprintf("conditions[%d].when", n), x.When)
	}
	for n, x := range i.Elements {
		c.known("element", x.Element, fmt.Sprintf("elements[%d].element", n), "数据元")
		c.rule(fmt.Sprintf("elements[%d].when", n), x.When)
	}
	for n, x := range i.Materials {
		c.material(i, fmt.Sprintf("materials[%d]", n), x)
	}
	for n, x := range i.Fees {
		c.rule(fmt.Sprintf("fees[%d].when", n), x.When)
		if x.Rule == "" {
			continue
		}
		path := fmt.Sprintf("fees[%d].rule", n)
		if f, err := Formula(c.ed, x.Rule); err != nil {
			c.error(path, "按提示改正公式", "收费公式 %s 不能用：%v", x.Rule, err)
		} else if f.Kind() != rule.Number {
			c.error(path, "公式的结果应是以分为单位的数", "收费公式 %s 算出来的不是数", x.Rule)
		}
	}
	for n, x := range i.Points {
		if x.Material != "" && !slices.ContainsFunc(i.Materials, func(m MaterialNeed) bool { return m.Type == x.Material }) {
			c.warn(fmt.Sprintf("points[%d].material", n), "改成本事项要的材料，或删去", "审查要点指向材料 %s，但本事项不要这份材料", x.Material)
		}
		c.rule(fmt.Sprintf("points[%d].rule", n), x.Rule)
	}
	for n, x := range i.Result.Face {
		c.known("element", x, fmt.Sprintf("result.face[%d]", n), "数据元")
	}
	if i.Depth == 4 && i.Visits > 0 {
		c.error("visits", "网办深度四级即全程网办，到现场次数应为 0", "网办深度四级，到现场次数却是 %d", i.Visits)
	}
	if i.Visits > 0 && i.VisitWhy == "" {
		c.warn("visit_why", "写明必须到现场的原因", "要到现场 %d 次，没有写原因", i.Visits)
	}
	if len(i.LegalBasis) == 0 {
		c.error("legal_basis", "写明设定依据：没有依据的事项不能办（行政许可法第四条）", "没有设定依据")
	}
}

func (c *checker) codesOf(i Item) {
	basic, err := ParseBasicCode(i.BasicCode)
	if err != nil {
		c.error("basic_code", "写成 12 位基本编码", "%v", message(err))
	} else if basic.Kind() != i.Kind {
		c.error("kind", fmt.Sprintf("改成 %q，或核对基本编码", basic.Kind()), "事项类型 %s（%s）与基本编码第 3、4 位 %s（%s）不一致", i.Kind, KindName(i.Kind), basic.Kind(), KindName(basic.Kind()))
	}
	if KindName(i.Kind) == "" {
		c.error("kind", "写成 01、07、20 这样的两位数字", "没有事项类型 %s", i.Kind)
	}
	if LevelName(i.Level) == "" {
		c.error("level", "县级写 4，乡级写 5", "没有行使层级 %s", i.Level)
	}
	if i.Variant != "" && !variantForm.MatchString(i.Variant) {
		c.error("variant", "写成两位数字，如 01", "业务办理项序号 %s 不是两位数字", i.Variant)
	}
	if i.Unit == "" {
		c.error("unit", "写明由哪个单位实施", "没有实施主体，办件没有人负责")
		return
	}
	if !c.known(org.Kind, i.Unit, "unit", "单位") {
		return
	}
	u, _ := pack.Find[org.Unit](c.ed, org.Kind, i.Unit)
	uscc, err := party.ParseUSCC(u.USCC)
	if err != nil {
		c.error("unit", "先改好单位 "+i.Unit+" 的统一社会信用代码", "实施主体的统一社会信用代码不能用：%v", message(err))
		return
	}
	if basic == "" {
		return
	}
	if code, err := MakeImplementationCode(uscc, i.Level, basic); err != nil {
		c.error("level", "核对单位代码、层级和基本编码", "拼不出实施编码：%v", message(err))
	} else if i.Variant != "" {
		if _, err := MakeHandlingCode(code, i.Variant); err != nil {
			c.error("variant", "写成两位数字，如 01", "拼不出业务办理项编码：%v", message(err))
		}
	}
}

func (c *checker) limits(i Item) {
	if i.Handling != Instant && i.Handling != Promised {
		c.error("handling", "写 instant（即办件）或 promised（承诺件）", "没有写明是即办件还是承诺件")
	}
	for path, l := range map[string]Limit{"statutory": i.Statutory, "promised": i.Promised, "acceptance": i.Acceptance} {
		if l.Amount < 0 {
			c.error(path+".amount", "写成 0 或正数", "时限不能是负数")
		}
	}
	if i.Promised.Unit == "" && i.Handling == Promised {
		c.error("promised", "写明承诺多少个工作日办结", "承诺件没有承诺办结时限")
	}
	if i.Handling == Instant && i.Promised.Amount > 1 {
		c.warn("handling", "改成承诺件，或缩短承诺时限", "即办件的承诺时限是 %s", i.Promised)
	}
	if i.Statutory.Unit == "" || i.Promised.Unit == "" {
		return
	}
	same := i.Statutory.Unit == i.Promised.Unit
	switch p, s := i.Promised.Workdays(), i.Statutory.Workdays(); {
	case same && i.Promised.Amount > i.Statutory.Amount:
		c.error("promised.amount", "承诺时限只能等于或短于法定时限", "承诺时限 %s 比法定时限 %s 还长", i.Promised, i.Statutory)
	case !same && p > s:
		c.warn("promised.amount", "改成同一种单位再核对", "承诺时限 %s 看来比法定时限 %s 还长", i.Promised, i.Statutory)
	}
	days := 0
	for _, st := range i.Stages {
		days += st.Days
	}
	if i.Promised.Unit == "workday" && days > i.Promised.Amount {
		c.warn("stages", "缩短各环节时限", "各环节时限加起来 %d 个工作日，超过承诺时限 %s", days, i.Promised)
	}
}

func (c *checker) material(i Item, path string, m MaterialNeed) {
	c.known("material", m.Type, path+".type", "材料类型")
	c.rule(path+".when", m.When)
	if m.Necessity == "tolerable" && (m.Tolerance.Days <= 0 || m.Tolerance.Consequence == "") {
		c.error(path+".tolerance", "写明几个工作日内补、逾期怎么办", "可以容缺的材料没有写明补交期限和后果")
	}
	if m.Necessity != "tolerable" && m.Tolerance.Days > 0 {
		c.error(path+".necessity", "改成 tolerable，或删去 tolerance", "写了容缺期限，但这份材料不是“容缺后补”")
	}
	if m.Necessity == "tolerable" && !i.Service.Tolerance {
		c.warn(path+".necessity", "把 service.tolerance 改成 true", "材料可以容缺，事项却写着不支持容缺受理")
	}
	for n, w := range m.Waivers {
		at := fmt.Sprintf("%s.waivers[%d]", path, n)
		switch w.By {
		case "result":
			c.known(KindItem, w.From, at+".from", "事项")
		case "licence":
			c.licence(at+".from", w.From)
		}
	}
}

// licence looks for a licence type: one that an item of the county gives, or one that stands for a material.
func (c *checker) licence(path, code string) {
	kinds := c.licences()
	if slices.Contains(kinds, code) {
		return
	}
	remedy := "写上颁发它的事项的 result.licence_type，或材料类型的 licence"
	if near := nearest(code, kinds); near != "" {
		remedy = "是不是想写 " + near + "？"
	}
	c.error(path, remedy, "没有证照类型 %s", code)
}

func (c *checker) licences() []string {
	if list, ok := c.codes["#licence"]; ok {
		return list
	}
	c.all(KindItem)
	list := []string{}
	for _, i := range Items(c.ed) {
		if i.Result.LicenceType != "" {
			list = append(list, i.Result.LicenceType)
		}
	}
	for _, m := range pack.All[struct {
		Licence string `json:"licence"`
	}](c.ed, "material") {
		if m.Licence != "" {
			list = append(list, m.Licence)
		}
	}
	c.codes["#licence"] = list
	return list
}
