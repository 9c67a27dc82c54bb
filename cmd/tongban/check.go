package main

import (
	"context"
	"fmt"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/check"
)

type migrate struct{}

// Run implements migrate.
func (migrate) Run(ctx context.Context, c *common) error {
	k, _, err := c.county(ctx, false)
	if err != nil {
		return err
	}
	fmt.Println("数据库结构已是本版本。")
	return k.Close()
}

type fsck struct {
	Quiet bool `help:"只显示不成立的。" short:"q"`
}

// Run implements fsck: every invariant, the number of rows looked at, and the first bad row with its remedy.
func (f *fsck) Run(ctx context.Context, c *common) error {
	k, _, err := c.county(ctx, false)
	if err != nil {
		return err
	}
	defer k.Close()
	// What fell due while nothing ran is caught up first, with its legal time: silence and lateness are facts, not damage.
	if err := k.Settle(ctx); err != nil {
		return err
	}
	all, took := check.Again(k.Invariants(), time.Second), time.Duration(0)
	ok := check.Run(ctx, k.View(authz.Machine("fsck", "command")), all, func(r check.Result) {
		took += r.Took
		switch {
		case r.Err != nil:
			fmt.Printf("× %-14s %s：查不了：%v\n", r.ID, r.Title, r.Err)
		case !r.Holds():
			fmt.Printf("× %-14s %s：%s\n  补救：%s\n", r.ID, r.Title, r.Bad, r.Remedy)
		case !f.Quiet:
			fmt.Printf("√ %-14s %s（%d 行）\n", r.ID, r.Title, r.Rows)
		}
	})
	if !ok {
		return errFound
	}
	fmt.Printf("%d 条不变量全部成立（%.1f 秒）。\n", len(all), took.Seconds())
	return nil
}

type audits struct {
	Verify auditVerify `cmd:"" help:"从头到尾核对审计链，指出第一处不符。"`
}

type auditVerify struct{}

// Run implements audit verify.
func (auditVerify) Run(ctx context.Context, c *common) error {
	k, _, err := c.county(ctx, false)
	if err != nil {
		return err
	}
	defer k.Close()
	if _, err := k.DB.SealAudit(ctx); err != nil {
		return err
	}
	say, end := bar()
	verdict, witnesses, err := k.VerifyAudit(ctx, func(done, all int64) { say(fmt.Sprintf("已核对 %d 行，共 %d 行", done, all), done, all) })
	end()
	if err != nil {
		return err
	}
	if !verdict.Whole() {
		fmt.Println("审计链不完整：" + verdict.Fault)
		return errFound
	}
	fmt.Printf("审计链完整：%d 行，与 %d 份签署的见证相符，链头 %s\n", verdict.Entries, witnesses, verdict.Head)
	return nil
}
