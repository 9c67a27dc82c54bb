package identity

import (
	"context"
	"strings"

	"tongban/base/identity/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/worklist"
)

const taskConfirm = "identity.confirm"

func task(code string) string { return "identity:provider:" + code }

// Put puts a provider down, or changes it (version > 0; an empty secret keeps the old one). Until a second administrator has confirmed it,
// nobody comes by it. Another issuer is another house: whoever was known by the former one is not known any more.
func (m *Module) Put(ctx context.Context, tx *db.Tx, p Provider, secret string, version int64) error {
	if err := tx.Require(PermManage, authz.Place{}); err != nil {
		return err
	}
	if err := p.Check(m.k.Outward.Check); err != nil {
		return err
	}
	q := store.New(tx)
	old, err := m.Find(ctx, &tx.View, p.Code)
	switch {
	case err == nil && version == 0:
		return problem.Invalid("代码已经用过").On("code", "已有一个身份平台用这个代码，请换一个")
	case err != nil && (version > 0 || problem.KindOf(err) != problem.KindNotFound):
		return err
	case secret == "" && (version == 0 || p.Issuer != old.Issuer):
		return problem.Invalid("缺少密钥").On("secret", "请填写平台发给本县的密钥（client_secret）；换了发行者网址的也要重新填写")
	}
	if p.secret = old.secret; secret != "" {
		if p.secret, err = m.k.Keys.SealText(sealSecret, secret); err != nil {
			return err
		}
	}
	told := map[string]any{"title": p.Title, "side": p.Side, "issuer": p.Issuer, "client": p.Client, "scopes": p.Scopes, "claims": p.Claims, "levels": p.Levels, "anew": p.Anew, "secret": secret != ""}
	scopes, levels := strings.Join(p.Scopes, " "), strings.Join(p.Levels, " ")
	tx.Record("identity", p.Code, string(old.State), string(Waiting), told)
	if version == 0 {
		err = q.Insert(ctx, store.InsertParams{Code: p.Code, Title: p.Title, Side: p.Side, Issuer: p.Issuer, Client: p.Client, Secret: p.secret, Scopes: scopes,
			NameClaim: p.Claims.Name, NumberClaim: p.Claims.Number, PhoneClaim: p.Claims.Phone, LevelClaim: p.Claims.Level, Levels: levels, Anew: p.Anew, SetBy: tx.Actor.ID, SetAt: db.At(tx.Now)})
	} else {
		var n int64
		n, err = q.Change(ctx, store.ChangeParams{Code: p.Code, Title: p.Title, Side: p.Side, Issuer: p.Issuer, Client: p.Client, Secret: p.secret, Scopes: scopes,
			NameClaim: p.Claims.Name, NumberClaim: p.Claims.Number, PhoneClaim: p.Claims.Phone, LevelClaim: p.Claims.Level, Levels: levels, Anew: p.Anew, SetBy: tx.Actor.ID, SetAt: db.At(tx.Now), Version: version})
		err = settled(n, err)
	}
	if err == nil && version > 0 && (p.Issuer != old.Issuer || p.Side != old.Side) {
		_, err = q.EndLinksAt(ctx, store.EndLinksAtParams{EndedAt: db.At(tx.Now), Provider: p.Code})
	}
	if err != nil {
		return err
	}
	return worklist.Open(ctx, tx, worklist.Task{Ref: task(p.Code), Kind: taskConfirm, Title: "复核身份平台：" + p.Title, Right: PermConfirm, URL: "/admin/identity/" + p.Code})
}

// Rule puts a provider in force, or not. It is done by somebody who did not put it down as it is: one alone could let himself in as anybody.
func (m *Module) Rule(ctx context.Context, tx *db.Tx, code string, yes bool, version int64) error {
	if err := tx.Require(PermConfirm, authz.Place{}); err != nil {
		return err
	}
	p, err := m.Find(ctx, &tx.View, code)
	switch {
	case err != nil:
		return err
	case p.State == On && yes:
		return problem.Conflict("这个身份平台已经启用")
	case p.SetBy == tx.Actor.ID:
		return problem.Forbidden("这个身份平台是您登记的，须由另一位管理员复核（三员分立）")
	}
	to := Off
	if yes {
		to = On
	}
	return m.move(ctx, tx, p, to, version)
}

// TurnOff lets nobody come by a provider any more. In an emergency either administrator may.
func (m *Module) TurnOff(ctx context.Context, tx *db.Tx, code string, version int64) error {
	if tx.Require(PermConfirm, authz.Place{}) != nil {
		if err := tx.Require(PermManage, authz.Place{}); err != nil {
			return err
		}
	}
	p, err := m.Find(ctx, &tx.View, code)
	if err == nil && p.State == Off {
		err = problem.Conflict("这个身份平台已经停用")
	}
	if err != nil {
		return err
	}
	return m.move(ctx, tx, p, Off, version)
}

func (m *Module) move(ctx context.Context, tx *db.Tx, p Provider, to State, version int64) error {
	tx.Record("identity", p.Code, string(p.State), string(to), nil)
	worklist.Close(ctx, tx, task(p.Code))
	return settled(store.New(tx).SetState(ctx, store.SetStateParams{State: string(to), Code: p.Code, Version: version}))
}

func settled(n int64, err error) error {
	if err == nil && n == 0 {
		err = problem.Conflict("这个身份平台刚刚被别人改动过，请刷新后再办")
	}
	return err
}
