// Command load measures the product as a county has it, the built binary over its real forms with everything on, beside a hand-written
// bound in alternating rounds, and prints the table of goals. `make bench` runs it; `-h` tells how to run less or more.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// plan is what a run measures.
type plan struct {
	rounds   int
	window   time.Duration
	clients  []int
	engines  []string
	cases    int
	dir      string
	binary   string
	baseline string
	write    bool
	profile  string
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == plainFlag {
		servePlain(os.Args[2])
		return
	}
	p := plan{clients: []int{1, 8, 32, 64}}
	engines := flag.String("engines", "sqlite,postgres", "the databases to measure")
	flag.IntVar(&p.rounds, "rounds", 5, "rounds; their median counts")
	flag.DurationVar(&p.window, "window", 3*time.Second, "length of a round")
	flag.IntVar(&p.cases, "cases", 0, "earlier cases in the database")
	flag.StringVar(&p.dir, "dir", "", "folder on the disk to measure (default: a new one under the temporary folder)")
	flag.StringVar(&p.binary, "binary", "", "measure this binary instead of building one")
	flag.StringVar(&p.baseline, "baseline", "docs/bench-baseline.json", "the figures to compare with")
	flag.BoolVar(&p.write, "write", false, "write the figures as the new baseline")
	flag.StringVar(&p.profile, "profile", "", "write CPU profiles of the product into this folder")
	some := flag.String("clients", "1,8,32,64", "numbers of clients")
	flag.Parse()
	p.engines = strings.Split(*engines, ",")
	p.clients = nil
	for _, s := range strings.Split(*some, ",") {
		var n int
		if _, err := fmt.Sscan(s, &n); err != nil || n < 1 || n > 512 {
			fmt.Fprintln(os.Stderr, "load: -clients wants numbers such as 1,8,32")
			os.Exit(2)
		}
		p.clients = append(p.clients, n)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE) // however it ends, the county is stopped
	defer stop()
	if err := p.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
