package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tongban/kernel/calendar"
	"tongban/kernel/vault"
)

type backup struct {
	File string `arg:"" help:"备份文件。" type:"path"`
	Key  string `help:"备份口令所在的文件；口令不写入备份，请另行保管。" required:"" type:"existingfile"`
}

// Run implements backup.
func (b *backup) Run(ctx context.Context, c *common) error {
	passphrase, err := vault.Passphrase(b.Key)
	if err != nil {
		return err
	}
	s := c.settings(false)
	say, end := bar()
	r, err := vault.Backup(ctx, vault.Source{DataDir: s.DataDir, Database: s.Database, Say: say}, b.File, passphrase, time.Now())
	end()
	if err != nil {
		return err
	}
	fmt.Printf("已备份到 %s：%d 个文件，%.1f MB，用时 %.1f 秒，已读回核对。\n", b.File, r.Parts, float64(r.Bytes)/(1<<20), r.Took.Seconds())
	return vault.Note(s.DataDir, vault.LastBackup, vault.Record{At: time.Now(), File: b.File, Bytes: r.Bytes, Took: r.Took})
}

type restore struct {
	File  string `arg:"" help:"备份文件。" type:"existingfile"`
	Key   string `help:"备份口令所在的文件。" required:"" type:"existingfile"`
	Drill bool   `help:"演练：恢复到临时的地方，核对不变量，报告用时，然后删除。不动 --data 和 --db 里的数据。"`
}

// Run implements restore: put the data back, then prove with every invariant that it is whole.
func (r *restore) Run(ctx context.Context, c *common) error {
	passphrase, err := vault.Passphrase(r.Key)
	if err != nil {
		return err
	}
	if r.Drill {
		return r.drill(ctx, c, passphrase)
	}
	return r.into(ctx, c, passphrase)
}

func (r *restore) into(ctx context.Context, c *common, passphrase string) error {
	s := c.settings(false)
	say, end := bar()
	report, err := vault.Restore(ctx, vault.Source{DataDir: s.DataDir, Database: s.Database, Say: say}, r.File, passphrase)
	end()
	if err != nil {
		return err
	}
	fmt.Printf("已恢复 %s 的备份：%d 个文件，%.1f MB，用时 %.1f 秒。\n备份以后可能发出的编号已经跳过，不会再发。现在核对不变量：\n",
		report.MadeAt.In(calendar.Zone()).Format("2006-01-02 15:04"), report.Parts, float64(report.Bytes)/(1<<20), report.Took.Seconds())
	return (&fsck{Quiet: true}).Run(ctx, c)
}

// drill restores beside the county, so that the way back is known to work, and how long it takes, before it is needed.
func (r *restore) drill(ctx context.Context, c *common, passphrase string) error {
	began := time.Now()
	dir, err := os.MkdirTemp(filepath.Dir(c.settings(false).DataDir), ".tongban-drill-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	beside := *c
	beside.Data = filepath.Join(dir, "county")
	if c.DB != "" {
		database, drop, err := vault.Spare(ctx, c.DB)
		if err != nil {
			return err
		}
		defer drop()
		beside.DB = database
	}
	if err := r.into(ctx, &beside, passphrase); err != nil {
		return err
	}
	took := time.Since(began)
	fmt.Printf("演练成功：从备份文件到核对完毕共 %.1f 秒。临时数据已删除。\n", took.Seconds())
	return vault.Note(c.settings(false).DataDir, vault.LastDrill, vault.Record{At: time.Now(), File: r.File, Took: took})
}
