package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"tongban/kernel/audit"
	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/check"
	"tongban/kernel/document"
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
	began, all := time.Now(), k.Invariants()
	ok := check.Run(ctx, k.View(authz.Machine("fsck", "command")), all, func(r check.Result) {
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
	fmt.Printf("%d 条不变量全部成立（%.1f 秒）。\n", len(all), time.Since(began).Seconds())
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
	verdict, err := audit.Verify(ctx, k.View(authz.Machine("audit", "verify")), func(done int64) { fmt.Fprintf(os.Stderr, "\r已核对 %d 行", done) })
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return err
	}
	if !verdict.Whole() {
		fmt.Println("审计链不完整：" + verdict.Fault)
		return errFound
	}
	fmt.Printf("审计链完整：%d 行，链头 %s\n", verdict.Entries, verdict.Head)
	return nil
}

type doctor struct{}

// Run implements doctor: what a county's machine needs, each with the way to mend it.
func (doctor) Run(ctx context.Context, c *common) error {
	bad := 0
	say := func(ok bool, good, wrong string) {
		if ok {
			fmt.Println("√ " + good)
			return
		}
		bad++
		fmt.Println("× " + wrong)
	}
	k, _, err := c.county(ctx, false)
	if err != nil {
		return err
	}
	defer k.Close()
	say(k.DB.Ready(ctx) == nil, fmt.Sprintf("数据库可用（%s）", k.DB.Engine), "数据库没有应答：检查数据目录权限或 PostgreSQL 服务")
	free, total := disk(k.Settings.DataDir)
	say(free > 2<<30, fmt.Sprintf("磁盘剩余 %d GB / %d GB", free>>30, total>>30), fmt.Sprintf("磁盘只剩 %d MB：请清理或扩容，低于 200 MB 将拒绝新的办件", free>>20))
	_, err = k.Papers.Render(document.Paper{Title: "字体检查", Blocks: []document.Block{document.Paragraph{Text: "张𬱖 㛃 䶮 龘"}}}, time.Now())
	say(err == nil, "公文字体可用，含生僻字", fmt.Sprintf("公文字体不可用：%v", err))
	year, missing := k.Clocks.Calendar().MissingYear(calendar.DayOf(time.Now()))
	say(!missing, "工作日历完整", fmt.Sprintf("工作日历缺 %d 年的放假安排：通知发布后请在管理台导入，跨年期限目前按周末推算", year))
	say(k.Library.Current().Number > 0, fmt.Sprintf("标准数据第 %d 版在用", k.Library.Current().Number), "还没有载入县情数据包：tongban pack export 目录，改好后 tongban pack load 目录")
	say(time.Now().Year() >= 2026, "机器时钟正常", "机器时钟明显不对，请校时")
	if bad > 0 {
		return errFound
	}
	return nil
}

func disk(dir string) (free, total uint64) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, 0
	}
	return s.Bavail * uint64(s.Bsize), s.Blocks * uint64(s.Bsize)
}
