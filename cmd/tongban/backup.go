package main

import (
	"context"
	"fmt"
	"time"

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
	r, err := vault.Backup(ctx, vault.Source{DataDir: s.DataDir, Database: s.Database}, b.File, passphrase, time.Now())
	if err != nil {
		return err
	}
	fmt.Printf("已备份到 %s：%d 个文件，%.1f MB，用时 %.1f 秒，已读回核对。\n", b.File, r.Parts, float64(r.Bytes)/(1<<20), r.Took.Seconds())
	return vault.Note(s.DataDir, vault.LastBackup, vault.Record{At: time.Now(), File: b.File, Bytes: r.Bytes, Took: r.Took})
}

type restore struct {
	File string `arg:"" help:"备份文件。" type:"existingfile"`
	Key  string `help:"备份口令所在的文件。" required:"" type:"existingfile"`
}

// Run implements restore: put the data back, then prove with every invariant that it is whole.
func (r *restore) Run(ctx context.Context, c *common) error {
	passphrase, err := vault.Passphrase(r.Key)
	if err != nil {
		return err
	}
	s := c.settings(false)
	report, err := vault.Restore(ctx, vault.Source{DataDir: s.DataDir, Database: s.Database}, r.File, passphrase)
	if err != nil {
		return err
	}
	fmt.Printf("已恢复 %d 个文件，用时 %.1f 秒。现在核对不变量：\n", report.Parts, report.Took.Seconds())
	return (&fsck{Quiet: true}).Run(ctx, c)
}
