package chaos

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tongban/kernel/authz"
	"tongban/kernel/kerneltest"
)

// crowd opens the county in this process and lets people in through its door.
type crowd struct {
	*County
	door http.Handler
}

func newCrowd(t *testing.T, engine string, twin Twin) *crowd {
	t.Helper()
	o := Options{Data: t.TempDir(), Twin: twin}
	if engine == "postgres" {
		o.Database = kerneltest.Schema(t)
	}
	c, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.behind.Wait(); _ = c.Close() })
	return &crowd{c, c.Site().Handler()}
}

func (c *crowd) post(r request) (int, string) {
	hr := httptest.NewRequest(http.MethodPost, r.path, strings.NewReader(r.fields().Encode()))
	hr.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	c.door.ServeHTTP(w, hr)
	return w.Code, w.Body.String()
}

// together sends all at once.
func (c *crowd) together(all []request) (codes []int, bodies []string) {
	codes, bodies = make([]int, len(all)), make([]string, len(all))
	begin := make(chan struct{})
	var wg sync.WaitGroup
	for n, r := range all {
		wg.Go(func() { <-begin; codes[n], bodies[n] = c.post(r) })
	}
	close(begin)
	wg.Wait()
	return codes, bodies
}

// decideByMany lets a hundred approvers decide one application, and says what is wrong with the outcome.
func decideByMany(t *testing.T, c *crowd, n int) (wrong []string) {
	t.Helper()
	form := "form-" + strconv.Itoa(n)
	if code, body := c.post(request{path: "/take", key: form}); code != http.StatusOK {
		t.Fatalf("%d %s", code, body)
	}
	var all []request
	for i := range 100 {
		all = append(all, request{path: "/decide", key: fmt.Sprintf("decide-%d-%d", n, i), of: form, verdict: []string{"granted", "refused"}[i%2]})
	}
	codes, _ := c.together(all)
	won := 0
	for i, code := range codes {
		switch code {
		case http.StatusOK:
			won++
		case http.StatusConflict, http.StatusServiceUnavailable:
		default:
			wrong = append(wrong, fmt.Sprintf("approver %d was answered with %d", i, code))
		}
	}
	if won != 1 {
		wrong = append(wrong, fmt.Sprintf("%d of 100 approvers decided the same application", won))
	}
	return wrong
}

// numberMany lets a hundred people want the next number.
func numberMany(c *crowd, n int) (wrong []string) {
	var all []request
	for i := range 100 {
		all = append(all, request{path: "/take", key: fmt.Sprintf("many-%d-%d", n, i)})
	}
	codes, bodies := c.together(all)
	var got []int
	for i, code := range codes {
		if code == http.StatusOK {
			n, _ := strconv.Atoi(bodies[i])
			got = append(got, n)
		} else if code != http.StatusServiceUnavailable {
			wrong = append(wrong, fmt.Sprintf("contender %d was answered with %d", i, code))
		}
	}
	slices.Sort(got)
	for i := 1; i < len(got); i++ {
		if got[i] != got[i-1]+1 {
			wrong = append(wrong, fmt.Sprintf("number %d follows %d", got[i], got[i-1]))
		}
	}
	return wrong
}

// pressTwice sends one form a hundred times at once.
func pressTwice(c *crowd, n int) (wrong []string) {
	r := request{path: "/take", key: fmt.Sprintf("double-%d", n)}
	codes, bodies := c.together(slices.Repeat([]request{r}, 100))
	said := map[string]bool{}
	for i, code := range codes {
		if code == http.StatusOK {
			said[bodies[i]] = true
		} else if code != http.StatusServiceUnavailable {
			wrong = append(wrong, fmt.Sprintf("click %d was answered with %d: %.200s", i, code, bodies[i]))
		}
	}
	if len(said) != 1 {
		wrong = append(wrong, fmt.Sprintf("one form was told %d different answers", len(said)))
	}
	return wrong
}

func TestOfAHundredContendersOneWins(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s, _ := draws(t, "-rounds", fmt.Sprint(*rounds))
			c, b := newCrowd(t, engine, Sound), newBook(s)
			for n := range *rounds {
				wrong := append(append(decideByMany(t, c, n), numberMany(c, n)...), pressTwice(c, n)...)
				if len(wrong) > 0 {
					t.Fatalf("round %d: %s", n, first(wrong))
				}
			}
			if wrong := b.compareOpen(t.Context(), c.County, Sound); len(wrong) > 0 {
				t.Error(first(wrong))
			}
			t.Logf("%d rounds of 100 approvers, 100 contenders for a number, 100 clicks on one form: 0 violations", *rounds)
		})
	}
}

func TestContendersCatchTheirTwins(t *testing.T) {
	for twin, try := range map[Twin]func(*crowd, int) []string{
		ChecksThenActs:   func(c *crowd, n int) []string { return decideByMany(t, c, n) },
		CountsThenWrites: numberMany,
		Keyless: func(c *crowd, n int) []string {
			pressTwice(c, n)
			return newBook(1).compareOpen(t.Context(), c.County, Keyless)
		},
	} {
		for _, engine := range []string{"sqlite", "postgres"} {
			t.Run(string(twin)+" "+engine, func(t *testing.T) {
				c, n := newCrowd(t, engine, twin), 0
				caught(t, 10, func() []string { n++; return try(c, n) })
			})
		}
	}
}

// again marks every delivery that was made as due once more, as if its receipt had been lost on the way.
const again = `UPDATE event_delivery SET state = 'due', next_at = '2000-01-01T00:00:00.000000Z' WHERE state = 'done'`

func TestRepeatedDeliveriesAreHeardOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			s, _ := draws(t)
			c, b := newCrowd(t, engine, Sound), newBook(s)
			redeliver(t, c, "")
			if wrong := b.compareOpen(t.Context(), c.County, Sound); len(wrong) > 0 {
				t.Error(first(wrong))
			}
			// The twin: without the listeners' receipts the repetition must show.
			redeliver(t, c, `UPDATE event_delivery SET heard_at = NULL`)
			if wrong := b.compareOpen(t.Context(), c.County, Sound); len(wrong) == 0 {
				t.Error("deliveries heard twice were not seen")
			}
		})
	}
}

// redeliver lets things happen, hears of them, and lets every delivery come twice more.
func redeliver(t *testing.T, c *crowd, first string) {
	t.Helper()
	for n := range 20 {
		form := fmt.Sprintf("again-%t-%d", first == "", n)
		c.post(request{path: "/take", key: form})
		c.post(request{path: "/decide", key: "d" + form, of: form, verdict: "granted"})
	}
	for range 3 {
		if err := c.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, statement := range []string{first, again} {
			if statement == "" {
				continue
			}
			if _, err := c.DB.Writer().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	v := c.View(authz.Machine("chaos", "redeliver"))
	var parked int
	if err := v.QueryRowContext(t.Context(), `SELECT count(*) FROM event_delivery WHERE state = 'parked'`).Scan(&parked); err != nil || parked > 0 {
		t.Errorf("%d deliveries are parked, %v", parked, err)
	}
}
