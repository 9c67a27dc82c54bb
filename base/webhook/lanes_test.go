package webhook_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"tongban/base/webhook"
)

// A receiver that takes its time keeps two jobs busy, however many messages wait for it. Everybody else hears at once; and when it answers
// at last, it gets all there is, once.
func TestASlowReceiverKeepsNobodyWaiting(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		const messages = 40
		release := make(chan struct{})
		slow := listen(t, func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		})
		quick := listen(t, nil)
		c.subscribe(c.near, slow.URL, "sha256")
		c.subscribe(c.near, quick.URL, "sha256")
		for n := range messages {
			c.grind(fmt.Sprint("TB", n), "bureau", "")
		}
		c.Work(func() bool { return len(quick.all()) == messages })
		if n := len(slow.all()); n > 2 {
			t.Errorf("the slow receiver has %d messages in hand at once", n)
		}
		close(release)
		if err := c.m.Sweep(c.Ctx); err != nil {
			t.Fatal(err)
		}
		c.Work(func() bool { return c.Count(`SELECT count(*) FROM webhook_message WHERE state = 'sent'`) == 2*messages })
		ids := map[string]int{}
		for _, g := range slow.all() {
			ids[g.header.Get("webhook-id")]++
		}
		if len(ids) != messages || len(slow.all()) != messages+2 && len(slow.all()) != messages {
			t.Errorf("%d messages under %d ids", len(slow.all()), len(ids)) // the two that it had in hand when the work stopped may come again
		}
	})
}

func TestAReceiverThatIsWellAgainGetsAtOnceWhatFailedMeanwhile(t *testing.T) {
	both(t, func(t *testing.T, c *trial) {
		broken := true
		r := listen(t, func(w http.ResponseWriter, _ *http.Request) {
			if broken {
				w.WriteHeader(http.StatusBadGateway)
			}
		})
		c.subscribe(c.near, r.URL, "sha256")
		for n := range 5 {
			c.grind(fmt.Sprint("TB", n), "bureau", "")
		}
		for range 8 { // the first of them is tried until its next try is hours away
			c.again()
			c.round()
		}
		if got := c.message(); got.State != webhook.Waiting || time.Until(got.NextAt) < time.Hour {
			t.Fatalf("%+v", got)
		}
		broken = false
		c.Tamper(`UPDATE webhook_subscription SET quiet_until = NULL`)
		c.grind("news", "bureau", "")
		c.Work(func() bool { return c.Count(`SELECT count(*) FROM webhook_message WHERE state = 'sent'`) == 6 })
	})
}
