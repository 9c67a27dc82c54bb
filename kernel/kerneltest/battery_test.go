package kerneltest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/ui"
)

// good is a module that keeps every rule. It has one book, of the unit "library" and of one reader.
type good struct{ k *app.Kernel }

// book is the book if the viewer may see it.
func book(r *web.Request) error {
	if r.PathValue("id") == "0000000001" && (r.Actor.May(permRead, authz.Place{Unit: "library"}) || r.Actor.Party == "reader") {
		return nil
	}
	return problem.NotFound("没有这本书")
}

const permRead, permWrite authz.Permission = "shelf.read", "shelf.write"

func (g *good) Manifest() app.Manifest {
	return app.Manifest{Name: "shelf", Objects: []web.Object{web.KeptObject("书", `SELECT '0000000001', 'library', '', 'reader', ''`, permRead, "/shelf/{id}", "/bad/{id}"),
		web.KeptObject("失物", `SELECT '0000000002', 'library', '', '', ''`, permRead, "/lost/{id}")},
		Permissions: []authz.Definition{{Permission: permRead, Title: "看"}, {Permission: permWrite, Title: "写"}},
		Routes: []web.Route{
			web.Page("/shelf", permRead, func(w *web.Response, r *web.Request) error {
				return w.ShowDesk(ui.FormPage{Title: "书架", Form: ui.FormSpec{Action: "/shelf", Once: r.Fresh()},
					Fields:  []templ.Component{ui.Field{Name: "title", Label: "书名", Value: r.Value("title")}},
					Actions: ui.Actions{ui.Button{Label: "放上"}}})
			}),
			web.Form("/shelf", permWrite, func(w *web.Response, r *web.Request) error {
				_, err := r.Act("shelf.put", func(tx *db.Tx) error {
					if err := tx.Require(permWrite, authz.Place{Unit: r.Actor.Unit}); err != nil {
						return err
					}
					tx.Record("book", "1", "", "", nil)
					return nil
				})
				return w.After(err, "/shelf")
			}),
			web.Page("/shelf/{id}", permRead, func(w *web.Response, r *web.Request) error {
				if err := book(r); err != nil {
					return err
				}
				return show(w, "")
			}),
		}}
}

func TestHouseThatKeepsTheRulesPassesTheBattery(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) { kerneltest.Battery(t, kt) },
		func(k *app.Kernel) []app.Module { return []app.Module{&good{k}} })
}

// wrong is a module with one route that breaks a rule: the broken twin of the battery.
type wrong struct {
	good
	route web.Route
}

func (m *wrong) Manifest() app.Manifest {
	out := m.good.Manifest()
	out.Routes = append(out.Routes, m.route)
	return out
}

func show(w *web.Response, body string) error {
	return w.Show(templ.Raw(`<!DOCTYPE html><html lang="zh-CN"><head><title>页</title></head><body><h1>页</h1>` + body + `</body></html>`))
}

func TestEveryRuleOfTheBatteryCanFail(t *testing.T) {
	write := func(r *web.Request) error {
		_, err := r.Act("shelf.put", func(tx *db.Tx) error { tx.Record("book", "1", "", "", nil); return nil })
		return err
	}
	var k *app.Kernel
	var stored string
	for _, twin := range []struct {
		rule  string
		route web.Route
	}{
		{"no-login", web.Page("/bad", authz.SignedIn, func(w *web.Response, r *web.Request) error { return show(w, "") })},
		{"no-right", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error { return show(w, "") })},
		{"unknown-id", web.Page("/bad/{id}", permRead, func(w *web.Response, r *web.Request) error { return show(w, "") })},
		{"no-way-out", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error { return show(w, "<main>工作台</main>") })},
		{"server-error", web.Page("/bad/{id}", permRead, func(w *web.Response, r *web.Request) error { panic("no row") })},
		{"bad-page", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error {
			if r.Value("page") == "abc" {
				return problem.Conflict("第几页？")
			}
			return show(w, "")
		})},
		{"markup", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error { return show(w, r.Value("q")) })},
		{"markup", web.Page("/bad/{id}", permRead, func(w *web.Response, r *web.Request) error {
			return w.ShowStatus(http.StatusNotFound, templ.Raw("<p>"+r.PathValue("id")))
		})},
		{"get-writes", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error {
			if _, err := k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "shelf.peek", Now: r.Now}, func(tx *db.Tx) error { tx.Record("book", "1", "", "", nil); return nil }); err != nil {
				return err
			}
			return show(w, "")
		})},
		{"page", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error { return show(w, `<input name="x">`) })},
		{"no-once", web.Form("/bad", permWrite, func(w *web.Response, r *web.Request) error {
			_, err := k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "shelf.put", Now: r.Now}, func(tx *db.Tx) error { tx.Record("book", "1", "", "", nil); return nil })
			return w.After(err, "/shelf")
		})},
		{"unknown-id", web.Form("/bad/{id}", permWrite, func(w *web.Response, r *web.Request) error { return w.After(write(r), "/shelf") })},
		{"markup", web.Form("/bad", permWrite, func(w *web.Response, r *web.Request) error {
			if err := write(r); err != nil {
				return err
			}
			return show(w, r.PostForm.Get("note"))
		})},
		{"markup", web.Form("/bad", permWrite, func(w *web.Response, r *web.Request) error {
			if err := write(r); err != nil {
				return err
			}
			stored = r.PostForm.Get("note")
			return w.Go("/shelf")
		})},
		{"open-redirect", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error {
			http.Redirect(w, r.Request, "https://evil.example", http.StatusSeeOther)
			return nil
		})},
		{"hostile-input", web.Form("/bad", permWrite, func(w *web.Response, r *web.Request) error {
			_, _ = io.Copy(io.Discard, r.Body)
			return w.Go("/shelf")
		})},
		{"wrong-unit", web.Page("/bad/{id}", permRead, func(w *web.Response, r *web.Request) error {
			if r.PathValue("id") != "0000000001" || r.Actor.Kind == authz.Citizen {
				return book(r)
			}
			return show(w, "")
		})},
		{"wrong-citizen", web.Page("/bad/{id}", permRead, func(w *web.Response, r *web.Request) error {
			if r.PathValue("id") != "0000000001" || r.Actor.Kind == authz.Staff {
				return book(r)
			}
			return show(w, "")
		})},
		{"wrong-unit", web.Form("/bad/{id}", permWrite, func(w *web.Response, r *web.Request) error {
			if r.PathValue("id") != "0000000001" {
				return book(r)
			}
			return w.After(write(r), "/shelf")
		})},
		{"wrong-unit", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error { return show(w, "0000000001") })},
		{"owner", web.Page("/lost/{id}", permRead, func(w *web.Response, r *web.Request) error { return problem.NotFound("没有") })},
		{"unclassified", web.Page("/worse/{id}", permRead, func(w *web.Response, r *web.Request) error { return problem.NotFound("没有") })},
		{"headers", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error {
			w.Header().Del("Content-Security-Policy")
			return show(w, "")
		})},
	} {
		t.Run(twin.rule+" "+twin.route.Method, func(t *testing.T) {
			stored = ""
			kt := kerneltest.New(t, db.SQLite, func(kernel *app.Kernel) []app.Module {
				k = kernel
				m := &wrong{good{kernel}, twin.route}
				return []app.Module{m, shelf{&stored}}
			})
			if twin.rule == "no-login" || twin.rule == "no-right" {
				kt.LetEverybodyIn()
			}
			walked := kt.Walk()
			for _, f := range walked.Findings {
				if f.Rule == twin.rule {
					return
				}
			}
			t.Errorf("the battery missed it; it found %v", walked.Findings)
		})
	}
}

func TestMatrixCanFail(t *testing.T) {
	at := func(unit string) kerneltest.Holder {
		return kerneltest.Holder{Role: "reader", Actor: authz.Actor{Kind: authz.Staff, ID: "of-" + unit, Unit: unit,
			Grants: []authz.Grant{{Permissions: []authz.Permission{permRead}, Reach: authz.Reach{Units: []string{unit}}}}}}
	}
	holders := []kerneltest.Holder{at("library"), at("museum"), {Role: "nobody", Actor: kerneltest.Nobody}}
	for name, twin := range map[string]struct {
		handle web.Handler
		found  int
	}{
		"keeps the rule": {func(w *web.Response, r *web.Request) error {
			if err := book(r); err != nil {
				return err
			}
			return show(w, "")
		}, 0},
		"shows it to another unit":     {func(w *web.Response, r *web.Request) error { return show(w, "") }, 1},
		"refuses those it belongs to":  {func(w *web.Response, r *web.Request) error { return problem.NotFound("没有这本书") }, 1},
		"asks another unit for a page": {func(w *web.Response, r *web.Request) error { return problem.Invalid("第几页？") }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			kt := kerneltest.New(t, db.SQLite, func(k *app.Kernel) []app.Module {
				return []app.Module{&wrong{good{k}, web.Page("/bad/{id}", permRead, twin.handle)}}
			})
			walked, asked := kt.Weigh(holders, nil)
			if len(walked.Findings) != twin.found || asked["other unit/page"] == 0 || asked["same unit/page"] == 0 {
				t.Errorf("%v %v", walked.Findings, asked)
			}
		})
	}
}

// The siege must catch each of these within a few hundred requests, and nothing in the house that keeps the rules.
func TestSiegeCanFail(t *testing.T) {
	var k *app.Kernel
	reader := authz.Actor{Kind: authz.Staff, ID: "museum", Unit: "museum", Grants: []authz.Grant{{Permissions: []authz.Permission{permRead, permWrite}, Reach: authz.Reach{Units: []string{"museum"}}}}}
	put := func(r *web.Request) error {
		_, err := k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "shelf.put", Now: r.Now}, func(tx *db.Tx) error { tx.Record("book", "1", "", "", nil); return nil })
		return err
	}
	for _, twin := range []struct {
		rule  string
		route web.Route
	}{
		{"", web.Page("/bad/{id}", permRead, func(w *web.Response, r *web.Request) error { return book(r) })},
		{"server-error", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error {
			if strings.HasPrefix(r.Value("code"), "<") {
				panic("not a code")
			}
			return show(w, "")
		})},
		{"markup", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error { return show(w, r.Value("reason")) })},
		{"partial-write", web.Form("/bad", permRead, func(w *web.Response, r *web.Request) error {
			if err := put(r); err != nil {
				return err
			}
			return problem.Conflict("写了一半")
		})},
		{"wrong-reader", web.Page("/bad/{id}", permRead, func(w *web.Response, r *web.Request) error { return show(w, "") })},
		{"open-redirect", web.Page("/bad", permRead, func(w *web.Response, r *web.Request) error {
			http.Redirect(w, r.Request, "https://elsewhere.example/"+r.Value("id"), http.StatusSeeOther)
			return nil
		})},
		{"personal-data", web.Page("/bad", authz.Anyone, func(w *web.Response, r *web.Request) error { return show(w, "431199198501010019") })},
	} {
		t.Run(twin.rule, func(t *testing.T) {
			kt := kerneltest.New(t, db.SQLite, func(kernel *app.Kernel) []app.Module {
				k = kernel
				return []app.Module{&wrong{good{kernel}, twin.route}}
			})
			walked := kt.Besiege(kerneltest.Siege{Seed: 1, Requests: 2000, Rerun: "go test", Holders: []kerneltest.Holder{{Role: "reader", Actor: reader}, {Role: "nobody", Actor: kerneltest.Nobody}}})
			for _, f := range walked.Findings {
				if f.Rule == twin.rule && strings.Contains(f.What, "-siege.seed=1 -siege.requests=") {
					return
				}
			}
			if twin.rule != "" || len(walked.Findings) > 0 {
				t.Errorf("after %d requests: %v", walked.Requests, walked.Findings)
			}
		})
	}
}

// shelf shows what a form stored, raw.
type shelf struct{ stored *string }

func (s shelf) Manifest() app.Manifest {
	return app.Manifest{Name: "rawshelf", Routes: []web.Route{web.Page("/stored", permRead, func(w *web.Response, r *web.Request) error { return show(w, *s.stored) })}}
}

func TestPageRulesCanFail(t *testing.T) {
	const before, after = `<!DOCTYPE html><html lang="zh-CN"><head><title>页</title></head><body><h1>页</h1>`, `</body></html>`
	parse := func(s string) *html.Node {
		n, err := html.Parse(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	fine := before + `<form method="post" action="/x"><input type="hidden" name="_once" value="1"><label for="a">名</label><input id="a" name="a">
<label>数<input name="b"></label><textarea aria-label="话" name="c"></textarea><button>好</button></form><script src="/s.js"></script>` + after
	if wrong := kerneltest.Page(parse(fine)); len(wrong) != 0 {
		t.Errorf("a good page: %v", wrong)
	}
	for want, page := range map[string]string{
		"lang":        `<!DOCTYPE html><html><head><title>页</title></head><body><h1>页</h1></body></html>`,
		"title":       `<!DOCTYPE html><html lang="zh"><head></head><body><h1>页</h1></body></html>`,
		"h1":          before + `<h1>又</h1>` + after,
		"label":       before + `<input name="a">` + after,
		"<style>":     before + `<style>p{}</style>` + after,
		"<script>":    before + `<script>x()</script>` + after,
		"style attr":  before + `<p style="color:red">x</p>` + after,
		"onclick":     before + `<p onclick="x()">x</p>` + after,
		"javascript:": before + `<a href=" JavaScript:x()">x</a>` + after,
		"_once":       before + `<form method="POST" action="/x"></form>` + after,
		"twice":       before + `<p id="a"></p><p id="a"></p>` + after,
	} {
		if wrong := strings.Join(kerneltest.Page(parse(page)), "\n"); !strings.Contains(wrong, want) {
			t.Errorf("%s was not seen: %q", want, wrong)
		}
	}
}

func TestChecksOfAPieceOfAPage(t *testing.T) {
	n, err := html.Parse(strings.NewReader(`<main id="m"><ul class="list dense"><li data-x="1">一  件<b>事</b></li><li>二</li></ul></main>`))
	if err != nil {
		t.Fatal(err)
	}
	for _, ok := range []kerneltest.Check{
		kerneltest.In("main#m ul.dense", kerneltest.HasText("一 件 事"), kerneltest.Lacks("三"), kerneltest.Times("li", 2)),
		kerneltest.In("li[data-x=1]", kerneltest.HasAttr("data-x", "1")), kerneltest.In("[data-x] b"), kerneltest.In(".list.dense"),
	} {
		if wrong := ok(n); wrong != "" {
			t.Error(wrong)
		}
	}
	for _, bad := range []kerneltest.Check{
		kerneltest.In("ul.wide"), kerneltest.In("p"), kerneltest.HasText("三"), kerneltest.Lacks("二"), kerneltest.Times("li", 1), kerneltest.In("li", kerneltest.HasAttr("data-x", "2")),
	} {
		if bad(n) == "" {
			t.Error("a check cannot fail")
		}
	}
}
