package journeys

import (
	"testing"

	"tongban/test/browser"
)

// TestTrialOfTheAPI is what somebody does whose system shall call the county: reads how, sends a call on the page, and reads what a
// program would.
func TestTrialOfTheAPI(t *testing.T) { everywhere(t, trialOfTheAPI) }

func trialOfTheAPI(t *testing.T, view browser.View) {
	p := stage.County(t, 4).Person("developer", view)
	p.Open("/api")
	p.Press("答复的内容和试一试：列办件")
	p.See("以哪个应用的名义", "填写请求")
	p.Type("limit", "2")
	p.Press("发出请求")
	p.See("GET /api/v1/cases?limit=2 HTTP/1.1", "Authorization: Bearer …（不显示）", "HTTP/1.1 200 OK")
	number := p.Find(`TB\d{13}`)
	p.Open("/api-try/post-api-v1-cases-number-decide")
	p.Type("number", number)
	p.Press("发出请求")
	p.See("HTTP/1.1 403 Forbidden", `"code": "scope"`)
}
