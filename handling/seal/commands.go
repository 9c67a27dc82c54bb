package seal

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tongban/handling/seal/internal/store"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/kernel/worklist"
)

// Founding is what a new seal needs.
type Founding struct {
	Code       string // lower-case ASCII, part of the certificate's address
	Name       string
	Unit       string
	Keeper     string // account
	KeeperName string
	Years      int // how long its certificate holds; 0 means 5

	certificate []byte
	from, until time.Time
}

// Prepare makes key and certificate for a new seal, before the command that establishes it: keys lie outside the database.
func (m *Module) Prepare(ctx context.Context, f Founding, now time.Time) (Founding, error) {
	if !isCode(f.Code) {
		return f, problem.Invalid("印章代码只能用小写字母、数字和短横线").On("code", "印章代码只能用小写字母、数字和短横线，例如 approval")
	}
	if strings.TrimSpace(f.Name) == "" {
		return f, problem.Invalid("请填写印章名称").On("name", "请填写印章名称，与印模上的文字一致")
	}
	if _, ok := m.org.Unit(f.Unit); !ok {
		return f, problem.Invalid("没有“%s”这个单位", f.Unit).On("unit", "请选择印章所属单位")
	}
	if f.Keeper == "" {
		return f, problem.Invalid("请指定印章保管人").On("keeper", "请指定印章保管人")
	}
	if f.Years <= 0 {
		f.Years = 5
	}
	f.from, f.until = now, now.AddDate(f.Years, 0, 0)
	var err error
	f.certificate, err = m.signer.Certificate(ctx, Seal{Code: f.Code, Name: f.Name, Unit: f.Unit, From: f.from, Until: f.until})
	return f, err
}

// Establish puts a prepared seal into the register of seals.
func (m *Module) Establish(ctx context.Context, tx *db.Tx, f Founding) (Seal, error) {
	if err := tx.Require(PermManage, authz.Place{Unit: f.Unit}); err != nil {
		return Seal{}, err
	}
	if len(f.certificate) == 0 {
		return Seal{}, problem.Internal("seal: %s was not prepared", f.Code)
	}
	if f.Keeper == tx.Actor.ID {
		return Seal{}, problem.Forbidden("印章管理员不能兼任保管人，请指定另一位工作人员")
	}
	err := store.New(tx).InsertSeal(ctx, store.InsertSealParams{Code: f.Code, Name: f.Name, Unit: f.Unit, Keeper: f.Keeper, KeeperName: f.KeeperName,
		Certificate: string(f.certificate), ValidFrom: db.At(f.from), ValidUntil: db.At(f.until), EstablishedBy: tx.Actor.ID, EstablishedAt: db.At(tx.Now)})
	if db.IsDuplicate(err) {
		return Seal{}, problem.Conflict("代码“%s”已经有一枚印章，请换一个代码", f.Code)
	}
	if err != nil {
		return Seal{}, err
	}
	tx.Record("seal", f.Code, "", string(Active), map[string]string{"name": f.Name, "unit": f.Unit, "keeper": f.Keeper})
	return m.Find(ctx, &tx.View, f.Code)
}

// SetRule lets the keeper release uses by a standing order; an empty rule goes back to release by hand.
func (m *Module) SetRule(ctx context.Context, tx *db.Tx, code string, r Rule, version int64) error {
	s, err := m.Find(ctx, &tx.View, code)
	if err != nil {
		return err
	}
	if err := tx.Require(PermRelease, authz.Place{Unit: s.Unit}); err != nil {
		return err
	}
	if err := MayRule(s, tx.Actor); err != nil {
		return err
	}
	r.Name = strings.TrimSpace(r.Name)
	r.By, r.ByName = tx.Actor.ID, tx.Actor.Name
	if r.Name == "" || len(r.Purposes) == 0 {
		r = Rule{}
	}
	n, err := store.New(tx).SetRule(ctx, store.SetRuleParams{Rule: r.Name, RulePurposes: strings.Join(r.Purposes, " "), RuleBy: r.By, RuleByName: r.ByName, Code: code, Version: version})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("印章“%s”刚刚被别人改过，请刷新后再办", s.Name)
	}
	tx.Record("seal", code, string(s.State), string(s.State), map[string]any{"rule": r.Name, "purposes": r.Purposes, "before": s.Rule.Name})
	return nil
}

// Move suspends, restores or destroys a seal.
func (m *Module) Move(ctx context.Context, tx *db.Tx, code string, act SealAct, reason string, version int64) error {
	s, err := m.Find(ctx, &tx.View, code)
	if err != nil {
		return err
	}
	if err := tx.Require(PermManage, authz.Place{Unit: s.Unit}); err != nil {
		return err
	}
	next, err := SealMoves().Step(s.State, act)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return problem.Invalid("请写明理由").On("reason", "请写明理由，它会记入印章登记簿")
	}
	n, err := store.New(tx).SetSealState(ctx, store.SetSealStateParams{State: string(next), Code: code, Version: version})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("印章“%s”刚刚被别人改过，请刷新后再办", s.Name)
	}
	tx.Record("seal", code, string(s.State), string(next), map[string]string{"reason": reason})
	return nil
}

// Request writes down the intent to seal documents. It is part of the command that makes them, so that document and intent exist together.
// Asked again for the same thing it gives the use there is. Where a rule covers a use it is released at once: it is then for the caller to
// Sign it once the command is on disk; should he not live to do it, the sweep does.
func (m *Module) Request(ctx context.Context, tx *db.Tx, intents ...Intent) ([]Use, error) {
	things := make([]string, len(intents))
	for n, i := range intents {
		if err := checkIntent(i); err != nil {
			return nil, err
		}
		things[n] = i.About
	}
	there, err := m.uses(ctx, &tx.View, "u.subject", things)
	if err != nil {
		return nil, err
	}
	desks, uses := map[string]desk{}, make([]Use, len(intents))
	for n, i := range intents {
		d, known := desks[i.Seal]
		if !known {
			if d, err = m.deskOf(ctx, tx, i.Seal); err != nil {
				return nil, err
			}
			desks[i.Seal] = d
		}
		at := slices.IndexFunc(there, func(u Use) bool { return u.About == i.About })
		if at < 0 {
			uses[n], err = m.enter(ctx, tx, d, i)
		} else if uses[n] = there[at]; uses[n].Hash != i.Hash {
			err = problem.Conflict("《%s》已经登记用印，但登记的文件与这一份不同。请先作废原来的登记", i.Title)
		}
		if err != nil {
			return nil, err
		}
	}
	return uses, nil
}

// desk is a seal that may be asked for, and whether its rule stands.
type desk struct {
	Seal
	ruled bool
}

func (m *Module) deskOf(ctx context.Context, tx *db.Tx, code string) (desk, error) {
	s, err := m.Find(ctx, &tx.View, code)
	if err != nil {
		return desk{}, err
	}
	if tx.Actor.Kind != authz.System {
		if err := tx.Require(PermRequest, authz.Place{Unit: s.Unit}); err != nil {
			return desk{}, err
		}
		if tx.Actor.Holds(PermManage) {
			return desk{}, problem.Forbidden("您是印章管理员，不能申请用印")
		}
	}
	if s.State != Active {
		return desk{}, problem.Conflict("印章“%s”已%s，不能用印。请联系印章管理员", s.Name, SealMoves().Label(s.State))
	}
	d := desk{Seal: s}
	if s.Rule.Name != "" {
		d.ruled, err = m.stands(ctx, &tx.View, s)
	}
	return d, err
}

// enter writes a new row into the register, released where the rule of the seal covers it.
func (m *Module) enter(ctx context.Context, tx *db.Tx, d desk, i Intent) (Use, error) {
	u := Use{ID: tx.NewID(), Seal: i.Seal, About: i.About, CaseNumber: i.CaseNumber, Title: i.Title, Hash: i.Hash, File: i.File, Purpose: i.Purpose, State: Intended,
		RequestedBy: tx.Actor.ID, RequestedAt: tx.Now, DecidedBy: i.DecidedBy, DecidedName: i.DecidedName, Version: 1}
	tx.Record("seal_use", u.ID, "", string(Intended), map[string]string{"seal": i.Seal, "about": i.About, "hash": i.Hash, "title": i.Title})
	ruled := d.ruled && d.Rule.Covers(u)
	if ruled {
		if err := u.release(tx, d.Rule.By, d.Rule.ByName, d.Rule.Name); err != nil {
			return u, err
		}
	}
	err := store.New(tx.Deferred()).InsertUse(ctx, store.InsertUseParams{ID: u.ID, Seal: u.Seal, Subject: u.About, CaseNumber: u.CaseNumber, Title: u.Title, Hash: u.Hash,
		File: u.File, Purpose: u.Purpose, State: string(u.State), RequestedBy: u.RequestedBy, RequestedAt: db.At(u.RequestedAt), DecidedBy: u.DecidedBy,
		DecidedName: u.DecidedName, ReleasedBy: u.ReleasedBy, ReleasedName: u.ReleasedName, ReleasedRule: u.ReleasedRule, ReleasedAt: db.At(u.ReleasedAt)})
	if err != nil || ruled {
		return u, err
	}
	return u, worklist.Open(ctx, tx, worklist.Task{Ref: task(u.ID), Kind: "seal.release", Title: "放行用印：" + i.Title, Note: i.CaseNumber, Unit: d.Unit,
		Right: PermRelease, URL: "/w/seals/uses/" + u.ID})
}

// release moves the use on in the name of a person, by hand or by the rule that person answers for.
func (u *Use) release(tx *db.Tx, by, name, rule string) error {
	next, err := Moves().Step(u.State, Release)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	tx.Record("seal_use", u.ID, string(u.State), string(next), map[string]string{"by": by, "rule": rule})
	u.State, u.ReleasedBy, u.ReleasedName, u.ReleasedRule, u.ReleasedAt = next, by, name, rule, tx.Now
	return nil
}

// stands reports whether the one who answers for the seal's rule still could release by hand. A keeper dismissed, moved or without the
// right any more answers for nothing: from that moment uses wait for a person.
func (m *Module) stands(ctx context.Context, v *db.View, s Seal) (bool, error) {
	keeper, err := m.accounts.Identify(ctx, v, s.Rule.By)
	if errors.Is(err, web.ErrNoAccount) {
		_, err := m.accounts.Find(ctx, v, s.Rule.By)
		if problem.KindOf(err) == problem.KindNotFound && err != nil {
			return true, nil // accounts are switched off and never removed: there is none whose rights could have ended
		}
		return false, err
	}
	return err == nil && keeper.May(PermRelease, authz.Place{Unit: s.Unit}) && MayRule(s, keeper) == nil, err
}

// Release lets a use go to the signer. It is the second pair of eyes.
func (m *Module) Release(ctx context.Context, tx *db.Tx, id string) (Use, error) {
	u, s, err := m.open(ctx, tx, id)
	if err != nil {
		return u, err
	}
	if err := MayRelease(s, u, tx.Actor); err != nil {
		return u, err
	}
	if s.State != Active {
		return u, problem.Conflict("印章“%s”已%s，不能用印。请联系印章管理员", s.Name, SealMoves().Label(s.State))
	}
	if err := u.release(tx, tx.Actor.ID, tx.Actor.Name, ""); err != nil {
		return u, err
	}
	n, err := store.New(tx).ReleaseUse(ctx, store.ReleaseUseParams{ReleasedBy: u.ReleasedBy, ReleasedName: u.ReleasedName, ReleasedRule: u.ReleasedRule,
		ReleasedAt: db.At(u.ReleasedAt), ID: u.ID})
	if err != nil {
		return u, err
	}
	if n == 0 {
		return u, problem.Conflict("这次用印刚刚被别人处理了，请刷新后再看")
	}
	worklist.Close(ctx, tx, task(u.ID))
	u.Version++
	return u, m.k.Jobs().Enqueue(ctx, tx, signJob{Use: u.ID})
}

// Void ends a use that shall not be signed; the register keeps it with its reason.
func (m *Module) Void(ctx context.Context, tx *db.Tx, id, reason string) error {
	u, s, err := m.open(ctx, tx, id)
	if err != nil {
		return err
	}
	if err := MayRelease(s, u, tx.Actor); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return problem.Invalid("请写明退回的理由").On("reason", "请写明退回的理由，承办人会看到")
	}
	next, err := Moves().Step(u.State, Void)
	if err != nil {
		return problem.Conflict("%s", err.Error())
	}
	n, err := store.New(tx).EndUse(ctx, store.EndUseParams{State: string(next), Reason: reason, VoidedBy: tx.Actor.ID, EndedAt: db.At(tx.Now), ID: id, State_2: string(u.State)})
	if err != nil {
		return err
	}
	if n == 0 {
		return problem.Conflict("这次用印刚刚被别人处理了，请刷新后再看")
	}
	worklist.Close(ctx, tx, task(id))
	tx.Record("seal_use", id, string(u.State), string(next), map[string]string{"reason": reason})
	tx.Publish(VoidedEvent{Use: id, Seal: u.Seal, About: u.About, Purpose: u.Purpose, Reason: reason, By: tx.Actor.Name, At: tx.Now})
	return nil
}

func (m *Module) open(ctx context.Context, tx *db.Tx, id string) (Use, Seal, error) {
	u, err := m.Use(ctx, &tx.View, id)
	if err != nil {
		return u, Seal{}, err
	}
	s, err := m.Find(ctx, &tx.View, u.Seal)
	if err != nil {
		return u, s, err
	}
	return u, s, tx.Require(PermRelease, authz.Place{Unit: s.Unit})
}

func task(use string) string { return "seal:release:" + use }

func isCode(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}
