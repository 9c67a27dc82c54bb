package main

import (
	"encoding/xml"
	"io/fs"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/packs/nanling"
)

// What becomes different for people is told on a page and in a feed as soon as the edition is in force, and who published it is not.
func TestThePublicIsToldWhatChangedInItsMatters(t *testing.T) {
	kt, _ := house(t, db.SQLite)
	kt.Get("/changes", kerneltest.Nobody).Is(200, kerneltest.HasText("近来没有变化"))
	folder := fstest.MapFS{}
	err := fs.WalkDir(nanling.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(nanling.FS, name)
		folder[name] = &fstest.MapFile{Data: text}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	const file, was, is = "items/food.yaml", "promised:\n  amount: 1\n", "promised:\n  amount: 3\n"
	text := string(folder[file].Data)
	if !strings.Contains(text, was) {
		t.Fatalf("%s says otherwise now", file)
	}
	folder[file].Data = []byte(strings.Replace(text, was, is, 1))
	if err := loadPack(t.Context(), kt.Kernel, folder, "内部说明"); err != nil {
		t.Fatal(err)
	}
	kt.Get("/changes", kerneltest.Nobody).Is(200, kerneltest.HasText("3 个工作日"), kerneltest.Lacks("内部说明"))
	r := httptest.NewRequest("GET", "/changes.atom", nil)
	a := kt.Ask(r, kerneltest.Nobody)
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  struct {
			Name string `xml:"name"`
		} `xml:"author"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
			Summary string `xml:"summary"`
			Link    struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal([]byte(a.Body), &feed); err != nil || a.Status != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "application/atom+xml") {
		t.Fatalf("%d %v %v", a.Status, a.Header, err)
	}
	if feed.ID == "" || feed.Title == "" || feed.Author.Name == "" || len(feed.Entries) == 0 || strings.Contains(a.Body, "内部说明") {
		t.Fatalf("%+v", feed)
	}
	seen := map[string]bool{}
	for _, e := range feed.Entries {
		if _, err := time.Parse(time.RFC3339, e.Updated); err != nil || e.Title == "" || e.Summary == "" || seen[e.ID] || e.Updated != feed.Updated {
			t.Errorf("%+v %v", e, err)
		}
		seen[e.ID] = true
		at := strings.TrimPrefix(e.Link.Href, "http://example.com")
		kt.Get(at, kerneltest.Nobody).Is(200)
	}
}
