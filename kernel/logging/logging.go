// Package logging writes the log as JSON lines. Values that hold personal data mask themselves (they implement slog.LogValuer);
// here a last net catches what was put into a text by mistake: 18-digit citizen numbers and 11-digit mobile numbers.
package logging

import (
	"encoding/json"
	"io"
	"log/slog"
	"regexp"
)

var (
	citizenNumber = regexp.MustCompile(`\b[1-9]\d{5}(?:19|20)\d{9}[\dXx]\b`)
	mobile        = regexp.MustCompile(`\b1[3-9]\d{9}\b`)
)

// Mask hides citizen and mobile numbers in a text.
func Mask(s string) string {
	s = citizenNumber.ReplaceAllStringFunc(s, func(n string) string { return n[:6] + "********" + n[14:] })
	return mobile.ReplaceAllStringFunc(s, func(n string) string { return n[:3] + "****" + n[7:] })
}

// New makes the logger of the product.
func New(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch v := a.Value.Any().(type) {
		case string:
			a.Value = slog.StringValue(Mask(v))
		case error:
			a.Value = slog.StringValue(Mask(v.Error()))
		default: // a list, a map, a struct: masked as a whole if anything in it must be
			if b, err := json.Marshal(v); err == nil && a.Value.Kind() == slog.KindAny && Mask(string(b)) != string(b) {
				a.Value = slog.StringValue(Mask(string(b)))
			}
		}
		return a
	}}))
}

// Full lists the citizen and mobile numbers that stand in a text in full.
func Full(s string) []string {
	return append(citizenNumber.FindAllString(s, -1), mobile.FindAllString(s, -1)...)
}
