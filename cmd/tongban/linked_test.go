package main

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/rules/catalogue"
)

// vocabulary is the part of schema.org that we speak: which properties a type has. It is written down from schema.org, not from our code.
var vocabulary = map[string]string{
	"GovernmentService":      "name alternateName description url serviceType serviceOperator availableChannel areaServed audience serviceOutput isRelatedTo",
	"GovernmentOrganization": "name url telephone",
	"ServiceChannel":         "serviceUrl availableLanguage servicePhone serviceLocation",
	"ContactPoint":           "telephone",
	"GovernmentOffice":       "name address",
	"AdministrativeArea":     "name",
	"Audience":               "audienceType",
	"Permit":                 "name",
}

func TestItemsAndThingsSayWhatTheyAreInTheWordsOfSchemaOrg(t *testing.T) {
	kt, _ := house(t, db.SQLite)
	ed := kt.Library.Current()
	var pages []string
	for _, i := range catalogue.Items(ed) {
		pages = append(pages, "/items/"+i.Code)
	}
	for _, b := range catalogue.Bundles(ed) {
		pages = append(pages, "/events/"+b.Code)
	}
	block := regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`)
	leads := map[string]bool{}
	for _, path := range pages {
		a := kt.Get(path, kerneltest.Nobody).Is(200)
		found := block.FindAllStringSubmatch(a.Body, -1)
		if len(found) != 1 {
			t.Errorf("%s has %d blocks", path, len(found))
			continue
		}
		var d map[string]any
		if err := json.Unmarshal([]byte(found[0][1]), &d); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if d["@context"] != "https://schema.org" || d["@type"] != "GovernmentService" || d["name"] == "" || !strings.HasSuffix(d["@id"].(string), path) {
			t.Errorf("%s: %v", path, d)
		}
		delete(d, "@context")
		speaks(t, path, d, leads)
	}
	for address := range leads {
		u, err := url.Parse(address)
		if err != nil || !u.IsAbs() {
			t.Errorf("%q is no address", address)
			continue
		}
		if a := kt.Get(u.RequestURI(), kerneltest.Nobody); a.Status != 200 && a.Status != 303 { // where nothing is to be asked, the questions lead on
			t.Errorf("%s answers %d", address, a.Status)
		}
	}
	t.Logf("%d pages, %d addresses", len(pages), len(leads))
}

// speaks holds a node and what is within it to the vocabulary, and collects where it leads.
func speaks(t *testing.T, path string, node any, leads map[string]bool) {
	t.Helper()
	switch x := node.(type) {
	case []any:
		if len(x) == 0 {
			t.Errorf("%s: an empty list", path)
		}
		for _, one := range x {
			speaks(t, path, one, leads)
		}
	case map[string]any:
		kind, _ := x["@type"].(string)
		words, known := vocabulary[kind]
		if !known {
			t.Errorf("%s: schema.org has no %q that we know", path, kind)
		}
		for name, value := range x {
			if text, is := value.(string); is && strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s of %s is empty", path, name, kind)
			}
			switch {
			case name == "@type":
			case name == "@id", name == "url", name == "serviceUrl":
				leads[value.(string)] = true
			case !strings.Contains(" "+words+" ", " "+name+" "):
				t.Errorf("%s: %s has no property %s", path, kind, name)
			default:
				speaks(t, path, value, leads)
			}
		}
	}
}
