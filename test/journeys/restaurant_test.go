package journeys

import (
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tongban/test/browser"
)

// noodles is a small noodle shop: one person, 80 square metres, opened by commitment (告知承诺).
var noodles = browser.Facts{
	"您打算以什么身份经营":     "个体工商户",
	"已经有营业执照了吗":      "否",
	"店开在什么地方":        "临街门店",
	"主要卖什么":          "热菜",
	"店里的建筑面积大约多少平方米": "80",
	"开业前要装修施工吗":      "否",
	"消防安全检查愿意用":      "是",
	"污水要接到城市排水管网吗":   "否",
	"店外要挂招牌吗":        "不挂",
	"要卖烟吗":           "否",
	"要新装管道燃气吗":       "否",
	"是别人替您来办吗":       "否",
}

// owner is what the invented owner of the shop says in the form.
var owner = browser.Facts{
	"申请人姓名": "陈秀兰", "申请人身份号码": "431199198803150024", "手机号码": "13900000001",
	"住址：县、乡镇": "青石街道", "住址：所在村（社区）": "文庙社区", "住址：门牌号": "文庙路18号",
	"名称": "秀兰面馆", "经营范围": "餐饮服务", "经营资金": "50000", "从业人数": "3",
	"食品安全管理人员姓名": "陈秀兰", "食品安全管理人员身份号码": "431199198803150024", "接触直接入口食品的人数": "2",
	"消防安全责任人姓名": "陈秀兰", "消防安全责任人电话": "13900000001",
	"经营场所地址：县、乡镇": "青石街道", "经营场所地址：所在村（社区）": "文庙社区", "经营场所地址：门牌号": "文庙路20号",
	"场所取得方式": "租赁", "厨房（加工）面积": "20", "就餐座位数": "24", "是否在网络平台接单": "否", "计划开业日期": "2026-12-28",
	"安全出口数": "2", "所在楼层": "1", "领取方式": "窗口",
}

// TestRestaurantFromZero is journey 1: somebody who only knows the words 开饭店 ends with a receipt in her hand.
func TestRestaurantFromZero(t *testing.T) {
	for _, v := range []struct {
		name string
		view browser.View
	}{{"desktop", browser.Desktop}, {"phone", browser.Phone}, {"without-script", browser.Desktop.WithoutScript()}} {
		t.Run(v.name, func(t *testing.T) {
			county := stage.County(t, 0)
			p := county.Person("chen", v.view)
			number := openRestaurant(t, p)
			if code := document(t, p, "下载收件凭证", "收件凭证", number, "陈秀兰", "食品经营许可"); strings.Contains(code, "198803150024") {
				t.Errorf("the receipt shows the whole identity number")
			}
			p.Press("查看办理进度")
			p.See("我要开餐饮店", number)
		})
	}
}

// openRestaurant is the whole way of a guest with an account, from the search box to the receipt. It gives the number of the submission.
func openRestaurant(t *testing.T, p *browser.Person) string {
	t.Helper()
	p.Open("/")
	p.Type("搜索要办的事", "开饭店")
	p.Press("搜索")
	p.See("我要开餐饮店")
	p.Press("我要开餐饮店")
	p.Press("开始导办")
	answer(t, p, noodles)
	p.Press("看办事指南")
	p.See("食品经营许可", "个体工商户设立登记")
	p.Press("开始办理")
	p.Press("开始填写")
	fillForm(t, p, owner)
	handIn(t, p)
	p.See("核对后提交")
	p.Press("登录后提交")
	logIn(t, p, "13900000001")
	p.See("核对后提交", "陈秀兰")
	return submit(t, p)
}

// logIn proves a telephone by the code of a text message.
func logIn(t *testing.T, p *browser.Person, phone string) {
	t.Helper()
	p.Type("手机号码", phone)
	p.Press("获取验证码")
	p.See("6 位验证码")
	p.Type("6 位验证码", newestCode(t, p))
	p.Press("登录")
}

// newestCode reads the newest code from the page that shows the text messages of the demonstration county.
func newestCode(t *testing.T, p *browser.Person) string {
	t.Helper()
	telephone := p.Tab()
	telephone.Open("/demo/messages")
	return telephone.Find(`您的验证码是 (\d{6})`)
}

// submit declares and hands in; it gives the number that is shown in answer.
func submit(t *testing.T, p *browser.Person) string {
	t.Helper()
	p.Choose("我已阅读并同意")
	p.Press("提交申请")
	p.See("申请已提交", "最迟办好")
	return p.Find(`编号 (\d{14})`)
}

// document downloads a PDF and requires that its text has the words; it gives the text.
func document(t *testing.T, p *browser.Person, link string, words ...string) string {
	t.Helper()
	pdf, kind := p.Download(link)
	if kind != "application/pdf" {
		t.Errorf("%s: 「%s」 leads to %s", p, link, kind)
	}
	text := strings.Join(strings.Fields(p.Paper(pdf)), "")
	for _, w := range words {
		if !strings.Contains(text, strings.Join(strings.Fields(w), "")) {
			t.Errorf("%s: the paper behind 「%s」 does not say 「%s」:\n%s", p, link, w, text)
		}
	}
	return text
}

// answer answers what the page asks; what is left open must be optional or of no consequence, or the server refuses it.
func answer(t *testing.T, p *browser.Person, facts browser.Facts) {
	t.Helper()
	left := p.Fill(facts)
	left = slices.DeleteFunc(left, func(label string) bool { return strings.Contains(label, "选填") })
	if len(left) > 0 {
		t.Logf("left open at %s: %s", p.Address(), strings.Join(left, ", "))
	}
}

// fillForm goes through the steps of the form until the materials.
func fillForm(t *testing.T, p *browser.Person, facts browser.Facts) {
	t.Helper()
	for step := 0; !p.Sees("上传选好的文件"); step++ {
		if step > 12 {
			t.Fatalf("%s: the form does not end", p.Address())
		}
		answer(t, p, facts)
		p.Press("保存并继续")
		if p.Status() == 422 {
			p.Picture("refused")
			t.Fatalf("%s is refused:\n%s", p.Address(), p.Words())
		}
	}
}

// handIn gives a file for every material, also for those that could follow later (容缺), and goes on.
func handIn(t *testing.T, p *browser.Person) {
	t.Helper()
	for _, label := range p.Uploads() {
		p.Upload(label, scan(t, label))
	}
	p.Press("继续")
	if p.Status() == 422 {
		p.Picture("refused")
		t.Fatalf("%s is refused:\n%s", p.Address(), p.Words())
	}
}

// scan is a page to hand in, as a telephone photographs it: white paper with a line of ink.
func scan(t *testing.T, name string) string {
	t.Helper()
	sheet := image.NewGray(image.Rect(0, 0, 210, 297))
	for i := range sheet.Pix {
		sheet.Pix[i] = 255
	}
	for x := 20; x < 190; x++ {
		sheet.SetGray(x, 40, color.Gray{})
	}
	file := filepath.Join(t.TempDir(), name+".jpg")
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := jpeg.Encode(out, sheet, nil); err != nil {
		t.Fatal(err)
	}
	return file
}
