// Package ui is the one face of the product: tokens, layouts, components and the seven page archetypes.
//
// Everything a reader sees is a value that renders itself (it is a templ.Component): fill a struct, put it on the page.
// Containers that take children in a template are functions: Public, Desk, Kiosk, Screen, Paper, Form, Panel, Disclosure.
// Callers never write class, style, table, input or button. Every page works without script; static/tb.js only improves.
//
// The package knows nothing of cases, units or databases: texts, links and numbers come from the caller.
package ui
