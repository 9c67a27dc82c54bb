// Package web is the only door: every page, form and API call of every module passes here, where the session is read, the declared
// permission is checked, the form's key and version are taken, and whatever error comes back becomes a page in words.
package web

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tongban/kernel/authz"
)

// Handler answers one request. It parses, calls, shows, and returns its error.
type Handler func(*Response, *Request) error

// Route is one address of the product. Every route declares the permission it needs; the commands behind it check again, with the
// place.
type Route struct {
	Method     string
	Path       string // net/http pattern path
	Permission authz.Permission
	Handle     Handler
	MaxBody    int64 // bytes; 0 means the usual limit of a form
	Title      string
	Probe      string // a path that the route battery may ask for, with ids that do not exist; derived when empty
	costly     bool   // answers slowly and at length, see Costly
	API        bool   // answers JSON, errors as problem+json

	register func(huma.API, Route) // of a typed API route
	doc      doc
}

// Page is a GET route.
func Page(path string, p authz.Permission, h Handler) Route {
	return Route{Method: http.MethodGet, Path: path, Permission: p, Handle: h}
}

// Form is a POST route.
func Form(path string, p authz.Permission, h Handler) Route {
	return Route{Method: http.MethodPost, Path: path, Permission: p, Handle: h, MaxBody: usualBody}
}

// usualBody is the limit of a form in bytes.
const usualBody = 1 << 20

// Upload is a POST route that takes files of up to max bytes in all.
func Upload(path string, p authz.Permission, max int64, h Handler) Route {
	return Route{Method: http.MethodPost, Path: path, Permission: p, Handle: h, MaxBody: max}
}

// mostCostly is how many costly requests run at once in one process; pages and forms go on beside them.
const mostCostly = 2

// Costly marks a route that reads and writes thousands of rows, such as an export. Only a few run at once; who comes then is told when to
// come again, so that a hundred reports asked at once take no window's page away.
func (r Route) Costly() Route { r.costly = true; return r }

// Pattern is the route as net/http writes it.
func (r Route) Pattern() string { return r.Method + " " + r.Path }

// kind is what sort of route it is, for those who count requests.
func (r Route) kind() string {
	switch {
	case r.API:
		return "api"
	case r.Method == http.MethodGet:
		return "page"
	}
	return "form"
}

// Example is an address the route answers, its variables filled with what does not exist.
func (r Route) Example() string {
	if r.Probe != "" {
		return r.Probe
	}
	parts := strings.Split(r.Path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = "nothing-here"
			if p == "{$}" {
				parts[i] = ""
			}
		}
	}
	return strings.Join(parts, "/")
}
