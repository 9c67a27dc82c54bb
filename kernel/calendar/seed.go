package calendar

import (
	_ "embed"
	"encoding/json"
)

//go:embed seed.json
var seedJSON []byte

// Notice is the document a year's arrangement was taken from. URL is empty
// where the original was not found.
type Notice struct {
	Year  int    `json:"year"`
	Title string `json:"title"`
	URL   string `json:"url"`
}

// Seed returns the national layer 2002-2026 that comes with the program.
// 2004-2026 were taken from the npm package chinese-days 1.5.7 and 2002-2003
// from lunar-go 1.4.6 (both MIT), compared day by day; where they differed the
// text of the notice decided (2005-12-31, 2013-04-07, 2013-10-12: worked).
// Later years are imported, see [ReadICS] and [ReadJSON].
func Seed() Layer { l, _ := seed(); return l }

// Notices lists the notices behind [Seed].
func Notices() []Notice { _, n := seed(); return n }

func seed() (Layer, []Notice) {
	var f struct {
		Layer
		Notices []Notice `json:"notices"`
	}
	if err := json.Unmarshal(seedJSON, &f); err != nil {
		panic("calendar: seed.json: " + err.Error()) // embedded, tested
	}
	return f.Layer, f.Notices
}
