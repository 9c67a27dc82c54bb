package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"tongban/base/account"
	"tongban/base/org"
	"tongban/base/party"
	"tongban/handling/seal"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
)

type demoCommand struct {
	Cases int    `help:"生成多少件办件；超过 1000 件的，其余作为往年办件由样板复制，每十件一件在办。" default:"320"`
	Seed  uint64 `help:"随机种子；同一种子生成同样的县。" default:"1"`
}

// So many cases are acted one by one. Of more, so many are acted, and the rest is the past of the county.
const (
	mostPlayed    = 1000
	playedBesides = 320
)

// Run implements demo: a believable county, acted by the real commands.
func (d *demoCommand) Run(ctx context.Context, c *common) error {
	k, m, err := c.county(ctx, true)
	if err != nil {
		return err
	}
	defer k.Close()
	if err := loadPack(ctx, k, nanling.FS, "演示县"); err != nil {
		return err
	}
	if err := m.openDemo(ctx, k); err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	wait, err := k.Start(work)
	if err != nil {
		return err
	}
	say := progress(k, os.Stderr)
	if d.Cases <= mostPlayed {
		err = m.play(ctx, k, d.Cases, d.Seed, say)
		stop()
		wait()
	} else {
		p := newPast(m, k, &app.Stage{Now: k.Watch.Now, Move: k.Watch.Set, Settle: k.Settle, Say: say, Seed: d.Seed}, models)
		err = p.around(ctx, func() error { return m.play(ctx, k, playedBesides, d.Seed, say) })
		stop()
		wait()
		if err == nil {
			err = p.multiply(ctx, d.Cases-playedBesides)
		}
	}
	fmt.Fprintln(os.Stderr)
	return err
}

// progress tells how far the county is with filling itself: here, and on every page of the running server.
func progress(k *app.Kernel, out *os.File) func(done, of int, what string) {
	return func(done, of int, what string) {
		fmt.Fprintf(out, "\r%s %-30s", barLine(fmt.Sprintf("%d/%d", done, of), int64(done), int64(of)), what)
		if of > 1 { // of the story, not of the list of scenes
			k.Filling(fmt.Sprintf("正在填入数据：%d/%d 件", min(done, of), of))
		}
	}
}

// featured are the people on whom the story turns; they stand first on the login page. All people of the demo county are invented,
// their numbers lie under the unallocated area code 431199.
var featured = []account.Create{
	{Login: "window", Name: "欧文静", Unit: "service-centre", Roles: []string{"window-clerk"}},
	{Login: "assessor", Name: "邓志强", Unit: "approval-bureau", Roles: []string{"assessor"}},
	{Login: "approver", Name: "蒋明远", Unit: "approval-bureau", Roles: []string{"approver"}},
	{Login: "outlet", Name: "雷小燕", Unit: "service-centre", Roles: []string{"delivery-clerk"}},
	{Login: "keeper", Name: "罗印泉", Unit: "approval-bureau", Roles: []string{"seal-keeper"}},
	{Login: "leader", Name: "唐立新", Unit: "approval-bureau", Roles: []string{"bureau-leader"}},
	{Login: "county", Name: "郑怀远", Unit: "county-government", Roles: []string{"county-leader"}},
	{Login: "supervisor", Name: "何清正", Unit: "county-government", Roles: []string{"efficiency-supervisor", "review-verifier"}},
	{Login: "visitor", Name: "宋回春", Unit: "county-government", Roles: []string{"review-verifier"}},
	{Login: "steward", Name: "杜知新", Unit: "data-centre", Roles: []string{"catalogue-steward"}},
	{Login: "admin", Name: "谢安民", Unit: "data-centre", Roles: []string{"system-administrator"}},
	{Login: "security", Name: "盘守正", Unit: "data-centre", Roles: []string{"security-administrator"}},
	{Login: "auditor", Name: "奉明察", Unit: "county-government", Roles: []string{"audit-administrator"}},
}

// staff is everybody who works in the demo county: the featured ones, and an assessor, an approver, a head, a seal
// keeper and somebody who mends what was rated badly in every unit that decides something.
func staff(k *app.Kernel) []account.Create {
	out := slices.Clone(featured)
	surnames := []rune("李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
	given := []string{"建军", "丽华", "国平", "晓红", "志明", "海燕", "卫东", "春梅", "永强", "雪琴", "立军", "秋菊", "新民", "玉兰", "文斌"}
	n := 0
	name := func() string {
		n++
		return string(surnames[n*7%len(surnames)]) + given[n*11%len(given)]
	}
	seen := map[string]bool{"approval-bureau": true}
	for _, item := range pack.All[catalogue.Item](k.Library.Current(), "item") {
		if seen[item.Unit] {
			continue
		}
		seen[item.Unit] = true
		for _, role := range []string{"assessor", "approver", "section-head", "seal-keeper", "review-handler"} {
			out = append(out, account.Create{Login: item.Unit + "-" + role, Name: name(), Unit: item.Unit, Roles: []string{role}})
		}
	}
	return out
}

var citizens = []struct {
	login string
	party.Identity
}{
	{"demo-chen", party.Identity{Kind: party.Person, Name: "陈秀兰", Number: "431199198803150024", Phone: "13900000001", Region: "431199001", Address: "文庙路18号"}},
	{"demo-zhou", party.Identity{Kind: party.Person, Name: "周建国", Number: "431199197506120019", Phone: "13900000002", Region: "431199002", Address: "政务路6号"}},
	{"demo-elder", party.Identity{Kind: party.Person, Name: "张𬱖", Number: "431199195102080023", Phone: "13900000003", Region: "431199001", Address: "老街3号"}},
}

// openDemo makes the accounts that visitors may be. It may run any number of times.
func (m *county) openDemo(ctx context.Context, k *app.Kernel) error {
	machine := authz.Machine("demo", "people")
	for _, s := range staff(k) {
		s.Kind = account.Staff
		_, err := k.DB.Run(ctx, db.Act{Actor: machine, Name: "demo.staff", Now: k.Watch.Now(), Key: "demo:staff:" + s.Login}, func(tx *db.Tx) error {
			_, err := m.account.Create(ctx, tx, s)
			return err
		})
		if err != nil {
			return fmt.Errorf("演示人员 %s：%w", s.Name, err)
		}
	}
	for _, c := range citizens {
		_, err := k.DB.Run(ctx, db.Act{Actor: machine, Name: "demo.citizen", Now: k.Watch.Now(), Key: "demo:citizen:" + c.login}, func(tx *db.Tx) error {
			p, err := m.party.Ensure(ctx, tx, c.Identity)
			if err != nil {
				return err
			}
			phone, err := party.ParsePhone(c.Phone)
			if err != nil {
				return err
			}
			_, err = m.account.Create(ctx, tx, account.Create{Kind: account.Citizen, Login: c.login, Name: c.Name, Party: p.ID, Phone: phone})
			return err
		})
		if err != nil {
			return fmt.Errorf("演示办事人 %s：%w", c.Name, err)
		}
	}
	return m.openSeals(ctx, k)
}

// openSeals gives every unit that decides something its seal, kept by one person of the unit, who lets licences be sealed by a standing
// order once they are decided.
func (m *county) openSeals(ctx context.Context, k *app.Kernel) error {
	machine := authz.Machine("demo", "seals")
	for _, s := range staff(k) {
		if s.Roles[0] != "seal-keeper" {
			continue
		}
		unit, _ := pack.Find[org.Unit](k.Library.Current(), org.Kind, s.Unit)
		keeper, err := m.account.ActorOf(ctx, k.View(machine), s.Login)
		if err != nil {
			return err
		}
		f := seal.Founding{Code: s.Unit, Name: unit.Name + "审批专用章", Unit: s.Unit, Keeper: keeper.ID, KeeperName: keeper.Name}
		if _, err := m.seals.Find(ctx, k.View(machine), f.Code); err == nil {
			continue
		}
		if f, err = m.seals.Prepare(ctx, f, k.Watch.Now().AddDate(-1, 0, 0)); err != nil {
			return err
		}
		var made seal.Seal
		if _, err := k.DB.Run(ctx, db.Act{Actor: machine, Name: "seal.establish", Now: k.Watch.Now(), Key: "demo:seal:" + f.Code}, func(tx *db.Tx) error {
			made, err = m.seals.Establish(ctx, tx, f)
			return err
		}); err != nil {
			return fmt.Errorf("演示印章 %s：%w", f.Name, err)
		}
		if _, err := k.DB.Run(ctx, db.Act{Actor: keeper, Name: "seal.rule", Now: k.Watch.Now(), Key: "demo:seal-rule:" + f.Code}, func(tx *db.Tx) error {
			return m.seals.SetRule(ctx, tx, f.Code, seal.Rule{Name: "决定即放行", Purposes: []string{seal.ForLicence, seal.ForDecision, seal.ForReceipt}}, made.Version)
		}); err != nil {
			return fmt.Errorf("演示印章 %s：%w", f.Name, err)
		}
	}
	return nil
}

// introduce prints the people whom a visitor may be; those of the other units stand on the login page.
func (m *county) introduce(out io.Writer) {
	for _, c := range citizens {
		fmt.Fprintf(out, "  %-12s 办事人 %s\n", c.login, c.Name)
	}
	for _, s := range featured {
		fmt.Fprintf(out, "  %-12s %s %s\n", s.Login, m.account.RoleTitle(s.Roles[0]), s.Name)
	}
}

// fillDemo plays the scenes behind the running server.
func (m *county) fillDemo(ctx context.Context, k *app.Kernel, cases int) {
	defer k.Filling("")
	if err := m.play(ctx, k, cases, 1, progress(k, os.Stdout)); err != nil && ctx.Err() == nil {
		slog.ErrorContext(ctx, "demo", "error", err)
	}
}
