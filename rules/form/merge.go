package form

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tongban/kernel/pack"
	"tongban/kernel/rule"
	"tongban/rules/catalogue"
)

// KindElement is the kind of this module's documents in a pack.
const KindElement = "element"

// Field is one data element as a merged form asks it: once, for all the items that need it.
type Field struct {
	Element
	Items    []string // item codes, in the pack's order
	Optional bool     // only if optional for every item, or not knowable yet (Later)
	Why      string   // which items need it, on which ground, in the applicant's words
	Known    Value    // what the guide's answers already say; such a field is shown and not asked
	Later    string   // the licence of this very submission that will say it, such as 营业执照; such a field cannot be asked yet
}

// Asked tells whether the form still has to ask for the field.
func (f Field) Asked() bool { return f.Known.Text == "" && f.Later == "" }

// Topic is one page of a form: fields about the same thing.
type Topic struct {
	Code   string
	Title  string
	Fields []Field
}

// Asked are the topic's fields that the form asks.
func (t Topic) Asked() []Field {
	return slices.DeleteFunc(slices.Clone(t.Fields), func(f Field) bool { return !f.Asked() })
}

// Form is the one form (一张表单) of several items: the union of what they need under the answers.
type Form struct {
	Topics  []Topic
	regions *regions
}

// Fields are all fields in the order of the form.
func (f Form) Fields() []Field {
	var out []Field
	for _, t := range f.Topics {
		out = append(out, t.Fields...)
	}
	return out
}

// Field finds the field of an element.
func (f Form) Field(element string) (Field, bool) {
	for _, t := range f.Topics {
		for _, x := range t.Fields {
			if x.Code == element {
				return x, true
			}
		}
	}
	return Field{}, false
}

// Only is the form with one topic, for a step of its own.
func (f Form) Only(topic string) Form {
	out := Form{regions: f.regions}
	for _, t := range f.Topics {
		if t.Code == topic {
			out.Topics = append(out.Topics, t)
		}
	}
	return out
}

// Merge computes the form of the items under the answers. The order of the items does not matter, nor whether one is named twice. A condition that the
// answers leave open counts as holding. It fails on an item that names an element the edition does not have, which publishing prevents.
func Merge(ed *pack.Edition, items []catalogue.Item, answers map[string]any) (Form, error) {
	fields := map[string]*gathered{}
	items = catalogue.Once(ed, items)
	for _, i := range items {
		for _, need := range i.Elements {
			holds, because, err := catalogue.Holds(ed, need.When, answers)
			if err != nil {
				return Form{}, fmt.Errorf("事项 %s 的数据项 %s：%w", i.Code, need.Element, err)
			}
			if !holds {
				continue
			}
			g := fields[need.Element]
			if g == nil {
				e, ok := pack.Find[Element](ed, KindElement, need.Element)
				if !ok {
					return Form{}, fmt.Errorf("事项 %s 用到的数据元 %s 不在第 %d 版标准里", i.Code, need.Element, ed.Number)
				}
				g = &gathered{field: Field{Element: e, Optional: true}}
				fields[need.Element] = g
			}
			g.add(i, need, because)
		}
	}
	f := Form{regions: regionsOf(ed)}
	questions := catalogue.Questions(ed)
	for _, g := range fields {
		x := g.field
		x.Why = g.why()
		if v := carried(x.Element, questions, answers); v != "" {
			if text, err := canonical(x.Element, v, f.regions); err == nil {
				x.Known = Value{Element: x.Code, Text: text, Shown: f.regions.shown(x.Element, text), Source: "来自您刚才的回答"}
			}
		}
		if x.Known.Text == "" {
			x.Later = produced(x, items)
			x.Optional = x.Optional || x.Later != "" // it must not keep anyone from submitting
		}
		f.place(x)
	}
	f.sort()
	return f, nil
}

// produced names the licence that the same submission gives and that will hold the element: who registers a business cannot know its credit code (统一社会信用代码)
// before. An element that the giving item itself asks for is not produced by it.
func produced(x Field, items []catalogue.Item) string {
	for _, i := range items {
		if i.Result.LicenceType == "" || slices.Contains(x.Items, i.Code) {
			continue
		}
		if slices.ContainsFunc(x.Sources, func(s Source) bool { return s.From == "licence" && s.Licence == i.Result.LicenceType }) &&
			!slices.ContainsFunc(i.Elements, func(e catalogue.ElementNeed) bool { return e.Element == x.Code }) {
			return cmp.Or(i.Result.Name, i.Name)
		}
	}
	return ""
}

// gathered is a field in the making.
type gathered struct {
	field   Field
	names   []string
	bases   []string
	because []rule.Reason
}

func (g *gathered) add(i catalogue.Item, need catalogue.ElementNeed, because []rule.Reason) {
	if !slices.Contains(g.field.Items, i.Code) {
		g.field.Items = append(g.field.Items, i.Code)
		g.names = append(g.names, i.Name)
	}
	g.field.Optional = g.field.Optional && need.Optional
	if need.Basis != "" && !slices.Contains(g.bases, need.Basis) {
		g.bases = append(g.bases, need.Basis)
	}
	for _, r := range because {
		if !slices.ContainsFunc(g.because, func(x rule.Reason) bool { return x.Variable == r.Variable }) {
			g.because = append(g.because, r)
		}
	}
}

func (g *gathered) why() string {
	words := "办理" + strings.Join(g.names, "、") + "要用"
	if len(g.because) > 0 {
		words = rule.Because(g.because) + "，" + words
	}
	if len(g.bases) > 0 {
		words += "（" + strings.Join(g.bases, "；") + "）"
	}
	return words
}

func (f *Form) place(x Field) {
	n := slices.IndexFunc(f.Topics, func(t Topic) bool { return t.Code == x.Topic })
	if n < 0 {
		f.Topics = append(f.Topics, Topic{Code: x.Topic, Title: TopicTitle(x.Topic)})
		n = len(f.Topics) - 1
	}
	f.Topics[n].Fields = append(f.Topics[n].Fields, x)
}

func (f *Form) sort() {
	slices.SortFunc(f.Topics, func(a, b Topic) int {
		return cmp.Or(cmp.Compare(topicOrder(a.Code), topicOrder(b.Code)), cmp.Compare(a.Code, b.Code))
	})
	for _, t := range f.Topics {
		slices.SortFunc(t.Fields, func(a, b Field) int {
			return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Code, b.Code))
		})
	}
}

// carried brings the answer of a question that asked the same fact into the words that the element takes; "" when no question did.
func carried(e Element, questions []catalogue.Question, answers map[string]any) string {
	for _, q := range questions {
		a, ok := answers[q.Code]
		same := q.Element == e.Code || slices.ContainsFunc(e.Sources, func(s Source) bool { return s.From == "answer" && s.Field == q.Code })
		if !ok || !same {
			continue
		}
		switch v := a.(type) {
		case bool:
			if v {
				return yes
			}
			return no
		case string:
			return v
		case float64:
			if e.Kind == Money || e.Kind == Area {
				return trimNumber(v) + q.Unit // an answer in 万元 fills a field in 元
			}
			return trimNumber(v)
		}
	}
	return ""
}

// topics are the groups of fields in the order of a form.
func topics() [][2]string {
	return [][2]string{
		{"applicant", "申请人"}, {"agent", "经办人"}, {"family", "家庭成员"}, {"people", "人员"}, {"business", "经营主体"}, {"premises", "经营场所"},
		{"project", "工程项目"}, {"property", "房屋和土地"}, {"utility", "水电气网"}, {"vehicle", "车辆"}, {"tax", "税务"}, {"special", "专项信息"}, {"delivery", "领取结果"},
	}
}

// TopicTitle is the heading of a group of fields; the code itself where the pack names a new one.
func TopicTitle(code string) string {
	for _, t := range topics() {
		if t[0] == code {
			return t[1]
		}
	}
	return code
}

// topicOrder puts new topics before the delivery, which is always last.
func topicOrder(code string) int {
	all := topics()
	for n, t := range all {
		if t[0] == code {
			return n * 2
		}
	}
	return len(all)*2 - 3
}
