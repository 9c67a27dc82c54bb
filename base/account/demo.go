package account

import (
	"slices"
	"strings"

	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// visit is a role of the demonstration county and what a visitor may try in it.
type visit struct {
	role, try string
	icon      ui.Icon
}

type stop struct {
	title  string
	visits []visit
}

// tour are the roles in the order of the story: somebody asks, somebody handles it, somebody watches over it.
var tour = []stop{
	{"受理、审查、决定、送达", []visit{
		{"window-clerk", "看待办，受理申请。按 N 收一件新的，F4 读身份证（模拟），全程可以只用键盘。", ui.IconIdCard},
		{"assessor", "打开待办里的一件，左边申请内容、右边材料，逐项审查，写出意见。", ui.IconClipboardCheck},
		{"approver", "准予或者不予许可。决定作出，证照当场生成、签章、可以验真。", ui.IconStamp},
		{"delivery-clerk", "申请人报取件码，核对后把几件证照一次交给他。", ui.IconTicket},
		{"seal-keeper", "每一次用印：谁决定、谁放行、什么时候签的。", ui.IconStamp},
	}},
	{"领导和监督", []visit{
		{"county-leader", "全县驾驶舱：先看红黄牌，再看各单位按时率、提速率，每个数字点开是清单。", ui.IconChartLine},
		{"bureau-leader", "本单位的驾驶舱；批准延长期限，答复红黄牌。", ui.IconChartLine},
		{"efficiency-supervisor", "红黄牌从发出、答复、申辩到销号，给谁、为什么，一件一件看。", ui.IconTriangleAlert},
		{"review-verifier", "核实差评，审核群众的话能不能公开。", ui.IconStar},
	}},
	{"管理", []visit{
		{"catalogue-steward", "群众找错的留言，搜不到的词，事项的写法。", ui.IconBookOpen},
		{"system-administrator", "账户和角色、工作日历、流转表、四十多条不变量的检查。", ui.IconUsers},
	}},
}

// demoCitizens are the invented people whom visitors of a demo county may be.
var demoCitizens = []struct{ login, try string }{
	{"demo-chen", "想开一家餐馆：首页搜“开饭店”，答几个问题，填一张表，一次提交。"},
	{"demo-zhou", "已经办过几件事：看进度、补正材料，看证照和消息。"},
	{"demo-elder", "七十五岁，名字里有生僻字：试试页面上方的“长辈版”和“朗读”。"},
}

// roleSwitch lets a visitor of the demo county step into any role: the people of the story first, the others folded away by unit.
func (m *Module) roleSwitch(r *web.Request) ui.Section {
	asking := ui.Doors{Title: "来办事的人"}
	for _, c := range demoCitizens {
		if a, err := m.ByLogin(r.Ctx, r.View, c.login); err == nil {
			asking.Doors = append(asking.Doors, ui.Door{Icon: ui.IconUser, Label: "办事人 · " + a.Name, Text: c.try, Name: "login", Value: a.Login})
		}
	}
	body := ui.Group{asking}
	staff, _ := m.StaffPage(r.Ctx, r.View, "", 200) // without them the page still lets people in by password
	for _, part := range tour {
		doors := ui.Doors{Title: part.title}
		for _, v := range part.visits {
			for _, a := range staff {
				if told(a) && a.Roles[0] == v.role {
					doors.Doors = append(doors.Doors, ui.Door{Icon: v.icon, Label: m.office(a) + " · " + a.Name, Text: v.try, Name: "login", Value: a.Login})
				}
			}
		}
		body = append(body, doors)
	}
	var others ui.Actions
	for _, a := range staff {
		if len(a.Roles) > 0 && !told(a) {
			others = append(others, ui.Button{Label: m.office(a) + " · " + a.Name, Kind: ui.Secondary, Name: "login", Value: a.Login})
		}
	}
	body = append(body, ui.Disclosure(ui.DisclosureSpec{Summary: "其他单位的人员", Body: others}))
	return ui.Section{Title: "演示：选择角色", Lead: "这是演示县，人物和单位都是虚构的，点一个人直接进入，不用密码。第一次来：先做陈秀兰办一件事，再换成欧文静受理、邓志强审查、蒋明远决定，最后看郑怀远的驾驶舱。页面最上方可以随时换人、拨动时钟、看短信。",
		Body: ui.Form(ui.FormSpec{Action: "/login/demo", Once: r.Fresh(), Label: "演示角色", Body: body})}
}

// told tells whether a person belongs to the story: the staff of other units carry their unit's code in the account name.
func told(a Account) bool {
	return len(a.Roles) > 0 && !strings.Contains(a.Login, "-") && slices.ContainsFunc(tour, func(p stop) bool {
		return slices.ContainsFunc(p.visits, func(v visit) bool { return v.role == a.Roles[0] })
	})
}

func (m *Module) office(a Account) string { return m.org.Name(a.Unit) + m.RoleTitle(a.Roles[0]) }

func (m *Module) postDemo(w *web.Response, r *web.Request) error {
	if !m.k.Settings.Demo {
		return problem.NotFound("只有演示县可以切换角色")
	}
	form, err := r.Posted()
	if err != nil {
		return err
	}
	a, err := m.ByLogin(r.Ctx, r.View, form.Get("login"))
	if err != nil {
		return err
	}
	return m.Enter(w, r, a, ProofDemo)
}
