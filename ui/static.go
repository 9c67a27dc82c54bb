package ui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

//go:embed static/tb.css static/tb.js static/seal.svg static/LICENSES
var files embed.FS

// asset is one file as it is sent.
type asset struct {
	url, kind   string
	body, zbody []byte
}

// assets are fixed at build time and never change while the program runs.
var assets = loadAssets()

func loadAssets() map[string]asset {
	all := map[string]asset{}
	for name, kind := range map[string]string{"tb.css": "text/css; charset=utf-8", "tb.js": "text/javascript; charset=utf-8", "seal.svg": "image/svg+xml", "LICENSES": "text/plain; charset=utf-8"} {
		body, err := files.ReadFile("static/" + name)
		if err != nil {
			panic(err) // embedded by the compiler; cannot be missing
		}
		sum := sha256.Sum256(body)
		stem, ext, _ := strings.Cut(name, ".")
		url := "/static/" + stem + "." + hex.EncodeToString(sum[:4])
		if ext != "" {
			url += "." + ext
		}
		var z bytes.Buffer
		w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression)
		_, _ = w.Write(body) // into memory
		_ = w.Close()
		all[name] = asset{url, kind, body, z.Bytes()}
	}
	return all
}

// Asset is the address of an embedded file with its hash in the name, such as /static/tb.1a2b3c4d.css.
// Unknown names give /static/ and the name, which answers 404.
func Asset(name string) string {
	if a, ok := assets[name]; ok {
		return a.url
	}
	return "/static/" + name
}

// StaticHandler serves the embedded files under /static/. Names carry a hash, so browsers may keep them for ever.
func StaticHandler() http.Handler {
	byURL := map[string]asset{}
	for _, a := range assets {
		byURL[a.url] = a
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := byURL[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		h.Set("X-Content-Type-Options", "nosniff")
		body := a.body
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = a.zbody
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	})
}
