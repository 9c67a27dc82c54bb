package party

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// someCitizen draws a number of the invented area 431199.
func someCitizen(t *rapid.T) string {
	day := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 46000).Draw(t, "day"))
	body := "431199" + day.Format("20060102") + fmt.Sprintf("%03d", rapid.IntRange(0, 999).Draw(t, "seq"))
	return body + string(citizenCheck(body))
}

func TestCitizenNumbersOfTheStandardAreAccepted(t *testing.T) {
	for _, c := range []struct {
		typed, full, masked, grouped string
		year                         int
		month                        time.Month
		day                          int
		sex                          Sex
	}{
		{"11010519491231002X", "11010519491231002X", "110105********002X", "110105 19491231 002X", 1949, 12, 31, Female},
		{" 110105 19491231 002x ", "11010519491231002X", "110105********002X", "110105 19491231 002X", 1949, 12, 31, Female},
		{"１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X", "110105********002X", "110105 19491231 002X", 1949, 12, 31, Female},
		{"\ufeff431127199003070010", "431127199003070010", "431127********0010", "431127 19900307 0010", 1990, 3, 7, Male},
	} {
		n, err := ParseCitizenNumber(c.typed)
		if err != nil {
			t.Errorf("%q: %v", c.typed, err)
			continue
		}
		if n.Full() != c.full || n.Masked() != c.masked || n.Grouped() != c.grouped || n.Area() != c.full[:6] {
			t.Errorf("%q: %q %q %q", c.typed, n.Full(), n.Masked(), n.Grouped())
		}
		if y, m, d := n.Born(); y != c.year || m != c.month || d != c.day {
			t.Errorf("%q born %d-%d-%d", c.typed, y, m, d)
		}
		if n.Sex() != c.sex {
			t.Errorf("%q is %v", c.typed, n.Sex())
		}
	}
}

func TestWrongCitizenNumberNamesTheDigitGroup(t *testing.T) {
	for _, c := range []struct{ typed, want string }{
		{"", "请填写"},
		{"4311991990030724", "少了 2 位"},
		{"4311991990030724291", "多了 1 位"},
		{"431199900307242", "15 位"},
		{"4311991990O3072429", "第 11 位是字母 O"},
		{"43119919900307242A", "第 18 位应是数字或 X"},
		{"4311991990030X2429", "第 14 位应是数字"},
		{"991199199003072429", "以 9 开头"},
		{"881199199003072429", "第 1 至 6 位"},
		{"431199199002302429", "第 7 至 14 位"},
		{"431199190002292429", "第 7 至 14 位"}, // 1900 was no leap year
		{"431199199013072429", "第 7 至 14 位"},
		{"431199099003072429", "第 7 至 14 位"},
		{"110105194912310021", "第 18 位校验不正确，请对照证件再看一遍"},
	} {
		_, err := ParseCitizenNumber(c.typed)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.typed, err, c.want)
		}
	}
}

func TestOldNumbersAreWidenedOnImportOnly(t *testing.T) {
	n, err := ImportCitizenNumber("110105491231002")
	if err != nil || n.Full() != "11010519491231002X" {
		t.Fatalf("%q %v", n.Full(), err)
	}
	if m, err := ImportCitizenNumber("11010519491231002X"); err != nil || m != n {
		t.Errorf("18 digits on import: %v", err)
	}
	if _, err := ImportCitizenNumber("11010549123100A"); err == nil {
		t.Error("a letter among 15 digits was accepted")
	}
}

func TestEverySingleSlipInACitizenNumberIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		full := someCitizen(t)
		if _, err := ParseCitizenNumber(full); err != nil {
			t.Fatal(err)
		}
		// MOD 11-2 sees every change of one character …
		i := rapid.IntRange(0, 17).Draw(t, "position")
		b := []byte(full)
		b[i] = rapid.SampledFrom([]byte("0123456789X")).Draw(t, "digit")
		if _, err := ParseCitizenNumber(string(b)); (err == nil) != (string(b) == full) {
			t.Fatalf("%s for %s: %v", b, full, err)
		}
		// … and every exchange of two neighbours.
		b = []byte(full)
		i = rapid.IntRange(0, 16).Draw(t, "swap")
		b[i], b[i+1] = b[i+1], b[i]
		if _, err := ParseCitizenNumber(string(b)); (err == nil) != (string(b) == full) {
			t.Fatalf("%s for %s: %v", b, full, err)
		}
	})
}

func TestAnErrorNeverRepeatsTheNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(someCitizen(t))
		for range rapid.IntRange(1, 3).Draw(t, "slips") {
			b[rapid.IntRange(0, 17).Draw(t, "at")] = rapid.SampledFrom([]byte("0123456789XA")).Draw(t, "to")
		}
		_, err := ParseCitizenNumber(string(b))
		if err == nil {
			return
		}
		for i := 0; i+4 <= len(b); i++ {
			if strings.Contains(err.Error(), string(b[i:i+4])) {
				t.Fatalf("%v repeats %s", err, b[i:i+4])
			}
		}
	})
}

func TestBirthAfterTodayAndAge(t *testing.T) {
	body := "43119920240229001"
	n, err := ParseCitizenNumber(body + string(citizenCheck(body)))
	if err != nil {
		t.Fatal(err)
	}
	if n.BornAfter(2024, 2, 29) || !n.BornAfter(2024, 2, 28) {
		t.Error("the day of birth itself is not in the future, the day before is")
	}
	if err := n.CheckBorn(2023, 12, 31); err == nil || !strings.Contains(err.Error(), "晚于今天") {
		t.Error(err)
	}
	for _, c := range []struct {
		y    int
		m    time.Month
		d    int
		want int
	}{{2024, 2, 29, 0}, {2025, 2, 28, 0}, {2025, 3, 1, 1}, {2042, 2, 28, 17}, {2042, 3, 1, 18}, {2044, 2, 29, 20}} {
		if got := n.AgeOn(c.y, c.m, c.d); got != c.want {
			t.Errorf("age on %d-%d-%d = %d, want %d", c.y, c.m, c.d, got, c.want)
		}
	}
}

// leaks prints v in every way a careless program might.
func leaks(v any) []string {
	var out []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U", "%t", "%e", "%o", "%b", "%p", "%30v", "%-.30q", "%z"} {
		out = append(out, fmt.Sprintf(verb, v))
	}
	out = append(out, fmt.Sprint(v), fmt.Sprintln(v, &v), fmt.Errorf("x: %v", v).Error())
	j, _ := json.Marshal(v)
	out = append(out, string(j))
	var text, js bytes.Buffer
	slog.New(slog.NewTextHandler(&text, nil)).Info("x", "v", v, slog.Group("g", "v", v))
	slog.New(slog.NewJSONHandler(&js, nil)).Info("x", "v", v, slog.Group("g", "v", v))
	return append(out, text.String(), js.String())
}

func TestPersonalNumbersNeverPrintInFull(t *testing.T) {
	n, err := ParseCitizenNumber("431127199003070010")
	if err != nil {
		t.Fatal(err)
	}
	p, err := ParsePhone("13812345678")
	if err != nil {
		t.Fatal(err)
	}
	l, err := ParsePhone("0746-2345678")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCredential(Passport, "E12345678")
	if err != nil {
		t.Fatal(err)
	}
	type hidden struct {
		n *CitizenNumber
		m CitizenNumber
		p Phone
		c Credential
		l []Phone
	}
	type shown struct {
		N CitizenNumber
		P Phone
		C Credential
		L map[string]Phone
	}
	for _, v := range []any{n, &n, p, l, c, []CitizenNumber{n}, map[CitizenNumber]Phone{n: p},
		hidden{&n, n, p, c, []Phone{l}}, &hidden{&n, n, p, c, []Phone{l}}, shown{n, p, c, map[string]Phone{"": l}}} {
		for _, out := range leaks(v) {
			for _, secret := range []string{"19900307", "3070010", "12345678", "E1234", "23456", fmt.Sprintf("%x", "19900307"), fmt.Sprintf("%X", "12345")} {
				if strings.Contains(out, secret) {
					t.Errorf("%T printed as %s", v, out)
				}
			}
		}
	}
	if got := fmt.Sprint(n, p, l, c); got != "431127********0010 138****5678 0746-****678 E1*****78" {
		t.Error(got)
	}
	var zero CitizenNumber
	if got := fmt.Sprint(zero, Phone{}, Credential{}); strings.TrimSpace(got) != "" || !zero.IsZero() {
		t.Errorf("zero values print %q", got)
	}
	if m, _ := ParseCitizenNumber("431127 19900307 0010"); m != n {
		t.Error("the same number is not equal")
	}
}

func FuzzParseCitizenNumber(f *testing.F) {
	for _, s := range []string{"11010519491231002X", "431127199003070010", "１１０", "", "9\xff", "81000019491231002X"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ImportCitizenNumber(s)
		if err != nil {
			if !n.IsZero() {
				t.Fatal("an error came with a number")
			}
			return
		}
		if again, err := ParseCitizenNumber(n.Full()); err != nil || again != n {
			t.Fatalf("the full number does not parse: %v", err)
		}
		if y, m, d := n.Born(); time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Day() != d {
			t.Fatal("impossible birth date")
		}
	})
}
