package main

import (
	"fmt"
	"os"
	"strings"
)

// bar draws on a terminal how far each stage of a long work has come; in a log it would only be noise. end leaves its line. With all
// unknown (0) it counts.
func bar() (say func(stage string, done, all int64), end func()) {
	drawn := ""
	if info, err := os.Stderr.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return func(string, int64, int64) {}, func() {}
	}
	say = func(stage string, done, all int64) {
		if line := barLine(stage, done, all); line != drawn {
			fmt.Fprintf(os.Stderr, "\r%s\x1b[K", line)
			drawn = line
		}
	}
	return say, func() {
		if drawn != "" {
			fmt.Fprintln(os.Stderr)
		}
	}
}

func barLine(stage string, done, all int64) string {
	const width = 40
	if all <= 0 {
		return fmt.Sprintf("%s %d", stage, done)
	}
	done = min(done, all)
	full := int(width * done / all)
	return fmt.Sprintf("[%s%s] %3d%% %s", strings.Repeat("#", full), strings.Repeat(" ", width-full), 100*done/all, stage)
}
