package agenda_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"tongban/base/agenda"
)

// The calendar is read here by RFC 5545, not by our own writer: lines end with CRLF, none is longer than 75 octets, what was folded is whole
// again, and every component closes.
func TestACalendarIsOneByTheStandard(t *testing.T) {
	due := time.Date(2026, 12, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))
	text := agenda.Calendar("待办", []agenda.Entry{
		{UID: "a@tongban", Summary: "到期：" + strings.Repeat("食品经营许可，新办;变更\\注销", 9), URL: "https://zw.nanling.example/w/cases/TB1", Due: due},
		{UID: "b@tongban", Summary: "两行\n字", URL: "https://zw.nanling.example/", Due: due},
	}, due)
	if !strings.HasSuffix(text, "\r\n") || strings.Count(text, "\n") != strings.Count(text, "\r\n") {
		t.Error("lines do not end with CRLF")
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) {
			t.Errorf("%d octets: %q", len(line), line)
		}
	}
	whole := strings.ReplaceAll(text, "\r\n ", "")
	var open []string
	values := map[string][]string{}
	for line := range strings.SplitSeq(strings.TrimSuffix(whole, "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			t.Errorf("%q is no property", line)
		}
		switch name {
		case "BEGIN":
			open = append(open, value)
		case "END":
			if len(open) == 0 || open[len(open)-1] != value {
				t.Fatalf("%s closes %v", value, open)
			}
			open = open[:len(open)-1]
		}
		values[name] = append(values[name], value)
	}
	if len(open) != 0 || len(values["UID"]) != 2 || len(values["DTSTAMP"]) != 2 {
		t.Errorf("%v %v", open, values)
	}
	if values["DTSTART"][0] != "20261130T160000Z" {
		t.Error(values["DTSTART"])
	}
	unescaped := strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n")
	if got := unescaped.Replace(values["SUMMARY"][0]); got != "到期："+strings.Repeat("食品经营许可，新办;变更\\注销", 9) {
		t.Error(got)
	}
	if got := unescaped.Replace(values["SUMMARY"][1]); got != "两行\n字" {
		t.Error(got)
	}
}
