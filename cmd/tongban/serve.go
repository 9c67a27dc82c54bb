package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"tongban/base/account"
	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/outward"
	"tongban/packs/nanling"
	"tongban/ui"
)

type serve struct {
	Demo         bool     `help:"启动虚构的演示县：角色切换、短信收件页、可拨动的时钟。"`
	Cases        int      `help:"演示县的办件数。" default:"320"`
	Admin        string   `help:"管理端口（指标、性能剖析），只能是本机地址。" default:"127.0.0.1:8081" env:"TONGBAN_ADMIN"`
	BaseURL      string   `help:"对外网址，印在二维码和短信里，例如 https://zw.nanling.example；在代理后面时必填。" env:"TONGBAN_BASE_URL"`
	AuditWebhook string   `help:"把每份审计见证推送到这个网址。" env:"TONGBAN_AUDIT_WEBHOOK"`
	Networks     []string `name:"webhook-networks" help:"事件推送和身份平台可以到达的内部网段，例如 10.20.0.0/16；不写就只到公网地址。" env:"TONGBAN_WEBHOOK_NETWORKS"`
	Secure       bool     `help:"只在 HTTPS 上发送登录凭据。" env:"TONGBAN_SECURE"`

	Idle time.Duration `help:"登录后最多多久不操作就退出，例如 10m；不写则按安全策略。到九成时提醒，可以延长。" env:"TONGBAN_IDLE"`
}

// settled is when a county that was started does what it does all day: then the memory that only the start needed is given back.
const settled = 3 * time.Second

// Run implements the serve command.
func (s *serve) Run(ctx context.Context, c *common) error {
	if s.Cases > mostPlayed {
		return fmt.Errorf("启动时最多生成 %d 件办件；更多的请先用 tongban demo --cases %d 生成，再启动服务", mostPlayed, s.Cases)
	}
	began := time.Now()
	settings := c.settings(s.Demo)
	listener, err := net.Listen("tcp", c.Addr) // first: links carry the port, and --addr :0 has none before
	if err != nil {
		return fmt.Errorf("地址 %s 用不了：%w。请换一个，例如 --addr 127.0.0.1:8090", c.Addr, err)
	}
	defer listener.Close()
	machine, err := net.InterfaceAddrs()
	if err != nil {
		machine = nil // then links lead to the loopback address
	}
	settings.Secure, settings.Idle, settings.AuditWebhook = s.Secure, s.Idle, s.AuditWebhook
	if settings.BaseURL, err = publicAddress(s.BaseURL, listener.Addr(), machine); err != nil {
		return err
	}
	if settings.Networks, err = outward.ParseNetworks(s.Networks); err != nil {
		return err
	}
	if settings.Channels, err = c.channels(settings); err != nil {
		return err
	}
	if settings.Scanner, err = c.scanner(); err != nil {
		return err
	}
	if settings.Proxies, err = c.proxies(); err != nil {
		return err
	}
	k, m, err := open(ctx, settings)
	if err != nil {
		return err
	}
	defer k.Close()
	m.account.Found = founding(k)
	if s.Demo {
		if err := loadPack(ctx, k, nanling.FS, "演示县"); err != nil {
			return err
		}
		if err := m.openDemo(ctx, k); err != nil {
			return err
		}
	}
	mount(k)
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	wait, err := k.Start(work)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: k.Site().Handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(slog.Default().Handler(), slog.LevelWarn)}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	go serveAdmin(ctx, s.Admin, k.Meter.Handler())
	if err := s.greet(ctx, k, m, links(listener.Addr(), machine), time.Since(began)); err != nil {
		return err
	}
	if s.Demo {
		go m.fillDemo(work, k, s.Cases)
	}
	time.AfterFunc(settled, debug.FreeOSMemory)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	return drain(server, stopWork, wait)
}

// drain ends in the order that loses nothing: no new connections, running requests finish, running jobs finish, then the database.
func drain(server *http.Server, stopWork func(), wait func()) error {
	fmt.Println("正在停止：不再接受新请求，等办理中的请求结束……")
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err := server.Shutdown(ctx)
	stopWork()
	wait()
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	return err
}

// greet prints where the county is and how to get in.
func (s *serve) greet(ctx context.Context, k *app.Kernel, m *county, reached []string, took time.Duration) error {
	fmt.Printf("通办已启动（%.1f 秒）：%s\n", took.Seconds(), strings.Join(reached, "，"))
	if s.BaseURL != "" {
		fmt.Printf("二维码和短信中的网址：%s\n", k.Settings.BaseURL)
	}
	if s.Demo {
		fmt.Printf("演示县：打开 %s/login 选择角色，无需密码。数据是虚构的。可以是：\n", k.Settings.BaseURL)
		m.introduce(os.Stdout)
		return nil
	}
	empty, err := m.account.Empty(ctx, k.View(authz.Machine("serve", "start")))
	if err != nil || !empty {
		return err
	}
	var token string
	_, err = k.DB.Run(ctx, db.Act{Actor: authz.Machine("serve", "start"), Name: "account.invite", Now: k.Watch.Now()}, func(tx *db.Tx) error {
		var err error
		token, err = m.account.Invite(ctx, tx, account.FirstAdmin)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Printf("这是一个新的县。请在 24 小时内打开下面的一次性链接，设置县名和第一位管理员：\n%s/setup/%s\n", k.Settings.BaseURL, token)
	return nil
}

// mount adds what is no page of a module.
func mount(k *app.Kernel) {
	site := k.Site()
	site.Raw("GET /static/", ui.StaticHandler())
	site.Raw("GET /healthz", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }))
	site.Raw("GET /readyz", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := k.DB.Ready(ctx); err != nil {
			http.Error(w, "数据库没有应答", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	}))
}

// serveAdmin serves metrics and profiles on the loopback address only.
func serveAdmin(ctx context.Context, addr string, metrics http.Handler) {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		slog.ErrorContext(ctx, "admin port must be a loopback address", "addr", addr)
		return
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	server := &http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		slog.WarnContext(ctx, "admin port is not available; the county runs without it", "addr", addr, "error", err)
	}
}
