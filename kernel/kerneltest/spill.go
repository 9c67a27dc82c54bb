package kerneltest

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"tongban/kernel/authz"
	"tongban/kernel/logging"
)

// Listen lets f hear every answer that goes out from now on.
func (kt *Kit) Listen(f func(who authz.Actor, r *http.Request, a *Answer)) {
	kt.hears = append(kt.hears, f)
}

// Spilt lists full citizen and mobile numbers (I21) that stand where none may stand for anybody: in the address that was asked, where the
// answer leads, in links and titles of a page, in names and cells of a file to take away.
func Spilt(a *Answer) []string {
	var out []string
	see := func(where, text string) {
		if plain, err := url.QueryUnescape(text); err == nil {
			text = plain
		}
		for _, n := range logging.Full(text) {
			out = append(out, where+": "+n)
		}
	}
	see("address", a.Path)
	for _, name := range []string{"Location", "Content-Disposition", "Link", "Refresh"} {
		see(name, a.Header.Get(name))
	}
	if a.root != nil {
		for n := range a.root.Descendants() {
			if n.Type != html.ElementNode {
				continue
			}
			if n.Data == "title" || n.Data == "h1" {
				see(n.Data, Text(n))
			}
			for _, attr := range n.Attr {
				switch attr.Key {
				case "href", "src", "action", "formaction", "title", "id", "data-url":
					see("<"+n.Data+" "+attr.Key+">", attr.Val)
				}
			}
		}
		return out
	}
	switch kind := a.Header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "text/csv"):
		see("cells", a.Body)
	case strings.Contains(kind, "spreadsheetml"):
		sheet, err := zip.NewReader(bytes.NewReader([]byte(a.Body)), int64(len(a.Body)))
		if err != nil {
			return append(out, "a workbook that does not open: "+err.Error())
		}
		for _, f := range sheet.File {
			part, err := f.Open()
			if err != nil {
				return append(out, err.Error())
			}
			text, _ := io.ReadAll(io.LimitReader(part, 64<<20))
			see("cells", string(text))
		}
	}
	return out
}
