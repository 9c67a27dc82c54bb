package servicepoint

// Point is a place where people are served.
type Point struct {
	Code       string    `json:"code"`
	Name       string    `json:"name"`
	Kind       string    `json:"kind"` // hall, branch, township, village, park, hospital, school, driving, bank
	Unit       string    `json:"unit"`
	Region     string    `json:"region"`
	Address    string    `json:"address"`
	Phone      string    `json:"phone"`
	Hours      []Opening `json:"hours"`
	Facilities []string  `json:"facilities"` // barrier-free and other conveniences
	Counters   []Counter `json:"counters"`
}

// Opening is one stretch of opening hours, in words where the clock is not enough.
type Opening struct {
	Season string   `json:"season"`
	From   string   `json:"from"`
	To     string   `json:"to"`
	Text   string   `json:"text"`
	Days   []int    `json:"days"`  // 1 Monday to 7 Sunday
	Times  []string `json:"times"` // 08:30-12:00
}

// Counter is a window (窗口).
type Counter struct {
	No   string `json:"no"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	Unit string `json:"unit"`
	Low  bool   `json:"low"` // a low counter for wheelchair users
	Note string `json:"note"`
}
