package account

import (
	"context"

	"tongban/base/account/internal/store"
	"tongban/base/party"
	"tongban/kernel/db"
	"tongban/kernel/notify"
	"tongban/kernel/problem"
)

// Claimed finds the citizen's account under the name and number of somebody for whom an identity platform vouches; not-found when he has
// none. A number that stands here under another name is for a window to settle.
func (m *Module) Claimed(ctx context.Context, v *db.View, i party.Identity) (Account, error) {
	i, err := i.Check()
	if err != nil {
		return Account{}, err
	}
	p, err := m.parties.ByNumber(ctx, v, i)
	if err != nil {
		return Account{}, err
	}
	if p.Name != i.Name {
		return Account{}, problem.Conflict("身份平台上的姓名与本县已有记录的不一致").WithNext("请带身份证到政务大厅窗口更正后再登录。")
	}
	return m.OfParty(ctx, v, p.ID)
}

// Vouched gives a citizen for whom an identity platform vouches his account, or opens one. Until then anybody with a phone may have
// registered under his name: unless he calls the phone his own, it opens the account no more, and whoever was signed in is signed out.
func (m *Module) Vouched(ctx context.Context, tx *db.Tx, i party.Identity, phoneIsHis bool) (Account, error) {
	a, err := m.Claimed(ctx, &tx.View, i)
	if err != nil && problem.KindOf(err) != problem.KindNotFound {
		return a, err
	}
	p, perr := m.parties.Ensure(ctx, tx, i)
	if perr != nil {
		return a, perr
	}
	if err != nil {
		phone, _ := party.ParsePhone(i.Phone) // zero where the platform told none
		if _, err := m.ByPhone(ctx, &tx.View, phone); phone.IsMobile() && problem.KindOf(err) != problem.KindNotFound {
			phone = party.Phone{} // somebody signs in by it already; a code sent to it must not open two accounts
		}
		return m.Create(ctx, tx, Create{Kind: Citizen, Login: "c-" + p.ID, Name: p.Name, Party: p.ID, Phone: phone})
	}
	if phoneIsHis || a.Phone.IsZero() || a.Phone.Full() == i.Phone {
		return a, nil
	}
	tx.Record("account", a.ID, "", "", map[string]string{"event": "phone-closed"})
	if err := store.New(tx).DropPhone(ctx, a.ID); err != nil {
		return a, err
	}
	if err := m.k.Notify.Send(ctx, tx, notify.Message{Phone: a.Phone.Full(), Title: "手机号码不再用于登录", Text: "有人经身份平台核验后登录，表示这个号码不是本人的，它不再能登录该账户。如有疑问请带身份证到政务大厅窗口。"}); err != nil {
		return a, err
	}
	return m.Find(ctx, &tx.View, a.ID)
}
