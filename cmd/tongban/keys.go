package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
)

type keys struct {
	List   keysList   `cmd:"" help:"列出密钥、证书和还没有换用新密钥的数据。不显示密钥本身。"`
	Rotate keysRotate `cmd:"" help:"换用新的加密密钥，并把已有数据逐批重新加密；或用 --seal 更换印章的签名密钥。"`
	Reseal keysReseal `cmd:"" help:"接着把数据重新加密（上次中断，或刚恢复了旧备份）。"`
}

func (c *common) keyring() (*crypto.Keyring, error) {
	s := c.settings(false)
	return crypto.Load(filepath.Join(s.DataDir, "keys.json"), s.Passphrase)
}

type keysList struct{}

// Run implements keys list.
func (keysList) Run(ctx context.Context, c *common) error {
	ring, err := c.keyring()
	if err != nil {
		return err
	}
	fmt.Printf("加密密钥（SM4）：%v，现在使用：%s\n", ring.IDs(), ring.Currents())
	signers, err := ring.Signers()
	if err != nil {
		return err
	}
	for _, s := range signers {
		fmt.Printf("签名密钥（SM2）：%s，证书有效期 %s 至 %s\n", s.Name, s.From.Format(time.DateOnly), s.Until.Format(time.DateOnly))
	}
	k, _, err := c.county(ctx, false)
	if errors.Is(err, db.ErrInUse) {
		fmt.Println("服务正在运行，数据由它在后台检查。")
		return nil
	}
	if err != nil {
		return err
	}
	defer k.Close()
	stale, err := k.Stale(ctx)
	if err != nil {
		return err
	}
	for _, s := range stale {
		fmt.Printf("还用旧密钥：%s %d 行\n", s, s.Rows)
	}
	if len(stale) == 0 {
		fmt.Println("所有数据都用现在的密钥加密。")
	}
	return nil
}

type keysRotate struct {
	Purpose string `help:"只更换一种用途的密钥，例如 party.number；不写则全部更换。" xor:"what"`
	Seal    string `help:"更换这枚印章的签名密钥和证书；旧证书签过的文件照常可验。" xor:"what"`
	Years   int    `help:"新证书的有效年数。" default:"5"`
}

// Run implements keys rotate. The key file is changed first and at once, also beside a running county, which follows within seconds.
func (r *keysRotate) Run(ctx context.Context, c *common) error {
	if r.Seal != "" {
		return r.renew(ctx, c)
	}
	ring, err := c.keyring()
	if err != nil {
		return err
	}
	if r.Purpose != "" {
		err = ring.Rotate(r.Purpose)
	} else {
		err = ring.RotateAll()
	}
	if err != nil {
		return err
	}
	fmt.Printf("已换用新密钥：%s。旧密钥留着，用来打开旧数据和旧备份。请尽快再做一次备份：旧备份里没有新密钥。\n", ring.Currents())
	return (&keysReseal{}).Run(ctx, c)
}

func (r *keysRotate) renew(ctx context.Context, c *common) error {
	k, m, err := c.county(ctx, false)
	if errors.Is(err, db.ErrInUse) {
		return errors.New("更换印章密钥要停一下服务：请先停止 tongban serve 再执行")
	}
	if err != nil {
		return err
	}
	defer k.Close()
	who := authz.Machine("command", "keys rotate")
	renewal, err := m.seals.PrepareRenewal(ctx, k.View(who), r.Seal, r.Years)
	if err != nil {
		return err
	}
	if _, err := k.DB.Run(ctx, db.Act{Actor: who, Name: "seal.renew", Now: k.Watch.Now()}, func(tx *db.Tx) error { return m.seals.Renew(ctx, tx, renewal) }); err != nil {
		return err
	}
	fmt.Printf("印章 %s 已换用新的签名密钥。旧密钥已销毁，它签过的文件仍用旧证书验证。\n", r.Seal)
	return nil
}

type keysReseal struct{}

// Run implements keys reseal.
func (keysReseal) Run(ctx context.Context, c *common) error {
	k, _, err := c.county(ctx, false)
	if errors.Is(err, db.ErrInUse) {
		fmt.Println("服务正在运行：它会在几分钟内开始在后台把已有数据重新加密，不影响办理。停止服务后可用 tongban keys list 查看。")
		return nil
	}
	if err != nil {
		return err
	}
	defer k.Close()
	return reseal(ctx, k)
}

// reseal seals everything again that needs it, with a progress bar.
func reseal(ctx context.Context, k *app.Kernel) error {
	stale, err := k.Stale(ctx)
	if err != nil {
		return err
	}
	var all int64
	for _, s := range stale {
		all += s.Rows
	}
	began := time.Now()
	say, end := bar()
	done, err := k.Reseal(ctx, 500, func(done int) { say("重新加密", int64(done), all) })
	end()
	if err != nil {
		return fmt.Errorf("%w。已完成的 %d 行不会丢，改好后用 tongban keys reseal 接着做", err, done)
	}
	fmt.Printf("重新加密了 %d 行（%.1f 秒），所有数据都用现在的密钥。\n", done, time.Since(began).Seconds())
	return nil
}
