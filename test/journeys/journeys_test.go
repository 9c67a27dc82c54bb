// Package journeys holds the stories of the product, told in a real browser: what a citizen, a clerk, an approver and a leader do, in
// their own words.
package journeys

import (
	"os"
	"testing"

	"tongban/test/browser"
)

var stage *browser.Stage

func TestMain(m *testing.M) { os.Exit(browser.Main(m, &stage)) }
