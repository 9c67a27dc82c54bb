// Command tongban runs a county: one binary, one command.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"tongban/kernel/app"
	"tongban/kernel/file"
	"tongban/kernel/logging"
	"tongban/kernel/notify"
)

// version is set by the linker for releases.
var version = "开发版"

// common are the flags of every command that touches data.
type common struct {
	Addr     string `help:"对外服务的地址。" default:"127.0.0.1:8080" env:"TONGBAN_ADDR"`
	Data     string `help:"数据目录。" default:"tongban-data" env:"TONGBAN_DATA" type:"path"`
	DB       string `help:"数据库地址 postgres://…；不写则用数据目录中的内置数据库。" env:"TONGBAN_DB" name:"db"`
	Notify   string `help:"短信和邮件通道的配置文件；不写则用数据目录中的 notify.yaml（若有）。" env:"TONGBAN_NOTIFY" type:"path"`
	Scanner  string `help:"病毒检查服务（clamd）的地址，tcp://127.0.0.1:3310 或 unix:///run/clamav/clamd.ctl；不写则不查。" env:"TONGBAN_SCANNER"`
	Proxies  string `help:"放在前面的代理的地址或网段，逗号分隔，例如 127.0.0.1,10.1.0.0/16；只有它们说的访客地址（X-Forwarded-For）才算数。" env:"TONGBAN_PROXIES"`
	AuditDir string `help:"审计见证写到哪个目录，最好在另一台机器上；不写则在数据目录的 checkpoints 中。" env:"TONGBAN_AUDIT_DIR" type:"path"`
	Log      string `help:"日志级别：debug、info、warn、error。" default:"info" enum:"debug,info,warn,error" env:"TONGBAN_LOG"`
}

type commands struct {
	common

	Serve     serve       `cmd:"" help:"启动服务。加 --demo 启动演示县。"`
	Migrate   migrate     `cmd:"" help:"把数据库结构升级到本版本。"`
	Pack      packs       `cmd:"" help:"检查、载入、比较、导出县情数据包。"`
	User      users       `cmd:"" help:"管理工作人员账户。"`
	Fsck      fsck        `cmd:"" help:"检查全部不变量（可在运行中的 PostgreSQL 上执行）。"`
	Audit     audits      `cmd:"" help:"审计日志。"`
	Keys      keys        `cmd:"" help:"密钥：列出、更换、重新加密。"`
	Doctor    doctor      `cmd:"" help:"检查运行环境：时钟、磁盘、字体、密钥、日历。"`
	Backup    backup      `cmd:"" help:"在线备份到一个加密文件。"`
	Restore   restore     `cmd:"" help:"从备份恢复到空的数据目录，并核对不变量。"`
	NewModule newModule   `cmd:"" help:"写出一个新模块的骨架，例如 handling/tolerance。"`
	Demo      demoCommand `cmd:"" help:"生成演示数据或压力数据。"`
	Version   showVer     `cmd:"" help:"显示版本。"`
}

// Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the check found something wrong.
const (
	exitFailed = 1
	exitUsage  = 2
	exitFound  = 3
)

// errFound ends a command that did its work and found something wrong; what it found is already printed.
var errFound = errors.New("检查发现问题")

func main() {
	var c commands
	parser := kong.Must(&c, kong.Name("tongban"), kong.Description("通办：县级政务服务平台。"),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	kctx, err := parser.Parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "命令有误：", err)
		os.Exit(exitUsage)
	}
	slog.SetDefault(logging.New(os.Stderr, c.Log))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	kctx.BindTo(ctx, (*context.Context)(nil))
	if err := kctx.Run(&c.common); err != nil {
		if !errors.Is(err, errFound) {
			fmt.Fprintln(os.Stderr, "没有完成：", err)
			os.Exit(exitFailed)
		}
		os.Exit(exitFound)
	}
}

// settings are the kernel's settings behind the flags.
func (c *common) settings(demo bool) app.Settings {
	data, err := filepath.Abs(c.Data)
	if err != nil {
		data = c.Data
	}
	return app.Settings{DataDir: data, Database: c.DB, Demo: demo, AuditDir: c.AuditDir, Passphrase: os.Getenv("TONGBAN_PASSPHRASE")}
}

// channels are the county's ways to send messages. A demo county has none: its people are invented, their numbers may be somebody's.
func (c *common) channels(s app.Settings) ([]notify.Channel, error) {
	file := cmp.Or(c.Notify, filepath.Join(s.DataDir, "notify.yaml"))
	if _, err := os.Stat(file); s.Demo || c.Notify == "" && os.IsNotExist(err) {
		return nil, nil
	}
	return notify.Load(file)
}

// scanner is who looks at uploads for malware, if the county has one.
func (c *common) scanner() (*file.Scanner, error) {
	if c.Scanner == "" {
		return nil, nil
	}
	return file.NewScanner(c.Scanner)
}

// proxies are the machines in front of the county whose word about visitors counts.
func (c *common) proxies() ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, one := range strings.FieldsFunc(c.Proxies, func(r rune) bool { return r == ',' || r == ' ' }) {
		if a, err := netip.ParseAddr(one); err == nil {
			out = append(out, netip.PrefixFrom(a, a.BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(one)
		switch {
		case err != nil:
			return nil, fmt.Errorf("代理地址“%s”不对：请写成 127.0.0.1 或 10.1.0.0/16", one)
		case p.Bits() == 0:
			return nil, fmt.Errorf("代理地址“%s”是整个互联网：那样谁都可以冒充任何地址", one)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

// county opens the county with all its modules, its schema up to date.
func (c *common) county(ctx context.Context, demo bool) (*app.Kernel, *county, error) {
	return open(ctx, c.settings(demo))
}

func open(ctx context.Context, s app.Settings) (*app.Kernel, *county, error) {
	k, err := app.Open(ctx, s)
	if err != nil {
		return nil, nil, err
	}
	m, err := modules(k)
	if err == nil {
		err = k.Migrate(ctx, m.list)
	}
	if err == nil {
		err = k.Assemble(ctx, m.list, m.account.Identify)
	}
	if err != nil {
		return nil, nil, errors.Join(err, k.Close())
	}
	return k, m, nil
}

type showVer struct {
	SBOM bool `help:"写出软件物料清单（CycloneDX JSON）：本程序由哪些模块的哪个版本构成。" name:"sbom"`
}

// Run shows the version, or what the program is made of.
func (v showVer) Run() error {
	if v.SBOM {
		info, ok := debug.ReadBuildInfo()
		if !ok {
			return errors.New("这个程序里没有构建信息，请用 make build 构建")
		}
		return writeMaterials(os.Stdout, info)
	}
	fmt.Println("通办", version)
	return nil
}
