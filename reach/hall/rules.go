package hall

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tongban/base/address"
	"tongban/kernel/calendar"
	"tongban/kernel/problem"
	"tongban/rules/catalogue"
	"tongban/rules/material"
)

// identityCard is the material type of the resident identity card in the shared dictionary.
const identityCard = "id-card"

// ParseMarks reads marks as they are typed: one key for each material of the list, in its order; 0 leaves one as it is.
func ParseMarks(keys string, needs []material.Need) (map[string]Mark, error) {
	keys = strings.Join(strings.Fields(keys), "")
	out := map[string]Mark{}
	if n := len([]rune(keys)); n > len(needs) {
		return nil, problem.Invalid("要核对的材料有 %d 种，输入了 %d 个数字。请一种材料输入一个数字", len(needs), n).On("keys", fmt.Sprintf("要核对的材料只有 %d 种", len(needs)))
	}
	for n, key := range []rune(keys) {
		switch {
		case key == '0':
		case key >= '1' && key <= '5':
			out[needs[n].Code] = marks[key-'1']
		default:
			return nil, problem.Invalid("“%c”不是材料标记", key).On("keys", "只能输入 0 到 5：1 原件，2 复印件，3 电子件，4 免交，5 容缺，0 先不核对")
		}
	}
	return out, nil
}

// MaySpare finds on which ground a material may be spared at this window. A licence that the system has found is no choice: it spares by itself. What remains is
// what the clerk sees or takes: the card that was read, a written commitment, data checked with the unit that keeps them.
func MaySpare(n material.Need, cardRead bool) (catalogue.Waiver, bool) {
	if n.Waived() {
		return n.Waiver, true
	}
	for _, w := range n.Possible {
		if w.By != "licence" || cardRead && n.Code == identityCard {
			return w, true
		}
	}
	return catalogue.Waiver{}, false
}

// MayMark refuses marks that a material does not allow, and says what is possible instead.
func MayMark(n material.Need, m Mark, cardRead bool) error {
	switch m {
	case Original, Copy, Electronic:
		return nil
	case Spared:
		if _, ok := MaySpare(n, cardRead); ok {
			return nil
		}
		return problem.Invalid("“%s”不能免交：系统没有查到可以代替它的证照或数据", n.Name)
	case Lacking:
		if n.Necessity == material.Tolerable {
			return nil
		}
		return problem.Invalid("“%s”是必交材料，不在容缺清单里，不能容缺", n.Name)
	}
	return problem.Invalid("没有这种材料标记")
}

// ToleranceWords says until when a tolerable material may lack and what follows otherwise.
func ToleranceWords(t catalogue.Tolerance) string {
	words := "窗口容缺收件"
	if t.Days > 0 {
		words += fmt.Sprintf("，受理后 %d 个工作日内补交", t.Days)
	}
	switch t.Until {
	case "decide":
		words += "，最晚在作出决定前"
	case "deliver":
		words += "，最晚在领证前"
	}
	if t.Consequence != "" {
		words += "；" + t.Consequence
	}
	return words
}

// ParseQuick reads answers as they are typed in one go: the number of the option for a choice, 1 or 2 for yes or no, and for a figure all digits up to the next
// space. It gives the answers in the form in which the questions' own controls send them.
func ParseQuick(keys string, questions []catalogue.Question) (map[string]string, error) {
	out := map[string]string{}
	rest := strings.TrimSpace(keys)
	for _, q := range questions {
		if rest == "" {
			break
		}
		if q.Kind == "number" {
			figure, after, _ := strings.Cut(rest, " ")
			out[q.Code], rest = figure, strings.TrimSpace(after)
			continue
		}
		options := []string{"yes", "no"}
		if q.Kind == "choice" {
			options = nil
			for _, o := range q.Options {
				options = append(options, o.Code)
			}
		}
		n, size := leading(rest, len(options))
		if n < 1 || n > len(options) {
			return nil, problem.Invalid("“%s”没有第 %s 项", q.Label(), rest[:size]).On("quick", fmt.Sprintf("“%s”请输入 1 到 %d", q.Label(), len(options)))
		}
		out[q.Code], rest = options[n-1], strings.TrimSpace(rest[size:])
	}
	if rest != "" {
		return nil, problem.Invalid("多输入了“%s”", rest).On("quick", "输入的数字比问题多，请按问题的顺序重新输入")
	}
	return out, nil
}

// leading takes the number of an option from the front: one key, or two where there are more than nine options and a space follows.
func leading(s string, options int) (n, size int) {
	_, size = utf8.DecodeRuneInString(s)
	if two, _, _ := strings.Cut(s, " "); options > 9 && len(two) == 2 {
		size = 2
	}
	n, err := strconv.Atoi(s[:size])
	if err != nil {
		n = 0
	}
	return n, size
}

// Locate finds the division in an address as cards print it, and what remains of it: the longest names that stand in it, a village within its township.
func Locate(divisions []address.Region, text string) (code, rest string) {
	rest = strings.TrimSpace(text)
	for _, size := range []int{9, 12} {
		var best address.Region
		for _, r := range divisions {
			if len(r.Code) == size && strings.HasPrefix(r.Code, code) && strings.Contains(rest, r.Name) && len(r.Name) > len(best.Name) {
				best = r
			}
		}
		if best.Code == "" {
			break
		}
		_, rest, _ = strings.Cut(rest, best.Name)
		code = best.Code
	}
	if code == "" {
		return "", strings.TrimSpace(text)
	}
	return code, strings.TrimSpace(rest)
}

// Expired tells whether the card was no longer valid on the day; a card without an end is valid for life.
func (c Card) Expired(on calendar.Day) bool {
	until, err := calendar.ParseDay(c.Until)
	return c.Until != "" && (err != nil || until.Before(on))
}

// toCheck are the materials that a clerk has to look at: all but those the system spares.
// seenByReader tells whether the card reader has already seen a material: the clerk need not say so again.
func seenByReader(n material.Need, cardRead bool) bool {
	if n.Code != identityCard {
		return false
	}
	_, ok := MaySpare(n, cardRead)
	return cardRead && ok
}

// typedNeeds are the materials for which the clerk types a mark, in the order of the list. Whoever types one for every material, also for
// what the reader has seen, is understood as well.
func typedNeeds(keys string, needs []material.Need, cardRead bool) []material.Need {
	rest := slices.DeleteFunc(slices.Clone(needs), func(n material.Need) bool { return seenByReader(n, cardRead) })
	if n := utf8.RuneCountInString(strings.Join(strings.Fields(keys), "")); n > len(rest) && n <= len(needs) {
		return needs
	}
	return rest
}

// askedFor is the mark of a material that lies under the camera and of which the clerk has said nothing: what the item asks for.
func askedFor(n material.Need) Mark {
	if n.Originals > 0 {
		return Original
	}
	return Copy
}

func toCheck(needs []material.Need) []material.Need {
	return slices.DeleteFunc(slices.Clone(needs), material.Need.Waived)
}
