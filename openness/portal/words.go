package portal

import (
	"cmp"
	"strconv"

	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

func itoa(n int) string { return strconv.Itoa(n) }

// contact names who keeps this site.
func (m *Module) contact() ui.DescriptionList {
	u, ok := m.org.Unit(m.keeper())
	if !ok {
		return ui.DescriptionList{Facts: []ui.Fact{{Term: "电话", Body: tel("12345")}}}
	}
	return ui.DescriptionList{Facts: []ui.Fact{{Term: "单位", Body: ui.Anchor{Label: u.Name, URL: "/units/" + u.Code}}, {Term: "电话", Body: tel(u.Phone)},
		{Term: "地址", Value: u.Address}, {Term: "办公时间", Value: u.Hours}}}
}

func (m *Module) showAccessibility(w *web.Response, r *web.Request) error {
	return w.ShowPublic(page("无障碍声明"), ui.Article{Title: "无障碍声明",
		Lead: "每个人都应当能用这个网站办成事。依据无障碍环境建设法第三十二条，我们这样做：",
		Sections: []ui.Section{
			{ID: "have", Title: "已经做到的", Body: ui.Prose{
				"全部页面可以只用键盘操作，按 Tab 键能看清走到了哪里；每页开头有“跳到主要内容”。",
				"字号放大到 200%，或在很窄的手机上打开，不用左右拖动，内容不会被遮住。",
				"文字和底色的对比不低于 4.5 比 1；颜色从不单独表示意思，旁边一定有文字。",
				"读屏软件能读出每个控件的名称、每处错误和改法；表格有标题和表头。",
				"关掉脚本也能办完整件事；旧电脑、旧手机能用。",
				"没有限时答题、闪烁、自动播放的声音和弹出广告。",
			}},
			{ID: "elder", Title: "长辈版", Lead: "大字、大按钮、一页一件事；浏览器支持时，页面上方会出现“朗读”。",
				Body: ui.Actions{ui.LinkButton{Label: "换成长辈版", URL: "/?mode=elder", Icon: ui.IconAccessibility, Kind: ui.Secondary}, ui.LinkButton{Label: "返回标准版", URL: "/?mode=standard", Kind: ui.Quiet}}},
			{ID: "other", Title: "不用网站也能办", Body: ui.Prose{
				"打 12345：说出要办的事，由话务员告诉您到哪里办、带什么。",
				"到大厅和乡镇便民服务中心：窗口工作人员替您在同一个系统里填写，材料同样只交一次。有低位柜台的窗口在网点页面上标明。",
				"亲属或者信任的人可以带着您的证件和委托书代办。",
			}},
			{ID: "limits", Title: "还没有做到的", Body: ui.Prose{
				"办事人自己上传的照片和扫描件，读屏软件读不出里面的字；窗口可以读给您听。",
				"暂时没有手语视频和盲文版页面，大厅可以预约手语视频服务的，网点页面会写明。",
			}},
			{ID: "tell", Title: "哪里不好用，请告诉我们", Lead: "请写明是哪一页、用什么设备。我们 3 个工作日内答复。",
				Body: ui.Group{ui.Actions{ui.LinkButton{Label: "告诉我们", URL: "/report-error?page=" + "/accessibility", Kind: ui.Secondary}}, m.contact()}},
		}})
}

func (m *Module) showPrivacy(w *web.Response, r *web.Request) error {
	return w.ShowPublic(page("隐私说明"), ui.Article{Title: "隐私说明", Lead: "您的信息只用来办您的事。下面说明收集什么、为什么、谁能看到、您能做什么。",
		Sections: []ui.Section{
			{ID: "what", Title: "收集什么", Body: ui.Prose{
				"只看不办：不用登录，不记您是谁。没有搜到的词会记下词本身，不记是谁搜的；长串数字不记。",
				"登录：手机号码，用来发验证码和办件进展。",
				"办事：表单里问到的信息和您上传的材料。每一项为什么要，表单上写着要它的事项和依据。",
			}},
			{ID: "how", Title: "怎样保管", Body: ui.Prose{
				"证件号码和手机号码加密存放，页面上只显示头尾；工作人员查看完整号码要有理由，并留下记录。",
				"每一次办理操作都记入不可更改的审计日志。",
				"只有办您这件事的单位能看到这件事的内容。",
				"没有提交的草稿，90 天没人动就删除。",
			}},
			{ID: "cookie", Title: "浏览器里存什么", Body: ui.Text("只有一个登录用的会话标识，关闭浏览器就失效；不放广告，不跟踪，不调用别的网站的内容。")},
			{ID: "rights", Title: "您可以做什么", Body: ui.Prose{
				"登录后查看自己的办件、证照和材料。",
				"发现信息不对，在办件里更正，或者打 12345、到窗口申请更正。",
				"办结前可以撤回申请。",
			}},
			{ID: "who", Title: "由谁负责", Body: m.contact()},
		}})
}

func (m *Module) showAbout(w *web.Response, r *web.Request) error {
	ed := m.k.Library.Current()
	county := cmp.Or(ed.Meta.Title, "本县")
	sections := []ui.Section{
		{ID: "what", Title: "这里能做什么", Body: ui.Prose{
			"说出要办的事，回答几个问题，得到只属于您的清单：办哪些证、交哪些材料、多少天、收不收费。",
			"几个部门的事，填一张表单，材料交一次，一次提交；各部门同时办，结果一起送达。",
			"凭受理编号随时看办到哪一步、由谁负责、什么时候办完。",
		}},
		{ID: "data", Title: "内容的依据", Body: ui.DescriptionList{Facts: []ui.Fact{
			{Term: "标准数据", Value: "第 " + strconv.FormatInt(ed.Number, 10) + " 版"},
			{Term: "发布时间", Value: day(ed.PublishedAt)},
			{Term: "说明", Value: cmp.Or(ed.Meta.Description, "由县事项管理部门维护并发布。")},
		}}},
		{ID: "who", Title: "由谁主办", Body: m.contact()},
	}
	if m.served("/report-error") {
		sections = append(sections, ui.Section{ID: "wrong", Title: "发现错误", Lead: "内容写错、过时、看不懂，都请告诉我们。",
			Body: ui.Actions{ui.LinkButton{Label: "我要找错", URL: "/report-error", Kind: ui.Secondary, Icon: ui.IconFlag}}})
	}
	if m.served("/api") {
		sections = append(sections, ui.Section{ID: "programs", Title: "给业务系统", Lead: "业务系统、乡镇平台、自助设备可以通过接口办事，规则、权限、留痕和网页一样。",
			Body: ui.Actions{ui.LinkButton{Label: "接口说明", URL: "/api", Kind: ui.Secondary, Icon: ui.IconRoute}}})
	}
	return w.ShowPublic(page("关于本站"), ui.Article{Title: "关于" + county + "政务服务网", Sections: sections})
}

func (m *Module) showGallery(w *web.Response, r *web.Request) error {
	return w.Show(ui.GalleryPage(r.URL.Query().Get("mode"), r.URL.Query().Get("theme")))
}

func (m *Module) showSpecimen(w *web.Response, r *web.Request) error {
	for _, s := range ui.Specimens() {
		if s.Key != r.PathValue("key") {
			continue
		}
		if page := s.Page(r.URL.Query().Get("mode"), r.URL.Query().Get("theme")); page != nil {
			return w.Show(page)
		}
		return problem.NotFound("「%s」没有这种样子", s.Label).WithNext("请从组件陈列页 /ui 进入，那里列出了每个样例可看的样子。")
	}
	return problem.NotFound("没有这个样例").WithNext("请从组件陈列页 /ui 进入。")
}
