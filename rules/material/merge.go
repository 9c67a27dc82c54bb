package material

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tongban/kernel/pack"
	"tongban/kernel/rule"
	"tongban/rules/catalogue"
)

// KindType is the kind of this module's documents in a pack.
const KindType = "material"

// NameOf is the name of a material type; its code where the edition has none of it.
func NameOf(ed *pack.Edition, code string) string {
	t, _ := pack.Find[Type](ed, KindType, code)
	return cmp.Or(t.Name, code)
}

// Necessity says how much a material is needed.
type Necessity string

// The three degrees (材料必要性).
const (
	Required  Necessity = "required"  // 必要
	Tolerable Necessity = "tolerable" // 容缺后补
	Optional  Necessity = "optional"  // 非必要
)

// String is the degree in Chinese.
func (n Necessity) String() string {
	switch n {
	case Tolerable:
		return "可容缺后补"
	case Optional:
		return "选交"
	}
	return "必交"
}

// rank orders the degrees; what is not written counts as required.
func (n Necessity) rank() int {
	switch n {
	case Optional:
		return 0
	case Tolerable:
		return 1
	}
	return 2
}

// Exemptions is what may spare the applicant a material in this submission.
type Exemptions struct {
	Earlier  map[string][]string // item -> items granted before it in the same submission
	Licences []string            // types of valid e-licences that the applicant is known to hold
	Down     []string            // data resources that do not answer at present
	Commits  []string            // material types for which the applicant has signed a commitment
}

// Use is one item's need of a material.
type Use struct {
	Item      string
	ItemName  string
	Need      catalogue.MaterialNeed
	Because   []rule.Reason // the answers that cause it
	Necessity Necessity
	Waiver    catalogue.Waiver   // what spares it for this item; By is empty when nothing does
	Possible  []catalogue.Waiver // what would spare it if the applicant can and wants to: an e-licence, a commitment
}

// Need is one material of a merged list (一套材料): given once for all the items that use it.
type Need struct {
	Type
	Items     []string // item codes that need it, in the pack's order
	Uses      []Use    // in the same order
	Why       []string // which items need it, after which answer, on which ground
	Necessity Necessity
	Forms     []string // ways in which every item takes it: electronic, paper
	Originals int
	Copies    int
	Waiver    catalogue.Waiver   // why nobody has to give it (免提交); By is empty when it must be given
	Possible  []catalogue.Waiver // ways to be spared that depend on the applicant, each enough for all items
	Tolerance catalogue.Tolerance
}

// Waived tells whether the applicant is spared the material.
func (n Need) Waived() bool { return n.Waiver.By != "" }

// Generated tells whether the paper is drawn up from the form (申请表格): the applicant signs it and hands nothing in.
func (n Need) Generated() bool { return n.Kind == "form" }

// Asked tells whether the applicant has to bring something: the material is neither spared nor drawn up from the form.
func (n Need) Asked() bool { return !n.Waived() && !n.Generated() }

// Reasons is why the material is asked, for people: uses that rest on the same answers and ground are told together.
func (n Need) Reasons() []string {
	type ground struct{ because, basis string }
	var grounds []ground
	names := map[ground][]string{}
	for _, u := range n.Uses {
		g := ground{rule.Because(u.Because), strings.TrimSuffix(u.Need.Basis, "。")}
		if !slices.Contains(grounds, g) {
			grounds = append(grounds, g)
		}
		names[g] = append(names[g], u.ItemName)
	}
	var out []string
	for _, g := range grounds {
		words := "用于" + few(names[g])
		if g.because != "" {
			words = g.because + "，" + words
		}
		if g.basis != "" {
			words += "（" + g.basis + "）"
		}
		out = append(out, words)
	}
	return out
}

// few names two items and counts the rest: the list of items stands above the list of materials.
func few(items []string) string {
	if len(items) < 3 {
		return strings.Join(items, "、")
	}
	return fmt.Sprintf("%s、%s等 %d 个事项", items[0], items[1], len(items))
}

// Merge computes the one list of materials of the items under the answers. The order of the items does not matter, nor whether one is named twice. A condition
// that the answers leave open counts as holding. A material is spared only if it is spared for every item that needs it; its necessity is the strongest.
func Merge(ed *pack.Edition, items []catalogue.Item, answers map[string]any, have Exemptions) ([]Need, error) {
	needs := map[string]*Need{}
	for _, i := range catalogue.Once(ed, items) {
		for _, m := range i.Materials {
			holds, because, err := catalogue.Holds(ed, m.When, answers)
			if err != nil {
				return nil, fmt.Errorf("事项 %s 的材料 %s：%w", i.Code, m.Type, err)
			}
			if !holds {
				continue
			}
			n := needs[m.Type]
			if n == nil {
				t, ok := pack.Find[Type](ed, KindType, m.Type)
				if !ok {
					return nil, fmt.Errorf("事项 %s 用到的材料类型 %s 不在第 %d 版标准里", i.Code, m.Type, ed.Number)
				}
				n = &Need{Type: t, Necessity: Optional, Forms: []string{"electronic", "paper"}}
				needs[m.Type] = n
			}
			n.add(i, m, because, have)
		}
	}
	var out []Need
	for _, t := range pack.All[Type](ed, KindType) {
		if n := needs[t.Code]; n != nil {
			n.settle()
			out = append(out, *n)
		}
	}
	return out, nil
}

func (n *Need) add(i catalogue.Item, m catalogue.MaterialNeed, because []rule.Reason, have Exemptions) {
	u := Use{Item: i.Code, ItemName: i.Name, Need: m, Because: because, Necessity: Necessity(m.Necessity)}
	u.Waiver, u.Possible = have.spare(i.Code, m)
	if !slices.Contains(n.Items, i.Code) {
		n.Items = append(n.Items, i.Code)
	}
	n.Uses = append(n.Uses, u)
	n.Why = append(n.Why, u.why())
	n.Originals, n.Copies = max(n.Originals, m.Originals), max(n.Copies, m.Copies)
	if u.Necessity.rank() >= n.Necessity.rank() {
		n.Necessity = u.Necessity
	}
	if len(m.Form) > 0 {
		n.Forms = slices.DeleteFunc(n.Forms, func(f string) bool { return !slices.Contains(m.Form, f) })
	}
}

// settle decides what holds for all the uses together.
func (n *Need) settle() {
	if len(n.Forms) == 0 {
		n.Forms = []string{"electronic", "paper"} // one item takes files only, another paper only: both are given
	}
	if !slices.ContainsFunc(n.Uses, func(u Use) bool { return u.Waiver.By == "" }) {
		n.Waiver = n.Uses[0].Waiver
	}
	// The tightest tolerance counts: what one item forgives another may not.
	for _, u := range n.Uses {
		if n.Necessity == Tolerable && u.Necessity == Tolerable && (n.Tolerance.Days == 0 || u.Need.Tolerance.Days < n.Tolerance.Days) {
			n.Tolerance = u.Need.Tolerance
		}
	}
	if n.Waived() {
		return
	}
	for _, u := range n.Uses {
		for _, w := range u.Possible {
			enough := !slices.ContainsFunc(n.Uses, func(x Use) bool {
				return x.Waiver.By == "" && !slices.ContainsFunc(x.Possible, func(p catalogue.Waiver) bool { return p.By == w.By && p.From == w.From })
			})
			if enough && !slices.ContainsFunc(n.Possible, func(p catalogue.Waiver) bool { return p.By == w.By && p.From == w.From }) {
				n.Possible = append(n.Possible, w)
			}
		}
	}
}

// Tighter joins the tolerances of two items for the same material: the earlier moment, the fewer days. The zero value is none yet.
func Tighter(a, b catalogue.Tolerance) catalogue.Tolerance {
	if a.Until == "" && a.Days == 0 {
		return b
	}
	if b.Until != "deliver" && a.Until == "deliver" {
		a.Until, a.Consequence = b.Until, b.Consequence
	}
	if b.Days > 0 && (a.Days == 0 || b.Days < a.Days) {
		a.Days = b.Days
	}
	return a
}

// spare finds the first waiver that applies, and those that depend on the applicant.
func (e Exemptions) spare(item string, m catalogue.MaterialNeed) (applies catalogue.Waiver, possible []catalogue.Waiver) {
	for _, w := range m.Waivers {
		ok := false
		switch w.By {
		case "result":
			ok = slices.Contains(e.Earlier[item], w.From)
		case "licence":
			if ok = slices.Contains(e.Licences, w.From); !ok {
				possible = append(possible, w)
			}
		case "data":
			ok = !slices.Contains(e.Down, w.From)
		case "check": // the department checks by itself
			ok = true
		case "commitment":
			if ok = slices.Contains(e.Commits, m.Type); !ok {
				possible = append(possible, w)
			}
		}
		if ok {
			return w, nil
		}
	}
	return catalogue.Waiver{}, possible
}

// why tells the applicant for what, after which answer and on which ground the material is asked.
func (u Use) why() string {
	words := "办理" + u.ItemName + "要用"
	if len(u.Because) > 0 {
		words = rule.Because(u.Because) + "，" + words
	}
	if u.Need.Basis != "" {
		words += "（" + strings.TrimSuffix(u.Need.Basis, "。") + "）"
	}
	return words
}

// WaiverWords is the way of being spared in Chinese: 由…结果代替, 凭电子证照 …
func WaiverWords(ed *pack.Edition, w catalogue.Waiver) string {
	switch w.By {
	case "":
		return ""
	case "result":
		if i, err := catalogue.FindItem(ed, w.From); err == nil {
			return "用本次办理的“" + or(i.Result.Name, i.Name) + "”，不用另交"
		}
		return "用本次前一事项的结果，不用另交"
	case "licence":
		return or(w.Why, "有电子证照的免交")
	case "data":
		return or(w.Why, "系统核对共享数据，免交")
	case "commitment":
		return or(w.Why, "签署告知承诺书的免交")
	}
	return or(w.Why, "由部门自行核验，免交")
}

func or(texts ...string) string {
	for _, t := range texts {
		if strings.TrimSpace(t) != "" {
			return t
		}
	}
	return ""
}
