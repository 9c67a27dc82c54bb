package agenda

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is a deadline in a calendar.
type Entry struct {
	UID     string
	Summary string
	URL     string
	Due     time.Time // first instant that is too late
}

// Calendar writes entries as a calendar (RFC 5545). stamp is when it was written.
func Calendar(name string, entries []Entry, stamp time.Time) string {
	var b strings.Builder
	line := func(s string) { b.WriteString(fold(s)) }
	line("BEGIN:VCALENDAR")
	line("VERSION:2.0")
	line("PRODID:-//tongban//agenda//ZH")
	line("CALSCALE:GREGORIAN")
	line("METHOD:PUBLISH")
	line("X-WR-CALNAME:" + escape(name))
	line("REFRESH-INTERVAL;VALUE=DURATION:PT1H")
	for _, e := range entries {
		line("BEGIN:VEVENT")
		line("UID:" + e.UID)
		line("DTSTAMP:" + utc(stamp))
		line("DTSTART:" + utc(e.Due))
		line("SUMMARY:" + escape(e.Summary))
		line("URL:" + e.URL)
		line("TRANSP:TRANSPARENT") // a deadline occupies nobody
		line("END:VEVENT")
	}
	line("END:VCALENDAR")
	return b.String()
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// escape writes a text value (RFC 5545 §3.3.11).
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", "").Replace(s)
}

// fold breaks a line so that none is longer than 75 octets, never within a character, and ends it (RFC 5545 §3.1).
func fold(s string) string {
	var b strings.Builder
	room := 75
	for len(s) > room {
		at := room
		for !utf8.RuneStart(s[at]) {
			at--
		}
		b.WriteString(s[:at] + "\r\n ")
		s, room = s[at:], 74 // the space counts
	}
	return b.String() + s + "\r\n"
}
