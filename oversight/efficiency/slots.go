package efficiency

import (
	"cmp"
	"context"

	"github.com/a-h/templ"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/rules/catalogue"
	"tongban/ui"
)

// banner shows the worst open card of a case at the head of its page, and the last urging that waits for an answer.
func (m *Module) banner(ctx context.Context, v *db.View, subject string) (templ.Component, error) {
	if v.Actor.Kind != authz.Staff {
		return nil, nil
	}
	cards, err := m.CardsOf(ctx, v, subject)
	if err != nil {
		return nil, err
	}
	var worst Card
	for _, c := range cards {
		if c.Open() && c.Severity.Rank() > worst.Severity.Rank() {
			worst = c
		}
	}
	var out ui.Group
	if worst.ID != "" {
		n := ui.Notice{Tone: tone(worst.Severity), Title: worst.Severity.String() + "：" + worst.Title,
			Text: "自" + when(worst.CrossedAt) + "起，" + worst.Basis + "。责任：" + m.org.Name(worst.Unit) + cmp.Or(spaced(worst.HolderName), "（还没有人认领）") + "。" + m.whatToDo(worst)}
		if worst.Severity != Blue && (v.Actor.May(PermRead, authz.Place{Unit: worst.Unit}) || MayAnswer(worst, v.Actor)) {
			n.Actions = ui.Actions{ui.LinkButton{Label: "查看这张牌", URL: "/sv/cards/" + worst.ID, Kind: ui.Secondary}}
		}
		out = append(out, n)
	}
	urgings, err := m.UrgingsOf(ctx, v, subject)
	if err != nil {
		return nil, err
	}
	for _, u := range urgings {
		if u.State != "open" {
			continue
		}
		n := ui.Notice{Tone: ui.Warn, Title: "催办：" + u.ByName, Text: u.Words}
		if u.Kind == Instruct {
			n.Title, n.Text = u.Number+"："+u.ByName, u.Words+"（请在"+casework.LastDay(u.Due)+"前报告）"
		}
		if MayReply(u, v.Actor) {
			n.Actions = ui.Actions{ui.LinkButton{Label: "回复", URL: "/sv/urges/" + u.ID, Kind: ui.Secondary}}
		}
		out = append(out, n)
		break
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func spaced(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}

// aside offers urging to those above.
func (m *Module) aside(ctx context.Context, v *db.View, subject string) (templ.Component, error) {
	c, err := m.cases.Find(ctx, v, casework.ID(subject))
	if err != nil || casework.Ended(c.State) || !v.Actor.May(PermRemind, authz.Place{Unit: c.Unit}) {
		return nil, err
	}
	body := ui.Group{ui.Field{Kind: ui.Multiline, Name: "words", ID: "urge-words", Label: "要求", Rows: 3, MaxLength: 500,
		Phrases: []string{"请今天办结，并在系统中说明原因。", "请与申请人联系，说明进展和预计时间。"}}}
	if v.Actor.May(PermInstruct, authz.Place{Unit: c.Unit}) {
		body = append(body, ui.Choice{Name: "kind", Label: "方式", Inline: true, Selected: []string{string(Urge)}, Options: []ui.Option{{Value: string(Urge), Label: "催办"},
			{Value: string(Instruct), Label: "督办（编号，限期报告）", Reveal: ui.Field{Kind: ui.Whole, Name: "days", Label: "几个工作日内报告", Value: "3", Width: ui.Width4}}}})
	}
	body = append(body, ui.Actions{ui.Button{Label: "发出"}})
	return ui.Disclosure(ui.DisclosureSpec{Summary: "催办、督办", Body: ui.Form(ui.FormSpec{Action: "/sv/cases/" + string(c.ID) + "/urge", Once: m.k.DB.NewID(), Label: "催办、督办", Body: body})}), nil
}

// itemName is the name of an item of the edition in force; the code for one that is gone.
func (m *Module) itemName(code string) string {
	if i, ok := pack.Find[catalogue.Item](m.k.Library.Current(), "item", code); ok {
		return i.Name
	}
	return code
}
