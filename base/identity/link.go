package identity

import (
	"context"

	"tongban/base/account"
	"tongban/base/identity/internal/store"
	"tongban/base/party"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/openid"
	"tongban/kernel/problem"
)

// subject is the blind index of who somebody is at a provider: issuers do not know each other's subjects (Core 8). One issuer may be put
// down twice, for citizens and for staff at other levels; a link made through the one entry is none of the other.
func (m *Module) subject(p Provider, said openid.Said) string {
	return m.k.Keys.Index(indexSubject, p.Code+"\n"+said.Issuer+"\n"+said.Subject)
}

func errOtherSide() error { return problem.Forbidden("这个身份平台不用于您的账户") }

func errTwo(p Provider) error {
	return problem.Forbidden("您的岗位要求两步验证，“%s”没有说明您用了两步", p.Title).WithNext("请用密码加动态口令，或者通行密钥登录。")
}

func errSwitchedOff() error {
	return problem.Forbidden("您的账户已停用").WithNext("工作人员请找本单位管理员；办事人请带身份证到政务大厅窗口。")
}

// Come lets in whoever is linked with this provider. The level is that of this time.
func (m *Module) Come(ctx context.Context, tx *db.Tx, p Provider, l Link, enough bool) (account.Account, error) {
	a, err := m.accounts.Find(ctx, &tx.View, l.Account)
	switch {
	case err != nil:
		return a, err
	case l.Provider != p.Code || a.Kind != p.Side: // the levels of another entry say nothing of this account
		return a, errOtherSide()
	case a.State != "active":
		return a, errSwitchedOff()
	}
	if two, err := m.accounts.NeedsTwo(ctx, &tx.View, a); err != nil {
		return a, err
	} else if two && !enough {
		return a, errTwo(p)
	}
	tx.Record("account", a.ID, "", "", map[string]string{"event": "login", "identity": p.Code})
	n, err := store.New(tx).UseLink(ctx, store.UseLinkParams{UsedAt: db.At(tx.Now), Enough: enough, ID: l.ID})
	if err == nil && n == 0 {
		err = problem.Conflict("这个关联刚刚被解除，请重新登录")
	}
	return a, err
}

// identity is who somebody is by the words of the provider.
func (f Found) identity() party.Identity {
	i := party.Identity{Kind: party.Person, Name: f.Name, Number: f.Number}
	if phone, err := party.ParsePhone(f.Phone); err == nil && phone.IsMobile() {
		i.Phone = phone.Full()
	}
	return i
}

func errUnverified(p Provider) error {
	return problem.Forbidden("您在“%s”的账号还没有实名", p.Title).WithNext("请先在那里完成实名认证再来，或者用手机短信验证码登录。")
}

// What a citizen answers when he is asked whether the account's phone is his.
const (
	phoneMine = "mine"
	phoneNot  = "not"
)

// asksPhone reports whether the account has a phone that only its owner can tell to be his.
func asksPhone(a account.Account, i party.Identity) bool {
	return !a.Phone.IsZero() && a.Phone.Full() != i.Phone
}

// First lets in a citizen who comes by a provider for the first time: by the name and number that it vouches for he gets his account. If
// that has a phone of which the provider knows nothing, nothing is done until he says whether it is his; the error stands on "phone".
func (m *Module) First(ctx context.Context, tx *db.Tx, p Provider, f Found, phone string) (account.Account, error) {
	if p.Side != Citizens {
		return account.Account{}, errNotLinked(p)
	}
	if !f.Enough {
		return account.Account{}, errUnverified(p)
	}
	i := f.identity()
	switch a, err := m.accounts.Claimed(ctx, &tx.View, i); {
	case err != nil && problem.KindOf(err) != problem.KindNotFound:
		return a, err
	case err == nil && asksPhone(a, i) && phone != phoneMine && phone != phoneNot:
		return a, problem.Invalid("请选择").On("phone", "请选择这个手机号码是不是您本人的")
	}
	a, err := m.accounts.Vouched(ctx, tx, i, phone == phoneMine)
	if err != nil {
		return a, err
	}
	return a, m.join(ctx, tx, p, f, a)
}

func errNotLinked(p Provider) error {
	return problem.Forbidden("这个“%s”账号还没有关联工作人员账户", p.Title).WithNext("请先用密码或者通行密钥登录，在“登录方式”里关联；没有账户的，请找本单位管理员开通。")
}

// Connect links a provider's account with that of the member of staff who acts. He has shown a second factor just now.
func (m *Module) Connect(ctx context.Context, tx *db.Tx, p Provider, f Found) error {
	a, err := m.accounts.Find(ctx, &tx.View, tx.Actor.ID)
	switch {
	case err != nil:
		return err
	case p.Side != Staff || a.Kind != account.Staff:
		return errOtherSide()
	case f.For != a.ID:
		return problem.Conflict("登录的人换了，请重新关联")
	}
	return m.join(ctx, tx, p, f, a)
}

func (m *Module) join(ctx context.Context, tx *db.Tx, p Provider, f Found, a account.Account) error {
	id := tx.NewID()
	err := store.New(tx).AddLink(ctx, store.AddLinkParams{ID: id, Provider: p.Code, Subject: f.Subject, Account: a.ID, Enough: f.Enough, MadeAt: db.At(tx.Now), UsedAt: db.At(tx.Now)})
	if db.IsDuplicate(err) {
		return problem.Conflict("这个“%s”账号，或者您的账户，已经关联过", p.Title).WithNext("要换一个的，请先在“登录方式”里解除原来的关联。")
	}
	if err != nil {
		return err
	}
	tx.Record("identity-link", id, "", "linked", map[string]any{"provider": p.Code, "account": a.ID, "enough": f.Enough})
	return m.k.Notify.Send(ctx, tx, notify.Message{To: a.ID, Phone: a.Phone.Full(), Title: "登录方式有变动", Text: "从现在起可以用“" + p.Title + "”登录您的账户。如果不是您本人办的，请立即解除关联，并拨打 12345 反映。", URL: "/inbox"})
}

// End undoes a link of one's own.
func (m *Module) End(ctx context.Context, tx *db.Tx, id string) error {
	l, err := link(store.New(tx).LinkByID(ctx, id))
	if err == nil && (l.Account != tx.Actor.ID || l.State != "linked") {
		err = problem.NotFound("没有这个关联")
	}
	if err != nil {
		return err
	}
	p, err := m.Find(ctx, &tx.View, l.Provider)
	if err != nil {
		return err
	}
	n, err := store.New(tx).EndLink(ctx, store.EndLinkParams{EndedAt: db.At(tx.Now), ID: id})
	if err == nil && n == 0 {
		err = problem.Conflict("这个关联刚刚已经解除")
	}
	if err != nil {
		return err
	}
	tx.Record("identity-link", id, "linked", "ended", map[string]string{"provider": l.Provider, "account": l.Account})
	return m.k.Notify.Send(ctx, tx, notify.Message{To: l.Account, Title: "登录方式有变动", Text: "“" + p.Title + "”不再能登录您的账户。如果不是您本人办的，请拨打 12345 反映。", URL: "/inbox"})
}

// endAll undoes all links of an account whose owner starts anew.
func (m *Module) endAll(ctx context.Context, tx *db.Tx, account string) error {
	n, err := store.New(tx).EndLinksOf(ctx, store.EndLinksOfParams{EndedAt: db.At(tx.Now), Account: account})
	if n > 0 {
		tx.Record("identity-link", account, "linked", "ended", map[string]int64{"links": n})
	}
	return err
}
