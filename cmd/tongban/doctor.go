package main

import (
	"context"
	"errors"
	"fmt"

	"tongban/kernel/app"
	"tongban/kernel/db"
)

type doctor struct {
	BaseURL string `help:"对外网址，用来检查网站证书。" env:"TONGBAN_BASE_URL"`
}

// Run implements doctor: what a county's machine needs, each with the way to mend it.
func (d *doctor) Run(ctx context.Context, c *common) error {
	s := c.settings(false)
	s.BaseURL = d.BaseURL
	var err error
	if s.Channels, err = c.channels(s); err != nil {
		return err
	}
	if s.Scanner, err = c.scanner(); err != nil {
		return err
	}
	if s.Proxies, err = c.proxies(); err != nil {
		return err
	}
	k, _, err := open(ctx, s)
	if errors.Is(err, db.ErrInUse) {
		return errors.New("服务正在运行：请打开 管理 › 运行检查，内容与本命令相同；或停止服务后再执行")
	}
	if err != nil {
		return err
	}
	defer k.Close()
	return report(k.Diagnose(ctx))
}

// report prints what the doctor found.
func report(list []app.Diagnosis) error {
	ill := false
	for _, d := range list {
		fmt.Printf("%s %s：%s\n", []string{"√", "!", "×"}[d.Severity], d.Name, d.Text)
		ill = ill || d.Severity == app.Ill
	}
	if ill {
		return errFound
	}
	return nil
}
