package identity

import (
	"regexp"
	"strings"
	"time"

	"tongban/kernel/problem"
)

// foundLasts is how long somebody may think it over.
const foundLasts = 10 * time.Minute

var (
	codes  = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)
	claims = regexp.MustCompile(`^[A-Za-z0-9_.:/-]{1,100}$`)
)

// Check says what is wrong with a provider as it was put down; address judges its issuer.
func (p Provider) Check(address func(string) error) error {
	bad := problem.Invalid("有几处需要修改")
	if !codes.MatchString(p.Code) {
		bad = bad.On("code", "代码用小写字母开头，2 到 31 个小写字母、数字或者连字符，例如 province")
	}
	if n := len([]rune(p.Title)); n == 0 || n > 20 {
		bad = bad.On("title", "请填写平台名称，不超过 20 个字，例如 湖南省统一身份认证平台")
	}
	if p.Side != Citizens && p.Side != Staff {
		bad = bad.On("side", "请选择给谁用")
	}
	if err := address(p.Issuer); err != nil {
		bad = bad.On("issuer", problem.MessageFor(problem.Invalid("%s", err)))
	} else if strings.ContainsAny(p.Issuer, "?") {
		bad = bad.On("issuer", "发行者（issuer）网址里不能有问号和后面的内容")
	}
	if p.Client == "" || len(p.Client) > 200 {
		bad = bad.On("client", "请填写平台发给本县的客户端标识（client_id）")
	}
	for field, name := range map[string]string{"name_claim": p.Claims.Name, "number_claim": p.Claims.Number, "phone_claim": p.Claims.Phone, "level_claim": p.Claims.Level} {
		if must := p.Side == Citizens && (field == "name_claim" || field == "number_claim"); name == "" && must || name != "" && !claims.MatchString(name) {
			bad = bad.On(field, "请按平台的接入文档填写字段名，只用字母、数字和 _ . : / -")
		}
	}
	for _, scope := range p.Scopes {
		if !claims.MatchString(scope) {
			bad = bad.On("scopes", "权限范围（scope）只用字母、数字和 _ . : / -，几个之间用空格隔开")
		}
	}
	if len(p.Levels) > 0 && p.Levels[0] != AnyLevel && p.Claims.Level == "" {
		bad = bad.On("level_claim", "写了等级的值，也请填写平台用哪个字段告诉等级")
	}
	if len(p.Levels) == 0 && p.Side == Citizens {
		bad = bad.On("levels", "请填写算实名的等级，例如 L3 L4；平台的账号都已实名的，填 *")
	}
	if len(bad.Fields) > 0 {
		return bad
	}
	return nil
}

// Lapsed reports whether somebody thought it over too long, or the machine's clock says nonsense.
func (f Found) Lapsed(now time.Time) bool {
	age := now.Sub(time.Unix(f.At, 0))
	return f.Subject == "" || age < 0 || age > foundLasts
}
