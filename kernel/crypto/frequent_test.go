package crypto

import (
	"strings"
	"testing"
)

func TestWhatManyPeopleChoseIsTriedFirst(t *testing.T) {
	n, long := 0, 0
	for p := range strings.Lines(frequentList) {
		p = strings.TrimSuffix(p, "\n")
		if n++; len(p) >= 10 {
			long++
		}
		if len(p) < 8 || p != strings.ToLower(p) {
			t.Fatalf("%q does not belong into the list", p)
		}
		if n%50 != 0 {
			continue
		}
		if !Frequent(p) || !Frequent(strings.ToUpper(p)) || !Frequent(p+"!") || !Frequent(p+p) {
			t.Fatalf("%q is not found in all its forms", p)
		}
	}
	if n < 5000 || long < 1500 {
		t.Errorf("%d passwords, %d of ten or more characters", n, long)
	}
	for _, p := range []string{"Password2026", "1Basketball!", "iloveyou123456", "QWERTYUIOP"} {
		if !Frequent(p) {
			t.Errorf("%s passes", p)
		}
	}
	for _, p := range []string{"", "\n", "password\nx", "Correct horse 电池", "basketball manchester", "南岭的雪下在哪"} {
		if Frequent(p) {
			t.Errorf("%q is refused", p)
		}
	}
}
