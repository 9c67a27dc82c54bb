package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
)

type packs struct {
	Check  packCheck  `cmd:"" help:"检查数据包：逐条列出文件、行号和改法。"`
	Load   packLoad   `cmd:"" help:"检查并发布数据包，成为新的一版。"`
	Diff   packDiff   `cmd:"" help:"比较两个数据包。"`
	Export packExport `cmd:"" help:"把内置的示例数据包写到一个目录，供改写。"`
}

// offline assembles the modules without a county, for looking at packs: an empty embedded database in a temporary folder.
func offline(ctx context.Context, c *common, do func(*app.Kernel) error) error {
	dir, err := os.MkdirTemp("", "tongban-pack-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	temporary := &common{Data: dir, Log: c.Log}
	k, _, err := temporary.county(ctx, false)
	if err != nil {
		return err
	}
	defer k.Close()
	return do(k)
}

type packCheck struct {
	Dir string `arg:"" optional:"" help:"数据包目录；不写则检查内置的南岭县。" type:"existingdir"`
}

// Run implements pack check.
func (p *packCheck) Run(ctx context.Context, c *common) error {
	return offline(ctx, c, func(k *app.Kernel) error {
		content, findings := k.CheckPack(folder(p.Dir))
		for _, f := range findings {
			fmt.Println(f)
		}
		if pack.Failed(findings) {
			return errFound
		}
		fmt.Printf("数据包“%s”通过检查：共 %d 条定义，提醒 %d 处。\n", content.Meta.Title, content.Len(), len(findings))
		return nil
	})
}

func folder(dir string) fs.FS {
	if dir == "" {
		return nanling.FS
	}
	return os.DirFS(dir)
}

type packLoad struct {
	Dir  string `arg:"" help:"数据包目录。" type:"existingdir"`
	Note string `help:"这一版改了什么。" default:"命令行载入"`
}

// Run implements pack load.
func (p *packLoad) Run(ctx context.Context, c *common) error {
	k, _, err := c.county(ctx, false)
	if err != nil {
		return err
	}
	defer k.Close()
	return loadPack(ctx, k, os.DirFS(p.Dir), p.Note)
}

// loadPack checks a pack and publishes it as the next edition; one equal to the edition in force changes nothing.
func loadPack(ctx context.Context, k *app.Kernel, dir fs.FS, note string) error {
	content, findings := k.CheckPack(dir)
	if pack.Failed(findings) {
		for _, f := range findings {
			fmt.Fprintln(os.Stderr, f)
		}
		return problem.Invalid("数据包没有通过检查，没有载入")
	}
	was := k.Library.Current()
	_, err := k.DB.Run(ctx, db.Act{Actor: authz.Machine("pack", "load"), Name: "pack.publish", Now: k.Watch.Now()}, func(tx *db.Tx) error {
		_, err := k.Publish(ctx, tx, content, note)
		return err
	})
	is := k.Library.Current()
	if err != nil || is.Number == was.Number {
		return err
	}
	fmt.Printf("已发布第 %d 版：%s，%d 条定义。\n", is.Number, content.Meta.Title, content.Len())
	if was.Number > 0 {
		showChanges(was, is)
	}
	return nil
}

type packDiff struct {
	Old string `arg:"" help:"旧数据包目录。" type:"existingdir"`
	New string `arg:"" help:"新数据包目录。" type:"existingdir"`
}

// Run implements pack diff.
func (p *packDiff) Run(ctx context.Context, c *common) error {
	return offline(ctx, c, func(k *app.Kernel) error {
		before, _ := pack.Load(os.DirFS(p.Old), k.Sections())
		after, _ := pack.Load(os.DirFS(p.New), k.Sections())
		changes := pack.Diff(before, after)
		for _, change := range changes {
			fmt.Println(change)
		}
		fmt.Printf("共 %d 处不同。\n", len(changes))
		showChanges(pack.Preview(before), pack.Preview(after))
		return nil
	})
}

// showChanges prints what a change of the data means for people.
func showChanges(was, is *pack.Edition) {
	changes := catalogue.Changes(was, is)
	if len(changes) == 0 {
		fmt.Println("对办事人没有变化。")
		return
	}
	fmt.Printf("对办事人有 %d 处变化：\n", len(changes))
	for _, c := range changes {
		fmt.Printf("  %s：%s\n", c.Name, c.Text)
	}
}

type packExport struct {
	Dir string `arg:"" help:"写到哪个目录（必须还不存在或为空）。" type:"path"`
}

// Run implements pack export.
func (p *packExport) Run() error {
	if entries, err := os.ReadDir(p.Dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("目录 %s 里已有文件，为免覆盖没有写出。请换一个空目录", p.Dir)
	}
	if err := os.CopyFS(p.Dir, nanling.FS); err != nil {
		return err
	}
	fmt.Printf("示例数据包已写到 %s。改好后用 tongban pack check %s 检查。\n", p.Dir, p.Dir)
	return nil
}
