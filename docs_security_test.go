package tongban_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// control is a row of a table in docs/security.
type control struct {
	row, class string
	tests      []string
}

var (
	testName = regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`")
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
)

// controls reads the rows of a page; its words tell what is wrong with them.
func controls(text string, exist map[string]bool) (out []control, wrong []string) {
	classes := []string{"test", "seen", "open", "n/a"}
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[0]) == "row" {
			continue
		}
		c := control{row: strings.TrimSpace(cells[0]), class: strings.TrimSpace(cells[1])}
		for _, m := range testName.FindAllStringSubmatch(cells[3], -1) {
			if c.tests = append(c.tests, m[1]); !exist[m[1]] {
				wrong = append(wrong, fmt.Sprintf("%s names %s, which is no test of this tree", c.row, m[1]))
			}
		}
		switch {
		case !slices.Contains(classes, c.class):
			wrong = append(wrong, fmt.Sprintf("%s is classed %q", c.row, c.class))
		case c.class == "test" && len(c.tests) == 0:
			wrong = append(wrong, c.row+" is said to be shown by a test and names none")
		case c.class == "n/a" && strings.TrimSpace(cells[2]) == "":
			wrong = append(wrong, c.row+" does not apply and does not say why")
		case slices.ContainsFunc(out, func(o control) bool { return o.row == c.row }):
			wrong = append(wrong, c.row+" stands twice")
		}
		out = append(out, c)
	}
	return out, wrong
}

// tests are the names of all tests in the tree.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range testFunc.FindAllSubmatch(text, -1) {
			out[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Whoever reads that a control is shown by a test must find the test; and the figures at the head are those of the rows.
func TestSecurityTablesNameTestsThatExist(t *testing.T) {
	exist := tests(t)
	for page, rows := range map[string]int{"asvs.md": 253, "mlps3.md": 0, "pipl.md": 0} {
		text, err := os.ReadFile(filepath.Join("docs/security", page))
		if err != nil {
			t.Fatal(err)
		}
		all, wrong := controls(string(text), exist)
		for _, w := range wrong {
			t.Errorf("%s: %s", page, w)
		}
		count := map[string]int{}
		for _, c := range all {
			count[c.class]++
		}
		applicable := len(all) - count["n/a"]
		t.Logf("%s: %d rows, %d apply: %d test, %d seen, %d open", page, len(all), applicable, count["test"], count["seen"], count["open"])
		if rows == 0 {
			continue
		}
		if len(all) != rows {
			t.Errorf("%s: %d rows, levels 1 and 2 have %d", page, len(all), rows)
		}
		for _, figures := range []string{
			fmt.Sprintf("| %d | %d | %d | %d | %d | %d |", len(all), applicable, count["test"], count["seen"], count["open"], count["n/a"]),
			fmt.Sprintf("Shown by a test: %.0f %% of the applicable rows; met, with those looked at: %.0f %%.", float64(count["test"])*100/float64(applicable), float64(count["test"]+count["seen"])*100/float64(applicable)),
		} {
			if !strings.Contains(string(text), figures) {
				t.Errorf("%s: at its head should stand: %s", page, figures)
			}
		}
	}
	twin := "| 1.1.1 | test | x | `TestThatNobodyWrote` |\n| 1.1.1 | test | x | |\n| 1.1.2 | good | x | |\n| 1.1.3 | n/a | | |\n| 1.1.1 | seen | x | |\n"
	if _, wrong := controls(twin, exist); len(wrong) != 5 {
		t.Errorf("a page with five faults has %d: %v", len(wrong), wrong)
	}
}
