package seal

import (
	"context"
	"errors"
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

// Request writes down the intent to seal a document. It is part of the command that makes the document, so that document and intent
// exist together. Asked again for the same thing it gives the use there is. Where a rule covers the use it is released at once.
func (m *Module) Request(ctx context.Context, tx *db.Tx, i Intent) (Use, error) {
	if err := checkIntent(i); err != nil {
		return Use{}, err
	}
	s, err := m.Find(ctx, &tx.View, i.Seal)
	if err != nil {
		return Use{}, err
	}
	if tx.Actor.Kind != authz.System {
		if err := tx.Require(PermRequest, authz.Place{Unit: s.Unit}); err != nil {
			return Use{}, err
		}
	}
	if tx.Actor.Kind != authz.System && tx.Actor.Holds(PermManage) {
		return Use{}, problem.Forbidden("您是印章管理员，不能申请用印")
	}
	if s.State != Active {
		return Use{}, problem.Conflict("印章“%s”已%s，不能用印。请联系印章管理员", s.Name, SealMoves().Label(s.State))
	}
	if u, found, err := m.About(ctx, &tx.View, i.About); err != nil || found {
		if err == nil && u.Hash != i.Hash {
			err = problem.Conflict("《%s》已经登记用印，但登记的文件与这一份不同。请先作废原来的登记", i.Title)
		}
		return u, err
	}
	id := tx.NewID()
	err = store.New(tx).InsertUse(ctx, store.InsertUseParams{ID: id, Seal: i.Seal, Subject: i.About, CaseNumber: i.CaseNumber, Title: i.Title, Hash: i.Hash,
		File: i.File, Purpose: i.Purpose, RequestedBy: tx.Actor.ID, RequestedAt: db.At(tx.Now), DecidedBy: i.DecidedBy, DecidedName: i.DecidedName})
	if err != nil {
		return Use{}, err
	}
	tx.Record("seal_use", id, "", string(Intended), map[string]string{"seal": i.Seal, "about": i.About, "hash": i.Hash, "title": i.Title})
	u, err := m.Use(ctx, &tx.View, id)
	if err != nil {
		return u, err
	}
	if s.Rule.Covers(u) {
		if stands, err := m.stands(ctx, &tx.View, s); err != nil || stands {
			if err != nil {
				return u, err
			}
			return m.letGo(ctx, tx, u, s.Rule.By, s.Rule.ByName, s.Rule.Name)
		}
	}
	return u, worklist.Open(ctx, tx, worklist.Task{Ref: task(id), Kind: "seal.release", Title: "放行用印：" + i.Title, Note: i.CaseNumber, Unit: s.Unit,
		Right: PermRelease, URL: "/w/seals/uses/" + id})
}

// stands reports whether the one who answers for the seal's rule still could release by hand. A keeper dismissed, moved or without the
// right any more answers for nothing: from that moment uses wait for a person.
func (m *Module) stands(ctx context.Context, v *db.View, s Seal) (bool, error) {
	if _, err := m.accounts.Find(ctx, v, s.Rule.By); problem.KindOf(err) == problem.KindNotFound && err != nil {
		return true, nil // accounts are switched off and never removed: there is none whose rights could have ended
	}
	keeper, err := m.accounts.Identify(ctx, v, s.Rule.By)
	if errors.Is(err, web.ErrNoAccount) {
		return false, nil
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
	return m.letGo(ctx, tx, u, tx.Actor.ID, tx.Actor.Name, "")
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

// letGo releases in the name of a person, by hand or by the rule that person answers for.
func (m *Module) letGo(ctx context.Context, tx *db.Tx, u Use, by, name, rule string) (Use, error) {
	next, err := Moves().Step(u.State, Release)
	if err != nil {
		return u, problem.Conflict("%s", err.Error())
	}
	n, err := store.New(tx).ReleaseUse(ctx, store.ReleaseUseParams{ReleasedBy: by, ReleasedName: name, ReleasedRule: rule, ReleasedAt: db.At(tx.Now), ID: u.ID})
	if err != nil {
		return u, err
	}
	if n == 0 {
		return u, problem.Conflict("这次用印刚刚被别人处理了，请刷新后再看")
	}
	worklist.Close(ctx, tx, task(u.ID))
	tx.Record("seal_use", u.ID, string(u.State), string(next), map[string]string{"by": by, "rule": rule})
	if err := m.k.Jobs().Enqueue(ctx, tx, signJob{Use: u.ID}); err != nil {
		return u, err
	}
	return m.Use(ctx, &tx.View, u.ID)
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
