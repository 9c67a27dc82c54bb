package catalogue

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tongban/base/org"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/rule"
)

func (c *checker) bundle(b Bundle) {
	c.at(KindBundle, b.Code)
	if b.Lead == "" {
		c.error("lead", "写明牵头单位", "没有牵头单位，一件事没有人负责到底")
	} else {
		c.known(org.Kind, b.Lead, "lead", "单位")
	}
	sound := true
	for n, q := range b.Questions {
		sound = c.known(KindQuestion, q, fmt.Sprintf("questions[%d]", n), "情形问题") && sound
	}
	before := len(c.found)
	items := map[string]bool{}
	for n, p := range b.Parts {
		path := fmt.Sprintf("parts[%d]", n)
		c.known(KindItem, p.Item, path+".item", "事项")
		c.rule(path+".when", p.When)
		if p.Why == "" {
			c.error(path+".why", "用一句话告诉申请人为什么要办", "没有写为什么要办")
		}
		items[p.Item] = true
	}
	for n, s := range b.Stop {
		c.rule(fmt.Sprintf("stop[%d].when", n), s.When)
		if strings.TrimSpace(s.Next) == "" {
			c.error(fmt.Sprintf("stop[%d].next", n), "告诉他可以怎么办、去哪里办", "告诉申请人不能办，却没有说接下来怎么办")
		}
	}
	for n, p := range b.Parts {
		for m, a := range p.After {
			if !items[a] {
				remedy := "写本一件事里的事项，或去掉"
				if near := nearest(a, partCodes(b)); near != "" {
					remedy = "是不是想写 " + near + "？"
				}
				c.error(fmt.Sprintf("parts[%d].after[%d]", n, m), remedy, "要等的 %s 不在这件事里", a)
			}
		}
	}
	if ring := c.ring(b); ring != nil {
		c.error("parts", "去掉其中一个 after", "先后顺序绕成了圈：%s，谁都开不了头", strings.Join(ring, " → "))
		sound = false
	}
	if !sound || len(c.found) > before && pack.Failed(c.found[before:]) {
		return
	}
	c.situations(b)
}

func partCodes(b Bundle) []string {
	var out []string
	for _, p := range b.Parts {
		out = append(out, p.Item)
	}
	return out
}

// ring finds parts that wait for each other, through their own order and through what each item needs first anywhere (前置审批).
func (c *checker) ring(b Bundle) []string {
	after := map[string][]string{}
	for _, p := range b.Parts {
		after[p.Item] = append(after[p.Item], p.After...)
		if i, ok := pack.Find[Item](c.ed, KindItem, p.Item); ok {
			after[p.Item] = append(after[p.Item], i.Needs...)
		}
	}
	state := map[string]int{}
	var way []string
	var visit func(string) []string
	visit = func(item string) []string {
		if _, part := after[item]; !part || state[item] == 2 {
			return nil
		}
		if state[item] == 1 {
			return append(slices.Clone(way[slices.Index(way, item):]), item)
		}
		state[item] = 1
		way = append(way, item)
		for _, a := range after[item] {
			if ring := visit(a); ring != nil {
				return ring
			}
		}
		way = way[:len(way)-1]
		state[item] = 2
		return nil
	}
	for _, p := range b.Parts {
		if ring := visit(p.Item); ring != nil {
			return ring
		}
	}
	return nil
}

// situations checks the rules of a thing over all combinations of answers.
func (c *checker) situations(b Bundle) {
	s, err := SituationsOf(c.ed, b.Code)
	if err != nil {
		if len(c.found) == 0 || !pack.Failed(c.found) {
			c.error("parts", "先改好上面的问题", "规则组不成一套：%v", message(err))
		}
		return
	}
	for _, f := range s.Rules.Check() {
		path, remedy := c.pathOf(b, f.Outcome), "改正条件，或删去"
		switch f.Kind {
		case rule.Dead:
			if strings.HasPrefix(f.Outcome, "part:") {
				c.error(path, remedy, "这一部分在任何答案下都走不到：%s", f.Text)
			} else {
				c.error(path, remedy, "%s", f.Text)
			}
		case rule.Always, rule.Unexamined:
			c.warn(path, "核对这是不是本意", "%s", f.Text)
		case rule.Idle:
			c.warn(path, "改正条件，或去掉这个问题", "%s", f.Text)
		}
	}
	var ends []string
	for _, p := range s.Parts {
		ends = append(ends, p.Outcome)
	}
	for _, x := range s.Stops {
		ends = append(ends, x.Outcome)
	}
	for _, f := range s.Rules.CheckGroups(rule.Group{Name: b.Name, Outcomes: ends, Law: rule.AtLeastOne}) {
		severity := pack.Error
		if f.Possible || f.Kind == rule.Unexamined {
			severity = pack.Warn // the example rests on arithmetic that may exclude it
		}
		c.report(severity, "parts", "补一个事项，或写一条 stop 告诉申请人去哪里办", "有一种情形没有着落：%s时，既没有要办的事项，也没有说明", f.Case.Shown)
	}
	for n, q := range b.Questions {
		asked := slices.ContainsFunc(s.Parts, func(p SituatedPart) bool { return mentions(p.Item, q) }) ||
			slices.ContainsFunc(b.Parts, func(p Part) bool { return c.uses(p.When, q) }) ||
			slices.ContainsFunc(b.Stop, func(x Stop) bool { return c.uses(x.When, q) })
		if !asked {
			c.warn(fmt.Sprintf("questions[%d]", n), "去掉它，或写上用到它的条件", "问题 %s 不影响任何结果，不会问到", q)
		}
	}
	for _, name := range s.Menu {
		if !slices.Contains(b.Questions, name) {
			c.warn("questions", "把 "+name+" 加到 questions 里合适的位置", "条件里用到问题 %s，但没有排进问题菜单，会放在最后问", name)
		}
	}
}

func (c *checker) uses(when, question string) bool {
	if strings.TrimSpace(when) == "" {
		return false
	}
	r, err := Rule(c.ed, when)
	return err == nil && slices.Contains(r.Variables(), question)
}

// mentions looks whether a condition of the item names the question. Whether it can matter is for the rule set to say.
func mentions(i Item, question string) bool {
	names := func(when string) bool { return strings.Contains(when, question) }
	return slices.ContainsFunc(i.Materials, func(m MaterialNeed) bool { return names(m.When) }) ||
		slices.ContainsFunc(i.Elements, func(e ElementNeed) bool { return names(e.When) }) ||
		slices.ContainsFunc(i.Conditions, func(x Condition) bool { return names(x.When) }) ||
		slices.ContainsFunc(i.Fees, func(f Fee) bool { return names(f.When) || names(f.Rule) })
}

// pathOf leads from an outcome to the field of the thing that makes it.
func (c *checker) pathOf(b Bundle, outcome string) string {
	if item, ok := strings.CutPrefix(outcome, "part:"); ok {
		for n, p := range b.Parts {
			if p.Item == item {
				return fmt.Sprintf("parts[%d].when", n)
			}
		}
	}
	if strings.HasPrefix(outcome, "stop:") {
		at := outcome[strings.LastIndex(outcome, ":")+1:]
		return "stop[" + decrement(at) + "].when"
	}
	for n, q := range b.Questions {
		if q == outcome {
			return fmt.Sprintf("questions[%d]", n)
		}
	}
	return "parts"
}

func decrement(n string) string {
	v, _ := strconv.Atoi(n) // no number counts as 0
	return fmt.Sprint(v - 1)
}

// message is what a person may read about an error: its own words, or all of it where it has none.
func message(err error) string {
	if _, ok := problem.Of(err); ok {
		return problem.MessageFor(err)
	}
	return err.Error()
}

// nearest offers the code most like a mistyped one; up to a third of the letters may differ.
func nearest(word string, among []string) string {
	best, least := "", len([]rune(word))/3+1
	for _, other := range slices.Sorted(slices.Values(among)) {
		if d := distance([]rune(word), []rune(other)); d < least || d == least && best == "" {
			best, least = other, d
		}
	}
	return best
}

// distance is the number of letters to change, add or drop.
func distance(x, y []rune) int {
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(y)]
}
