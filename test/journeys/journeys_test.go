// Package journeys holds the stories of the product, told in a real browser: what a citizen, a clerk, an approver and a leader do, in
// their own words.
package journeys

import (
	"os"
	"testing"

	"tongban/test/browser"
)

var stage *browser.Stage

// seat is a window through which a journey is told.
type seat struct {
	name string
	view browser.View
}

// everywhere tells a journey at a desk and on a phone.
func everywhere(t *testing.T, tell func(*testing.T, browser.View)) {
	for _, v := range []seat{{"desktop", browser.Desktop}, {"phone", browser.Phone}} {
		t.Run(v.name, func(t *testing.T) { tell(t, v.view) })
	}
}

func TestMain(m *testing.M) { os.Exit(browser.Main(m, &stage)) }
