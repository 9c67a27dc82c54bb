package ui

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

func galleryNav() []NavGroup {
	return []NavGroup{
		{"我的工作", []NavItem{{Icon: IconInbox, Label: "待办", URL: "/ui/worklist", Count: 26, Hot: true, Current: true, Go: "T"}, {Icon: IconClock, Label: "在办", URL: "/ui/list", Count: 148}, {Icon: IconClipboardCheck, Label: "已办", URL: "/ui/list", Go: "D"}, {Icon: IconBell, Label: "催办督办", URL: "/ui/list", Count: 3, Hot: true}}},
		{"窗口", []NavItem{{Icon: IconIdCard, Label: "综合受理", URL: "/ui/form", Go: "W"}, {Icon: IconUsers, Label: "叫号", URL: "/ui/list", Count: 12}, {Icon: IconStamp, Label: "统一出件", URL: "/ui/list", Count: 9}, {Icon: IconPrinter, Label: "文书打印", URL: "/ui/paper"}}},
		{"协同", []NavItem{{Icon: IconMapPin, Label: "联合查勘", URL: "/ui/list", Count: 5}, {Icon: IconFileText, Label: "容缺跟踪", URL: "/ui/list", Count: 7}, {Icon: IconShieldCheck, Label: "审管推送", URL: "/ui/list", Count: 2}}},
	}
}

func galleryAside() templ.Component {
	return Checklist{Title: "一次告知", Items: []ChecklistItem{
		{Label: "身份证", Done: true, Tag: Tag{Text: "免交·已调用", Tone: OK}},
		{Label: "营业执照", Done: true, Tag: Tag{Text: "免交·已调用", Tone: OK}},
		{Label: "租赁合同", Hint: "首页和签字页照片"},
		{Label: "健康证明", Tag: Tag{Text: "可容缺 10 日", Tone: Warn}},
	}, Note: "承诺 5 个工作日办结（法定 20 个）。全程不收费。", More: Link{Label: "请人帮您办", URL: "/help-me"}}
}

func galleryHero() templ.Component {
	return Hero{Title: "今天想办什么事？", Text: "一件事一次办，能网办不用跑，不会办有人帮。",
		Tabs: Tabs{Label: "办事身份", Tabs: []Tab{{Label: "个人办事", URL: "/", Current: true}, {Label: "企业办事", URL: "/?who=company"}}},
		Hot:  []Link{{Label: "开饭店", URL: "/events"}, {Label: "新生儿", URL: "/events"}, {Label: "建房审批", URL: "/events"}, {Label: "社保转移", URL: "/events"}}}
}

func galleryStart() templ.Component {
	return Group{
		Tiles{Title: "一件事一次办", More: Link{Label: "全部 20 件", URL: "/events"}, Tiles: []Tile{
			{Icon: IconUtensils, Label: "我要开餐馆", Text: "4 份材料，2 份免交，5 个工作日", URL: "/events"},
			{Icon: IconStore, Label: "我要开便利店", Text: "执照和许可一起办", URL: "/events"},
			{Icon: IconBaby, Label: "新生儿出生", Text: "出生证、落户、医保一次办好", URL: "/events", Tag: Tag{Text: "秒批", Tone: OK}},
			{Icon: IconHammer, Label: "农村建房", Text: "乡镇窗口受理，县里联办", URL: "/events"},
			{Icon: IconSprout, Label: "种粮补贴", Text: "免申即享", URL: "/events"},
			{Icon: IconStethoscope, Label: "退休一件事", Text: "社保、医保、公积金", URL: "/events"},
		}},
		Panel(PanelSpec{Title: "我的办件", Body: LinkList{Links: []NotedLink{
			{Link: Link{Label: "食品经营许可（小餐饮）", URL: "/t/1"}, Note: "承诺 12 月 1 日前办结", Tag: Tag{Text: "补正中", Tone: Warn}},
			{Link: Link{Label: "不动产首次登记", URL: "/t/2"}, Note: "11 月 20 日办结", Tag: Tag{Text: "可取件", Tone: OK}}}}}),
		Panel(PanelSpec{Title: "公告", Body: LinkList{Links: []NotedLink{
			{Link: Link{Label: "关于周六延时服务窗口的公告", URL: "/news/1"}, Note: "2026-11-20"},
			{Link: Link{Label: "户外广告设置审批改由乡镇受理", URL: "/news/2"}, Note: "2026-11-18"}}}}),
	}
}

func galleryFilters() FilterBar {
	return FilterBar{Action: "/ui/list", Into: "list", Keep: map[string]string{"tab": "all"}, Fields: []templ.Component{
		Select{Name: "item", Label: "事项", Blank: "全部事项", Options: []Option{{Value: "food", Label: "食品经营许可"}, {Value: "build", Label: "建筑工程施工许可"}}},
		Select{Name: "due", Label: "时限", Blank: "全部", Options: []Option{{Value: "cards", Label: "红黄牌"}}},
		Field{Kind: DayKind, Name: "from", Label: "收件日期"},
	}, Chips: Chips{{Label: "已存：我的红黄牌", URL: "/ui/worklist?f=1", RemoveURL: "/ui/worklist?drop=1"}, {Label: "已存：园区项目", URL: "/ui/worklist?f=2", RemoveURL: "/ui/worklist?drop=2"}}}
}

func galleryTabs() Tabs {
	return Tabs{Label: "环节", Into: "list", Tabs: []Tab{{Label: "全部", URL: "/ui/worklist", Count: 26, Current: true}, {Label: "待受理", URL: "?tab=1", Count: 5}, {Label: "审核中", URL: "?tab=2", Count: 9}, {Label: "补正中", URL: "?tab=3", Count: 3, News: true}, {Label: "联合查勘", URL: "?tab=4", Count: 5}, {Label: "待决定", URL: "?tab=5", Count: 2}, {Label: "待出件", URL: "?tab=6", Count: 2}}}
}

// galleryCase is an invented row.
type galleryCase struct{ item, bundle, who, channel, stage, left, clerk, at string }

func galleryCases() []galleryCase {
	return []galleryCase{
		{"食品经营许可（小餐饮）", "我要开餐馆", "江渝皮具有限公司", "窗口", "待受理", "5 工作日", "欧文静", "11-23 8:10"},
		{"公共场所卫生许可", "我要开宾馆", "赵琴芳", "网上", "审核中", "4 小时", "邓志强", "11-23 9:12"},
		{"建筑工程施工许可", "工业项目开工", "湘南新能源（南岭）", "帮您办·莲塘镇", "补正中", "1 工作日", "未分派", "11-23 10:14"},
		{"个体工商户设立登记", "我要开便利店", "陈秀兰", "自助机", "联合查勘", "3 工作日", "欧文静", "11-23 11:16"},
		{"不动产首次登记", "交房即交证", "覃世昌", "微信", "待决定", "1 工作日", "邓志强", "11-22 12:18"},
		{"取水许可", "工业项目开工", "周玉梅", "跨域", "待出件", "4 工作日", "未分派", "11-22 13:20"},
		{"残疾人证核发", "我要办残疾证", "黄国庆", "帮您办·莲塘镇", "补正中", "1 天", "未分派", "11-21 16:26"},
		{"药品零售经营许可", "我要开药店", "李德胜", "自助机", "联合查勘", "2 工作日", "欧文静", "11-21 8:28"},
	}
}

func galleryRow(i int, c galleryCase) Row {
	tone := map[string]Tone{"补正中": Warn, "待出件": OK}[c.stage]
	if tone == "" {
		tone = Info
	}
	clock := ClockBadge{Left: c.left, Used: 15 + 12*i, Due: "12 月 1 日到期"}
	row := Row{ID: "TB2026112310" + strconv.Itoa(10+i), URL: "/ui/detail", Selected: i < 2}
	switch i {
	case 1:
		clock.Card, clock.Used, row.Tone = YellowCard, 88, Warn
	case 2:
		clock.Paused = "等待补正"
	case 6:
		clock.Card, clock.Used, row.Tone = RedCard, 100, Bad
	}
	row.Cells = []templ.Component{Text(row.ID), Two{c.item, c.bundle}, Text(c.who), Text(c.channel), Tag{Text: c.stage, Tone: tone}, clock, Text(c.clerk), Text(c.at)}
	return row
}

func galleryTable() Table {
	t := Table{Caption: "待办办件，按剩余时限排序", Check: "id", Into: "list", Columns: []Column{{Label: "办件编号", Code: true}, {Label: "事项 / 一件事", Main: true}, {Label: "申请人"}, {Label: "渠道", Wide: true}, {Label: "环节"}, {Label: "剩余时限", Sort: Ascending, SortURL: "?sort=-due"}, {Label: "经办人"}, {Label: "收件时间", SortURL: "?sort=at", Code: true, Wide: true}}}
	for i, c := range galleryCases() {
		t.Rows = append(t.Rows, galleryRow(i, c))
	}
	return t
}

func galleryKPIs() KPIStrip {
	return KPIStrip{{Label: "今日待办", Value: "26", Note: "较昨日 −4", URL: "/ui/worklist"}, {Label: "黄牌预警", Value: "4", Note: "4 小时内到期", URL: "/ui/worklist", Tone: Warn}, {Label: "红牌超期", Value: "2", Note: "已告知分管领导", URL: "/ui/worklist", Tone: Bad}, {Label: "平均用时", Value: "2.3", Unit: "天", Note: "承诺 5 天 · 提速 54%", URL: "/ui/dashboard"}, {Label: "本月好评率", Value: "99.4%", Note: "1 件差评待整改", URL: "/ui/dashboard"}}
}

func galleryWorklist() Worklist {
	return Worklist{Title: "待办办件", Tag: Tag{Text: "投资建设股"}, KPIs: galleryKPIs(), Tabs: galleryTabs(), Filters: galleryFilters(), Table: galleryTable(),
		Actions: []templ.Component{LinkButton{Label: "导出 Excel", URL: "/ui/list", Kind: Secondary, Icon: IconDownload}, LinkButton{Label: "新收件", URL: "/ui/form", Shortcut: "N"}},
		Batch:   BatchBar{Action: "/ui/worklist", Once: "8f21c7", Buttons: []Button{{Label: "批量受理"}, {Label: "分派"}, {Label: "打印文书"}}},
		Pager:   Pager{NextURL: "/ui/worklist?after=8", Text: "第 1–8 件，共 26 件", Into: "list"}}
}

func galleryList() List {
	return List{Title: "事项目录", Lead: "已发布 200 项，其中秒批 18 项、容缺受理 42 项。", Tabs: Tabs{Tabs: []Tab{{Label: "现行", URL: "?v=1", Count: 200, Current: true}, {Label: "草稿", URL: "?v=2", Count: 3}}},
		Actions: []templ.Component{LinkButton{Label: "新增事项", URL: "/ui/form", Icon: IconPlus}},
		Table: Table{Caption: "现行事项", Columns: []Column{{Label: "事项编码", Code: true}, {Label: "事项名称", Main: true}, {Label: "实施主体"}, {Label: "承诺时限", Number: true}, {Label: "标记"}}, Rows: []Row{
			{URL: "/ui/detail", Cells: []templ.Component{Text("000131016000"), Text("食品经营许可"), Text("行政审批服务局"), Text("5 工作日"), Tag{Text: "容缺", Tone: Warn}}},
			{URL: "/ui/detail", Cells: []templ.Component{Text("000117005000"), Text("建筑工程施工许可"), Text("行政审批服务局"), Text("4 工作日"), Tag{Text: "并联", Tone: Info}}},
			{URL: "/ui/detail", Cells: []templ.Component{Text("000114021000"), Text("城乡居民养老保险转移"), Text("人力资源和社会保障局"), Text("即办"), Tag{Text: "秒批", Tone: OK}}}}},
		Pager: Pager{NextURL: "?after=3", Text: "第 1–3 项，共 200 项"}}
}

func galleryTimeline() Timeline {
	return Timeline{[]Event{
		{When: "11-23 8:10", Title: "收件", Who: "政务大厅 3 号窗口 · 欧文静", Tone: OK, Text: "材料 4 份，其中免交 2 份。"},
		{When: "11-23 8:31", Title: "受理", Who: "行政审批服务局 · 欧文静", Tone: OK, Text: "出具受理通知书，开始计时，承诺 5 个工作日。"},
		{When: "11-23 14:02", Title: "要求补正", Who: "行政审批服务局 · 邓志强", Tone: Warn, Text: "租赁合同缺签字页，计时暂停。", Now: true},
		{Title: "审查、现场查勘", Later: true}, {Title: "作出决定", When: "预计 12-02", Later: true}}}
}

func galleryDetail() Detail {
	return Detail{Title: "食品经营许可（小餐饮）", Number: "TB202611231001", Tags: []Tag{{Text: "补正中", Tone: Warn}, {Text: "我要开餐馆"}},
		Back: Link{Label: "返回待办", URL: "/ui/worklist"}, PrevURL: "/ui/detail?p", NextURL: "/ui/detail?n",
		Clock:   ClockBadge{Left: "4 小时", Used: 88, Card: YellowCard, Due: "12 月 1 日 17:30 到期"},
		Facts:   []Fact{{Term: "申请人", Value: "陈秀兰"}, {Term: "公民身份号码", Body: MaskedID{Number: "431199196803152426", RevealURL: "/ui/detail?reveal"}}, {Term: "联系电话", Value: "139****0000"}, {Term: "经营场所", Value: "南岭县城关镇解放路 18 号"}, {Term: "收费", Body: Money{Fen: 0}}, {Term: "收件", Value: "2026-11-23 8:10 · 窗口"}},
		Actions: []templ.Component{LinkButton{Label: "打印", URL: "/ui/paper", Kind: Secondary, Icon: IconPrinter, Shortcut: "F8"}, LinkButton{Label: "作出决定", URL: "/ui/form", Icon: IconStamp}},
		Tabs:    Tabs{Label: "办件内容", Tabs: []Tab{{Label: "经过", URL: "/ui/detail", Current: true}, {Label: "申请表", URL: "?t=2"}, {Label: "材料", URL: "?t=3", Count: 4}, {Label: "意见", URL: "?t=4", Count: 2, News: true}, {Label: "文书", URL: "?t=5", Count: 1}}},
		Notice:  Notice{Tone: Warn, Title: "时限还剩 4 小时", Text: "到期前请作出决定，或按规定办理延期。责任单位：行政审批服务局。"},
		Sections: []Section{{Title: "经过", Body: galleryTimeline()},
			{Title: "部门意见", Tag: Tag{Text: "2/3"}, Body: Group{
				OpinionBox{Unit: "消防救援大队", Person: "唐海", When: "11-23 11:20", Verdict: Tag{Text: "同意", Tone: OK}, Text: "安全出口符合要求。"},
				OpinionBox{Unit: "市场监督管理局", Person: "罗小燕", When: "11-23 13:05", Verdict: Tag{Text: "要求整改", Tone: Warn}, Text: "后厨无防蝇设施，整改后复核。"}}}},
		Aside: []Section{{Title: "责任", Body: ResponsibleCard{Unit: "行政审批服务局", Person: "邓志强", Phone: "12345", Since: "11-23 14:02", Due: "12 月 1 日 17:30", Next: "收到补正材料后 1 日内审查"}},
			{Title: "材料", Body: galleryAsideList()}}}
}

func galleryAsideList() templ.Component {
	return LinkList{Links: []NotedLink{{Link: Link{Label: "租赁合同-首页.jpg", URL: "/f/1"}, Note: "1.2 MB"}, {Link: Link{Label: "健康证明.pdf", URL: "/f/2"}, Note: "容缺"}}}
}

func galleryFields(faults bool) []templ.Component {
	id := Field{Kind: IDNumber, Name: "idno", Label: "公民身份号码", Hint: "18 位，末位可能是字母 X", Value: "431199 19680315 2421"}
	area := Field{Kind: Area, Name: "area", Label: "经营场所面积"}
	if faults {
		id.Error = "身份证号第 18 位校验不正确，请对照证件再看一遍"
		area.Error = "请填写经营场所面积"
	}
	return []templ.Component{
		Field{Name: "nm", Label: "姓名", Value: "陈秀兰", Autocomplete: "name", Width: Width14, Source: SourceNote{From: "公安人口库", When: "2026-11-23 调取"}}, id,
		Choice{Name: "own", Label: "经营场所是自有还是租用？", Selected: []string{"rent"}, Options: []Option{{Value: "own", Label: "自有房屋", Hint: "系统将调用不动产权证电子证照，不用再交"}, {Value: "rent", Label: "租用", Hint: "需要租赁合同首页和签字页照片"}}},
		area,
		Field{Kind: MoneyKind, Name: "capital", Label: "投入资金", Value: "120000", Optional: true},
		DateBoxes{Name: "open", Label: "计划开业日期", Optional: true},
		Upload{Name: "lease", Label: "租赁合同照片", Multiple: true, PhoneURL: "/u/k3f9", ReuseURL: "/my/files", Files: []UploadedFile{{ID: "f1", Name: "租赁合同-首页.jpg", Size: "1.2 MB", URL: "/f/1", Status: Tag{Text: "已上传", Tone: OK}}, {ID: "f2", Name: "租赁合同-签字页.heic", Size: "12 MB", Status: Tag{Text: "未收下", Tone: Bad}, Note: "超过 10 MB，请重新拍一张"}}},
	}
}

func galleryWizard() Wizard {
	return Wizard{Steps: Steps{Steps: []Step{{"选择情形", "/ui/wizard"}, {Label: "填写信息"}, {Label: "上传材料"}, {Label: "核对提交"}}, Current: 2},
		FormPage: FormPage{Title: "经营者信息", Lead: "身份证号、营业执照等信息已从县数据资源中心带出，请核对。只需改动不对的地方。", Back: Link{Label: "返回上一步", URL: "/ui/wizard"},
			Faults: []Fault{{"idno", "身份证号第 18 位校验不正确，请对照证件再看一遍"}, {"area", "请填写经营场所面积"}},
			Form:   FormSpec{Action: "/ui/wizard", Once: "8f21c7", Version: 3, Files: true}, Fields: galleryFields(true),
			Actions: Actions{Button{Label: "保存并继续", Shortcut: "Alt+Enter"}, Button{Label: "先保存，以后再填", Kind: Secondary, Name: "act", Value: "save"}, LinkButton{Label: "返回上一步", URL: "/ui/wizard", Kind: Quiet}}}}
}

func galleryForm() FormPage {
	return FormPage{Title: "登记咨询", Lead: "一次说清来人、问什么、怎么答的。", Back: Link{Label: "返回", URL: "/ui"}, Wide: true, Form: FormSpec{Action: "/ui/form", Once: "77aa", Version: 1},
		Notice: Notice{Text: "按 F4 读身份证，姓名和号码自动填入。"},
		Fields: []templ.Component{
			Field{Name: "name", Label: "来人姓名", Shortcut: "F4"}, Field{Kind: Phone, Name: "tel", Label: "手机号码"},
			Select{Name: "item", Label: "咨询事项", Blank: "请选择", Options: []Option{{Value: "1", Label: "食品经营许可"}, {Value: "2", Label: "社保转移"}}}, Field{Kind: USCC, Name: "uscc", Label: "统一社会信用代码", Optional: true},
			Field{Kind: Multiline, Name: "q", Label: "问题", Phrases: []string{"问需要哪些材料", "问多久能办好"}}, Field{Kind: Multiline, Name: "a", Label: "答复", Phrases: []string{"已一次性告知全部材料", "请到乡镇便民服务中心办理"}},
			Choice{Name: "how", Label: "方式", Inline: true, Selected: []string{"1"}, Options: []Option{{Value: "1", Label: "窗口"}, {Value: "2", Label: "电话"}, {Value: "3", Label: "网上"}}}, Field{Kind: DayKind, Name: "day", Label: "回访日期", Value: "2026-11-25", Hint: "可写 11-25"}},
		Actions: Actions{Button{Label: "保存", Shortcut: "Alt+S", Icon: IconSave}, LinkButton{Label: "不保存，返回", URL: "/ui", Kind: Quiet}}}
}

func galleryArticle() Article {
	return Article{Title: "食品经营许可（小餐饮）", Meta: []string{"实施主体：南岭县行政审批服务局", "版本 2026-3"}, Tags: []Tag{{Text: "容缺受理", Tone: Warn}, {Text: "全程网办", Tone: Info}, {Text: "不收费", Tone: OK}},
		Lead: "在南岭县开小餐馆，先办这个许可。材料齐全，5 个工作日内办结。", Actions: []templ.Component{LinkButton{Label: "开始办", URL: "/ui/wizard"}, LinkButton{Label: "打印指南", URL: "/ui/paper", Kind: Secondary, Icon: IconPrinter}},
		Sections: []Section{
			{Title: "谁可以办", Body: Prose{"已领取营业执照、经营场所面积在 150 平方米以下的餐饮经营者。"}},
			{Title: "要交什么", Body: Table{Caption: "材料", Columns: []Column{{Label: "材料", Main: true}, {Label: "份数", Number: true}, {Label: "说明"}}, Rows: []Row{{Cells: []templ.Component{Text("身份证"), Text("1"), Tag{Text: "免交", Tone: OK}}}, {Cells: []templ.Component{Text("租赁合同"), Text("1"), Text("首页和签字页照片")}}, {Cells: []templ.Component{Text("健康证明"), Text("1"), Tag{Text: "可容缺 10 日", Tone: Warn}}}}}},
			{Title: "用程序办", Body: Passage{ID: "call", Title: "GET /api/v1/items", Tags: []Tag{{Text: "任何人"}}, Body: Listing("curl 'https://nanling.example/api/v1/items?q=%E5%BC%80%E9%A5%AD%E5%BA%97' \\\n  -H \"Authorization: Bearer $TOKEN\"")}},
			{Title: "怎么办", Body: FlowPicture{Title: "办理流程", Chain: true, Steps: []string{"申请", "受理", "审查", "现场查勘", "决定", "送达"}}},
			{Title: "多久、多少钱", Body: DescriptionList{Facts: []Fact{{Term: "法定时限", Value: "20 个工作日"}, {Term: "承诺时限", Value: "5 个工作日"}, {Term: "收费", Value: "不收费"}}}},
			{Title: "常见问题", Body: Disclosure(DisclosureSpec{Summary: "没有健康证可以先办吗？", Body: Prose{"可以。签容缺承诺书，10 个工作日内补交。"}})}},
		Source: "内容由行政审批服务局维护，2026-11-01 更新。发现错误请点页尾「我要找错」。"}
}

func galleryDashboard() Dashboard {
	return Dashboard{Title: "本单位运行", Updated: "数据 3 分钟前", KPIs: galleryKPIs(), Tabs: Tabs{Label: "期间", Tabs: []Tab{{Label: "本周", URL: "?p=w", Current: true}, {Label: "本月", URL: "?p=m"}, {Label: "本年", URL: "?p=y"}}},
		Tiles: []DashTile{
			{Title: "红牌和黄牌", More: Link{URL: "/ui/worklist"}, Body: LinkList{Links: []NotedLink{{Link: Link{Label: "残疾人证核发 · 黄国庆", URL: "/ui/detail"}, Tag: Tag{Text: "红牌", Tone: Bad}, Note: "超期 1 天"}, {Link: Link{Label: "公共场所卫生许可 · 赵琴芳", URL: "/ui/detail"}, Tag: Tag{Text: "黄牌", Tone: Warn}, Note: "剩 4 小时"}}}},
			{Title: "部门办件与按时率", Body: galleryBars()},
			{Title: "近 14 日办件量", Wide: true, Body: galleryFigure()}}}
}

func galleryBars() Bars {
	return Bars{[]Bar{{Label: "市场监管", Percent: 100, Value: "412", Note: "按时 98%", URL: "/ui/list"}, {Label: "自然资源", Percent: 70, Value: "288", Note: "按时 95%"}, {Label: "人社", Percent: 64, Value: "264", Note: "按时 99%"}, {Label: "住建", Percent: 42, Value: "173", Note: "按时 91%", Tone: Warn}, {Label: "卫健", Percent: 37, Value: "151", Note: "按时 97%"}}}
}

func galleryFigure() Figure {
	v := []int{120, 140, 118, 155, 171, 160, 98, 131, 166, 189, 174, 182, 205, 196}
	var line strings.Builder
	t := Table{Caption: "近 14 日办件量", Columns: []Column{{Label: "日期", Main: true}, {Label: "办件", Number: true}}}
	for i, n := range v {
		line.WriteString(strconv.Itoa(20+i*40) + "," + strconv.Itoa(170-n*3/4) + " ")
		t.Rows = append(t.Rows, Row{Cells: Cells("11-"+strconv.Itoa(10+i), strconv.Itoa(n))})
	}
	return Figure{Label: "近 14 日办件量从 120 件升到 196 件", Note: "来源：办件库，每 5 分钟更新", Table: t,
		SVG: `<svg viewBox="0 0 560 180" width="560" height="180"><path d="M20 170H540" stroke="currentColor" stroke-opacity=".3"/><polyline points="` + line.String() + `" fill="none" stroke="#3d8fe8" stroke-width="3" stroke-linejoin="round"/><circle cx="540" cy="23" r="6" fill="#ffbf2f"/></svg>`}
}

func galleryQR() string {
	var b strings.Builder
	b.WriteString(`<svg viewBox="0 0 21 21" shape-rendering="crispEdges">`)
	for y := range 21 {
		for x := range 21 {
			corner := (x < 7 || x > 13) && y < 7 || x < 7 && y > 13
			in := func(a int) bool { return a%14 == 0 || a%14 == 6 }
			core := func(a int) bool { return a%14 > 1 && a%14 < 5 }
			if corner && (in(x) || in(y) || core(x) && core(y)) || !corner && (x*y+x*3+y*5)%3 == 0 {
				b.WriteString(`<path d="M` + strconv.Itoa(x) + " " + strconv.Itoa(y) + `h1v1h-1z"/>`)
			}
		}
	}
	return b.String() + `</svg>`
}

// galleryTowns draws a schematic of invented townships as hexagons.
func galleryTowns() string {
	rows := [][]string{{"城关镇", "莲塘镇", "东坪镇"}, {"白石圩镇", "双溪镇", "桃源镇", "云岭镇"}, {"古塘镇", "青山镇", "永兴镇", "石桥乡"}, {"清水乡", "茶坪乡", "竹溪乡"}}
	var b strings.Builder
	b.WriteString(`<svg viewBox="0 0 670 510" fill="#eaf3ff" font-size="20" text-anchor="middle">`)
	for r, row := range rows {
		for c, name := range row {
			x, y := 90+c*136, 80+r*112
			if r != 1 {
				x += 68
			}
			if r == 3 {
				x += 68
			}
			at := func(dx, dy int) string { return strconv.Itoa(x+dx) + "," + strconv.Itoa(y+dy) + " " }
			b.WriteString(`<polygon points="` + at(0, -72) + at(64, -36) + at(64, 36) + at(0, 72) + at(-64, 36) + at(-64, -36) + `" fill="#1759b3" fill-opacity=".` + strconv.Itoa(9-r-c) + `" stroke="#2f7fd6"/>`)
			b.WriteString(`<text x="` + strconv.Itoa(x) + `" y="` + strconv.Itoa(y-6) + `">` + name + `</text><text x="` + strconv.Itoa(x) + `" y="` + strconv.Itoa(y+26) + `" font-size="28" font-weight="700" fill="#ffcf5c">` + strconv.Itoa(97-7*r-5*c) + `</text>`)
		}
	}
	return b.String() + `</svg>`
}
