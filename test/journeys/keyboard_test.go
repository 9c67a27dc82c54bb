package journeys

import (
	"strings"
	"testing"

	"tongban/test/browser"
)

// keysOfAnIntake is what a standard intake may cost a clerk, of somebody whom the county has never seen.
const keysOfAnIntake = 45

// TestKeyboardOnly is journey 13: a clerk receives an application, and three people decide it, without one touch of the mouse.
func TestKeyboardOnly(t *testing.T) {
	county := stage.County(t, 0)
	window := clerk(county, "window")
	window.CountAgain()
	intakeByKeys(window)
	window.Key("F8")
	window.See("收件回执")
	if n := window.Strokes(); n > keysOfAnIntake {
		t.Errorf("a standard intake takes %d keys, want at most %d", n, keysOfAnIntake)
	}
	t.Logf("a standard intake of a first visit: %d keys, %d clicks", window.Strokes(), window.Clicks())

	const item = "高龄津贴申领"
	byKeys(window, item)
	window.Key("Alt+Enter")
	window.See("已受理")
	assessor := clerk(county, "civil-affairs-assessor")
	assessor.CountAgain()
	byKeys(assessor, item)
	assessor.Key("Alt+Enter")
	for _, point := range assessor.Questions() {
		if assessor.Offers(point, "符合") {
			assessor.TabTo("符合")
			assessor.Key(" ")
		}
	}
	assessor.TabTo("建议准予")
	assessor.Keys(" ", "Alt+Enter")
	assessor.See("审查意见已提交")
	approver := clerk(county, "civil-affairs-approver")
	approver.CountAgain()
	byKeys(approver, item)
	approver.Key("Alt+Enter")
	approver.TabTo("准予")
	approver.Keys(" ", "Alt+Enter")
	approver.See("已作出")
	for _, p := range []*browser.Person{window, assessor, approver} {
		if n := p.Clicks(); n != 0 {
			t.Errorf("%s pressed the mouse %d times", p, n)
		}
	}
	window.Open("/w")
	window.Key("/")
	if at := window.Focus(); !strings.Contains(at, "搜索") {
		t.Errorf("after / the cursor stands in %q, not in the search", at)
	}
}

// intakeByKeys receives the application of an old woman for her allowance.
func intakeByKeys(p *browser.Person) {
	p.Key("n")
	p.See("综合受理")
	p.Key("F4")
	p.See("唐桂英", "已读卡核验")
	p.Write("gljt")
	p.Key("Enter")
	p.See("高龄津贴申领")
	p.Key("1")
	p.See("情形")
	p.Key("2") // she comes herself
	p.See("表单")
	p.Write("13807460001")
	p.Key("Tab")
	p.Write("6217000000000000000")
	p.Key("Enter")
	p.See("材料清单")
	p.Key("F6")
	p.See("核对提交", "已收 1 个文件")
	p.Keys(" ", "Alt+Enter")
	p.See("已收件")
}

// byKeys opens the first case of an item in the to-do list: J goes down the rows, Enter opens.
func byKeys(p *browser.Person, item string) {
	p.Unwatched(func() { p.Open("/w") })
	p.Key("j")
	p.Key("Enter")
	p.See(item, "申请内容")
}

// TestScanner is journey 14: the burst of a scanner opens the case from anywhere; the same characters from a slow hand do not.
func TestScanner(t *testing.T) {
	county := stage.County(t, 0)
	p := clerk(county, "window")
	intakeByKeys(p)
	p.Open("/w/cases")
	number := p.Find(`TB\d{13}`)
	p.Open("/w")
	p.Burst(number)
	p.See(number, "申请内容")
	if at := p.Address(); !strings.HasSuffix(at, "/w/cases/"+number) {
		t.Errorf("the scan of %s leads to %s", number, at)
	}

	p.Open("/w")
	before := p.Address()
	p.Key("/")
	p.Slowly(number)
	if at := p.Address(); at != before {
		t.Errorf("slow typing left the page for %s", at)
	}
	if v := p.Value("搜索办件、事项、申请人"); v != number {
		t.Errorf("the field holds %q, not what was typed", v)
	}
	p.Open("/w/licences")
	before = p.Address()
	p.Slowly("20260000000000")
	p.Key("Enter")
	if at := p.Address(); at != before {
		t.Errorf("slow typing outside a field left the page for %s", at)
	}
}
