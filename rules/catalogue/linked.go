package catalogue

import (
	"strings"

	"tongban/base/org"
	"tongban/base/servicepoint"
	"tongban/kernel/pack"
	"tongban/kernel/web"
	"tongban/ui"
)

// Linked is an item in the words of schema.org (GovernmentService).
func (i Item) Linked(r *web.Request, ed *pack.Edition) ui.LinkedData {
	d := service(r, ed, "/items/"+i.Code, i.Name, i.Unit, i.Aliases, i.Windows, i.Phone)
	d["serviceType"] = KindName(i.Kind)
	var audience []ui.LinkedData
	for _, s := range i.Subjects {
		audience = append(audience, ui.LinkedData{"@type": "Audience", "audienceType": subjectName(s)})
	}
	if len(audience) > 0 {
		d["audience"] = audience
	}
	if i.Result.Name != "" {
		d["serviceOutput"] = ui.LinkedData{"@type": "Permit", "name": i.Result.Name}
	}
	return d
}

// Linked is a thing in the words of schema.org, with the items it may need.
func (b Bundle) Linked(r *web.Request, ed *pack.Edition) ui.LinkedData {
	d := service(r, ed, "/events/"+b.Code, b.Name, b.Lead, b.Aliases, b.Windows, "")
	d["description"] = b.Summary
	var parts []ui.LinkedData
	for _, p := range b.Parts {
		if i, ok := pack.Find[Item](ed, KindItem, p.Item); ok {
			at := r.BaseURL() + "/items/" + i.Code
			parts = append(parts, ui.LinkedData{"@type": "GovernmentService", "@id": at, "name": i.Name, "url": at})
		}
	}
	d["isRelatedTo"] = parts
	return d
}

// service is what items and things have in common.
func service(r *web.Request, ed *pack.Edition, path, name, unit string, aliases, windows []string, phone string) ui.LinkedData {
	at := r.BaseURL() + path
	operator := ui.LinkedData{"@type": "GovernmentOrganization", "name": unit}
	if u, ok := pack.Find[org.Unit](ed, org.Kind, unit); ok {
		operator = ui.LinkedData{"@type": "GovernmentOrganization", "@id": r.BaseURL() + "/units/" + u.Code, "name": u.Name, "url": r.BaseURL() + "/units/" + u.Code}
		if u.Phone != "" {
			operator["telephone"] = u.Phone
		}
	}
	online := ui.LinkedData{"@type": "ServiceChannel", "serviceUrl": at + "/ask", "availableLanguage": "zh-CN"}
	if phone != "" {
		online["servicePhone"] = ui.LinkedData{"@type": "ContactPoint", "telephone": phone}
	}
	channels := []ui.LinkedData{online}
	seen := map[string]bool{}
	for _, w := range windows {
		code, _, _ := strings.Cut(w, "/")
		if seen[code] {
			continue
		}
		seen[code] = true
		if p, ok := pack.Find[servicepoint.Point](ed, servicepoint.Kind, code); ok {
			channels = append(channels, ui.LinkedData{"@type": "ServiceChannel", "serviceLocation": ui.LinkedData{"@type": "GovernmentOffice", "name": p.Name, "address": p.Address}})
		}
	}
	d := ui.LinkedData{"@context": "https://schema.org", "@type": "GovernmentService", "@id": at, "url": at, "name": name, "serviceOperator": operator, "availableChannel": channels,
		"areaServed": ui.LinkedData{"@type": "AdministrativeArea", "name": ed.Meta.Title}}
	if len(aliases) > 0 {
		d["alternateName"] = aliases
	}
	return d
}
