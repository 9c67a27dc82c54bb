package app

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tongban/kernel/calendar"
	"tongban/kernel/document"
	"tongban/kernel/vault"
)

// Severity is how bad a diagnosis is.
type Severity int

// The severities.
const (
	Sound  Severity = iota // as it should be
	Advice                 // it works, and ought to be better
	Ill                    // something is lost or refused because of it, now or soon
)

// Diagnosis is one thing that a county's machine needs.
type Diagnosis struct {
	Name     string
	Severity Severity
	Text     string // what was found, and what to do about it
}

// Thresholds of the doctor.
const (
	leastSpace  = 5 << 30
	barestSpace = 1 << 30
	mostDrift   = 2 * time.Second
	backupEvery = 26 * time.Hour
	drillEvery  = 100 * 24 * time.Hour
	expirySoon  = 60 * 24 * time.Hour
)

// Diagnose looks at all that a county's machine needs. It changes nothing and takes some seconds at most.
func (k *Kernel) Diagnose(ctx context.Context) []Diagnosis {
	var out []Diagnosis
	say := func(name string, s Severity, format string, args ...any) {
		out = append(out, Diagnosis{name, s, fmt.Sprintf(format, args...)})
	}
	k.diagnoseDatabase(ctx, say)
	k.diagnoseFolder(say)
	k.diagnoseCounty(ctx, say)
	k.diagnoseBackups(say)
	k.diagnoseCertificates(ctx, say)
	k.diagnoseChannels(ctx, say)
	k.diagnoseScanner(ctx, say)
	return out
}

type teller func(name string, s Severity, format string, args ...any)

func (k *Kernel) diagnoseDatabase(ctx context.Context, say teller) {
	if err := k.DB.Ready(ctx); err != nil {
		say("数据库", Ill, "没有应答：%v。检查数据目录权限或 PostgreSQL 服务", err)
		return
	}
	say("数据库", Sound, "%s 可用", k.DB.Engine)
	durable, setting, err := k.DB.Durable(ctx)
	switch {
	case err != nil:
		say("断电保护", Ill, "查不到设置：%v", err)
	case !durable:
		say("断电保护", Ill, "%s：已答复的办理在断电后可能丢失。PostgreSQL 请设 fsync=on、synchronous_commit=on", setting)
	default:
		say("断电保护", Sound, "%s", setting)
	}
	before := time.Now()
	there, err := k.DB.Clock(ctx)
	drift := there.Sub(before.Add(time.Since(before) / 2)).Abs()
	switch {
	case err != nil:
		say("时钟", Ill, "读不到数据库的时间：%v", err)
	case drift > mostDrift:
		say("时钟", Ill, "本机与数据库相差 %.1f 秒：两台机器都请启用时间同步（systemctl enable --now systemd-timesyncd）", drift.Seconds())
	case before.Year() < 2026:
		say("时钟", Ill, "本机时间是 %s，明显不对：请校时", before.Format(time.DateTime))
	default:
		say("时钟", Sound, "本机与数据库相差 %.3f 秒", drift.Seconds())
	}
}

func (k *Kernel) diagnoseFolder(say teller) {
	dir := k.Settings.DataDir
	free, total, err := Disk(dir)
	switch text := fmt.Sprintf("剩余 %.1f GB，共 %.1f GB", float64(free)/(1<<30), float64(total)/(1<<30)); {
	case err != nil:
		say("磁盘", Ill, "查不到剩余空间：%v", err)
	case free < barestSpace:
		say("磁盘", Ill, "%s：请马上清理或扩容，写满后办理会被拒绝", text)
	case free < leastSpace:
		say("磁盘", Advice, "%s：请安排清理或扩容", text)
	default:
		say("磁盘", Sound, "%s", text)
	}
	var open []string
	for _, name := range []string{".", "keys.json", "tongban.db", "files"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().Perm()&0o077 != 0 && (name == "." || name == "keys.json") {
			open = append(open, filepath.Join(dir, name))
		}
	}
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err == nil {
		probe.Close()
		os.Remove(probe.Name())
	}
	switch {
	case err != nil:
		say("数据目录", Ill, "%s 写不进去：%v。请把目录交给运行服务的用户", dir, err)
	case len(open) > 0:
		say("数据目录", Ill, "别的用户能读：请执行 chmod go-rwx %s", strings.Join(open, " "))
	default:
		say("数据目录", Sound, "%s 只有本服务能读写", dir)
	}
}

func (k *Kernel) diagnoseCounty(ctx context.Context, say teller) {
	if _, err := k.Papers.Render(document.Paper{Title: "字体检查", Blocks: []document.Block{document.Paragraph{Text: "张𬱖 㛃 䶮 龘"}}}, time.Now()); err != nil {
		say("公文字体", Ill, "不可用：%v。请换用完整的安装包", err)
	} else {
		say("公文字体", Sound, "可用，含生僻字")
	}
	if year, missing := k.Clocks.Calendar().MissingYear(calendar.DayOf(k.Watch.Now())); missing {
		say("工作日历", Advice, "还没有 %d 年的放假安排：国务院办公厅通知发布后请在 管理 › 工作日历 导入，跨年期限目前按周末推算", year)
	} else {
		say("工作日历", Sound, "完整")
	}
	if n := k.Library.Current().Number; n == 0 {
		say("标准数据", Ill, "还没有载入县情数据包：tongban pack export 目录，改好后 tongban pack load 目录")
	} else {
		say("标准数据", Sound, "第 %d 版在用", n)
	}
	var parked int64
	if err := k.look().QueryRowContext(ctx, `SELECT count(*) FROM event_delivery WHERE state = 'parked'`).Scan(&parked); err != nil || parked > 0 {
		say("事件", Ill, "%d 件停放，后续环节没有进行：tongban fsck 会指出是哪一件和原因 %v", parked, errText(err))
	} else {
		say("事件", Sound, "没有停放的")
	}
	stale, err := k.Stale(ctx)
	if err != nil {
		say("加密密钥", Ill, "查不了：%v", err)
	} else if len(stale) > 0 {
		say("加密密钥", Advice, "%d 类数据还用旧密钥：执行 tongban keys reseal，或等运行中的服务在后台换完", len(stale))
	} else {
		say("加密密钥", Sound, "所有数据都用现在的密钥")
	}
	list, err := k.Checkpoints()
	switch {
	case err != nil:
		say("审计见证", Ill, "%v", err)
	case k.Settings.AuditDir == "":
		say("审计见证", Advice, "%d 份，写在数据目录里：请用 --audit-dir 指到另一台机器，否则能改数据的人也能删掉它们", len(list))
	default:
		say("审计见证", Sound, "%d 份，写在 %s", len(list), k.Settings.AuditDir)
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (k *Kernel) diagnoseBackups(say teller) {
	last, err := vault.Noted(k.Settings.DataDir, vault.LastBackup)
	switch age := time.Since(last.At); {
	case err != nil:
		say("备份", Ill, "%v", err)
	case last.At.IsZero():
		say("备份", Ill, "从来没有备份过：tongban backup 文件 --key 口令文件，并按运维手册设每天定时")
	case age > backupEvery:
		say("备份", Ill, "上次是 %s，已过 %.0f 小时：检查定时备份（systemctl status tongban-backup）", last.At.Local().Format("01-02 15:04"), age.Hours())
	default:
		say("备份", Sound, "上次是 %s，%.1f MB", last.At.Local().Format("01-02 15:04"), float64(last.Bytes)/(1<<20))
	}
	drill, err := vault.Noted(k.Settings.DataDir, vault.LastDrill)
	switch {
	case err != nil:
		say("恢复演练", Advice, "%v", err)
	case drill.At.IsZero():
		say("恢复演练", Advice, "从来没有演练过：没有恢复过的备份不算备份，做法见运维手册")
	case time.Since(drill.At) > drillEvery:
		say("恢复演练", Advice, "上次是 %s，请每季度演练一次", drill.At.Local().Format(time.DateOnly))
	default:
		say("恢复演练", Sound, "上次是 %s，用时 %.0f 秒", drill.At.Local().Format(time.DateOnly), drill.Took.Seconds())
	}
}

func (k *Kernel) diagnoseCertificates(ctx context.Context, say teller) {
	signers, err := k.Keys.Signers()
	if err != nil {
		say("印章证书", Ill, "%v", err)
	}
	for _, s := range signers {
		seal, ok := strings.CutPrefix(s.Name, "seal.")
		if ok {
			expiry(say, "印章证书 "+seal, s.Until, "tongban keys rotate --seal "+seal)
		}
	}
	u, err := url.Parse(k.Settings.BaseURL)
	if err != nil || u.Scheme != "https" {
		return
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	limited, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	c, err := (&tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12}}).DialContext(limited, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		say("网站证书", Ill, "%s 打不开或证书无效：%v", u.Host, err)
		return
	}
	defer c.Close()
	if len(k.Settings.Proxies) == 0 {
		say("代理", Advice, "没有写明代理的地址：限次和审计里的访客地址都是代理自己的。请加 --proxies，写法见运维手册")
	}
	expiry(say, "网站证书", c.(*tls.Conn).ConnectionState().PeerCertificates[0].NotAfter, "更换代理上的证书")
}

func expiry(say teller, name string, until time.Time, remedy string) {
	switch left := time.Until(until); {
	case left < 0:
		say(name, Ill, "已于 %s 过期：%s", until.Local().Format(time.DateOnly), remedy)
	case left < expirySoon:
		say(name, Advice, "%s 到期，还有 %.0f 天：%s", until.Local().Format(time.DateOnly), left.Hours()/24, remedy)
	default:
		say(name, Sound, "有效至 %s", until.Local().Format(time.DateOnly))
	}
}

func (k *Kernel) diagnoseChannels(ctx context.Context, say teller) {
	limited, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	reached := k.Notify.Reach(limited)
	if len(reached) == 0 && !k.Settings.Demo {
		say("短信和邮件", Advice, "没有配置通道：群众收不到短信，也不能用验证码登录。写法见 docs/operations/notify.md")
	}
	for _, r := range reached {
		if r.Err != nil {
			say("通道 "+r.Name, Ill, "%v。检查网络和防火墙，或在 管理 › 短信和邮件 发送测试", r.Err)
		} else {
			say("通道 "+r.Name, Sound, "能连上；发不发得出去，请在 管理 › 短信和邮件 发送测试")
		}
	}
}

func (k *Kernel) diagnoseScanner(ctx context.Context, say teller) {
	scanner := k.Files.Scanner()
	if scanner == nil {
		say("病毒检查", Advice, "没有启用：上传的图片和 PDF 不查病毒就保存。装好 ClamAV 后用 --scanner 写明地址，见 docs/operations/scanner.md")
		return
	}
	limited, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	version, err := scanner.Version(limited)
	if err != nil {
		say("病毒检查", Ill, "%s 没有应答：%v。在它恢复之前，上传会被拒绝（systemctl status clamav-daemon）", scanner, err)
		return
	}
	say("病毒检查", Sound, "%s，%s", scanner, version)
}
