package account

import (
	"context"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tongban/kernel/authz"
	"tongban/kernel/config"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
)

// Policy is what a county asks of passwords, second factors and sessions of its staff.
type Policy struct {
	Code      string
	Title     string
	Note      string
	Shortest  int           // characters
	Classes   int           // kinds of characters among capital, small, digit, other; 0: any
	History   int           // so many earlier passwords may not come back
	Days      int           // after so many days a password must be changed; 0: never
	Tries     int           // wrong ones before the account rests
	Rest      time.Duration // how long it rests
	Idle      time.Duration // a session left alone ends
	Longest   time.Duration // every session ends
	TwoForAll bool          // everybody needs a second factor; else those whose roles need a second administrator
}

// Policies are the profiles a county can choose from. ASVS 5.0 (6.2) wants long passwords and no forced change; the usual reading of
// GB/T 22239-2019 第三级 wants kinds of characters, regular change and a second factor for everybody. The standard itself gives no figures;
// those here are what assessors commonly ask for.
func Policies() []Policy {
	return []Policy{
		{Code: "asvs", Title: "ASVS 5.0", Note: "重长度、不强制定期更换；管理员和决定、用印岗位须有动态口令", Shortest: 10, History: 1, Tries: 5, Rest: 15 * time.Minute, Idle: 30 * time.Minute, Longest: 12 * time.Hour},
		{Code: "mlps3", Title: "等保三级", Note: "三类以上字符、90 天更换、不得与前 5 次相同；所有工作人员须有动态口令；15 分钟无操作退出", Shortest: 10, Classes: 3, History: 5, Days: 90, Tries: 5, Rest: 30 * time.Minute,
			Idle: 15 * time.Minute, Longest: 8 * time.Hour, TwoForAll: true},
	}
}

// policySetting names the setting that holds the profile in force.
const policySetting = "account.policy"

// Policy is the profile in force.
func (m *Module) Policy(ctx context.Context, v *db.View) (Policy, error) {
	code, err := config.Get(ctx, v, policySetting)
	for _, p := range Policies() {
		if p.Code == code {
			return p, err
		}
	}
	return Policies()[0], err
}

// ChoosePolicy puts a profile in force. It counts from the next sign-in on.
func (m *Module) ChoosePolicy(ctx context.Context, tx *db.Tx, code string) error {
	if err := tx.Require(PermConfirm, authz.Place{}); err != nil {
		return err
	}
	for _, p := range Policies() {
		if p.Code == code {
			return config.Set(ctx, tx, policySetting, code)
		}
	}
	return problem.Invalid("没有这种安全策略").On("policy", "请从列表中选择")
}

// Term is how long a session of the account may last.
func (p Policy) Term() web.Term { return web.Term{Idle: p.Idle, Longest: p.Longest} }

// Words says in a sentence what a password must be.
func (p Policy) Words() string {
	words := "至少 " + strconv.Itoa(p.Shortest) + " 个字符"
	if p.Classes > 0 {
		words += "，含大写字母、小写字母、数字、符号中的至少 " + strconv.Itoa(p.Classes) + " 类"
	}
	return words + "；可以用几个词连起来，不要用姓名和账户名"
}

// Check says what is wrong with a new password. It asks for length first; words that stand on the account are refused, because they are
// tried first.
func (p Policy) Check(password string, words ...string) error {
	bad := func(title, words string) error { return problem.Invalid("%s", title).On("password", words) }
	n := len([]rune(password))
	switch {
	case n < p.Shortest:
		return bad("密码太短", "密码至少 "+strconv.Itoa(p.Shortest)+" 个字符，可以用几个词连起来")
	case n > 128:
		return bad("密码太长", "密码最多 128 个字符")
	case kinds(password) < p.Classes:
		return bad("密码太简单", "密码要有大写字母、小写字母、数字、符号中的至少 "+strconv.Itoa(p.Classes)+" 类")
	case different(password) < 5:
		return bad("密码太简单", "密码里重复的字符太多，请换一个")
	}
	for _, w := range append(words, "tongban", "password", "12345678", "qwertyui") {
		if len([]rune(w)) >= 2 && strings.Contains(strings.ToLower(password), strings.ToLower(w)) && n-len([]rune(w)) < 6 {
			return bad("密码容易被猜到", "密码里有账户名、姓名或常见的词，请换一个")
		}
	}
	return nil
}

// kinds counts the kinds of characters in a password.
func kinds(password string) int {
	seen := map[string]bool{}
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			seen["capital"] = true
		case unicode.IsLower(r):
			seen["small"] = true
		case unicode.IsDigit(r):
			seen["digit"] = true
		default:
			seen["other"] = true
		}
	}
	return len(seen)
}

func different(password string) int {
	seen := map[rune]bool{}
	for _, r := range password {
		seen[r] = true
	}
	return len(seen)
}
