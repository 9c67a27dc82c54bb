// Command victim serves the county of package chaos until it is killed. It prints its address when it is ready.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"

	"tongban/test/chaos"
)

func main() {
	data := flag.String("data", "", "data directory")
	database := flag.String("db", "", "postgres:// URL; empty for the embedded database")
	twin := flag.String("twin", "", "how to be broken")
	flag.Parse()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err := serve(context.Background(), *data, *database, chaos.Twin(*twin)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context, data, database string, twin chaos.Twin) error {
	c, err := chaos.Open(ctx, data, database, twin)
	if err != nil {
		return err
	}
	if _, err := c.Start(ctx); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return http.Serve(l, c.Site().Handler())
}
