// Command victim serves the county of package chaos until it is killed, or ends in order at SIGTERM. It prints its address when it is
// ready.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"tongban/test/chaos"
)

func main() {
	var o chaos.Options
	flag.StringVar(&o.Data, "data", "", "data directory")
	flag.StringVar(&o.Database, "db", "", "postgres:// URL; empty for the embedded database")
	flag.StringVar((*string)(&o.Twin), "twin", "", "how to be broken")
	flag.DurationVar(&o.Slow, "slow", 0, "how long an application takes")
	flag.IntVar(&o.Running, "running", 0, "commands at work at once on PostgreSQL")
	flag.DurationVar(&o.Skew, "skew", 0, "how far the county's clock is off")
	flag.StringVar((*string)(&o.Release), "release", "", "which release of the program this is")
	flag.StringVar(&o.Gateway, "gateway", "", "address of a gateway for text messages; empty for a county that tells nobody outside")
	flag.Parse()
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, o chaos.Options) error {
	c, err := chaos.Open(ctx, o)
	if err != nil {
		return err
	}
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	wait, err := c.Start(work)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: c.Site().Handler(), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	fmt.Println(l.Addr())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		return err
	}
	stopWork()
	wait()
	return c.Close()
}
