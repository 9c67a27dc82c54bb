package bundle

import (
	"crypto/rand"
	"encoding/base64"

	"tongban/kernel/authz"
	"tongban/kernel/file"
	"tongban/kernel/web"
	"tongban/ui"
)

// maxUpload bounds one posted page of materials: several photos at once.
const maxUpload = 6 * file.MaxBytes

func (m *Module) routes() []web.Route {
	var out []web.Route
	for _, place := range []string{"/events/{slug}/apply", "/items/{code}/apply"} {
		out = append(out,
			web.Page(place, authz.Anyone, m.showStart),
			web.Form(place, authz.Anyone, m.postStart),
			web.Page(place+"/{step}", authz.Anyone, m.showStep),
			web.Form(place+"/{step}", authz.Anyone, m.postStep),
			web.Upload(place+"/materials", authz.Anyone, maxUpload, m.postMaterials),
			web.Page(place+"/materials/phone", authz.Anyone, m.showPhoneCode),
			web.Page(place+"/materials/reuse", authz.SignedIn, m.showReuse),
			web.Form(place+"/materials/reuse", authz.SignedIn, m.postReuse),
		)
	}
	return append(out,
		web.Page("/check/{draft}", authz.Anyone, m.showCheck),
		web.Form("/check/{draft}", authz.Anyone, m.postCheck),
	)
}

// frame is the frame of this module's public pages.
func frame(title string, crumbs ...ui.Link) ui.PublicPage {
	trail := append([]ui.Link{{Label: "首页", URL: "/"}}, crumbs...)
	return ui.PublicPage{Page: ui.Page{Title: title, Crumbs: append(trail, ui.Link{Label: title})}}
}

// Names in the session.
const (
	sessionProof = "bundle.proof"
	sessionDraft = "bundle.draft."
)

// proof is what this session keeps of a guest's drafts.
func proof(r *web.Request) Proof { return Proof(r.Recall(sessionProof)) }

// newProof gives the session a proof, once.
func newProof(r *web.Request) Proof {
	if p := proof(r); p != "" {
		return p
	}
	raw := make([]byte, 24)
	rand.Read(raw)
	p := base64.RawURLEncoding.EncodeToString(raw)
	r.Remember(sessionProof, p)
	return Proof(p)
}
