package kerneltest_test

import (
	"strings"
	"testing"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/web"
)

type (
	nothing  struct{}
	shelfOut struct {
		Body struct {
			Books int `json:"books" doc:"几本" example:"3"`
		}
	}
	mute struct {
		Body struct {
			Books int `json:"books"`
		}
	}
	silent struct {
		Body struct {
			Title string `json:"title" doc:"书名"`
		}
	}
	slip struct {
		ID   string `path:"id" doc:"哪一本" example:"1"`
		Body struct {
			Note string `json:"note" doc:"写什么" example:"好"`
		}
	}
)

func books(*web.Request, *nothing) (*shelfOut, error) { return &shelfOut{}, nil }

func TestEveryBreachOfTheContractIsSeen(t *testing.T) {
	raw := web.Page("/api/v1/raw", authz.Anyone, func(w *web.Response, r *web.Request) error { return show(w, "") })
	for want, route := range map[string]web.Route{
		"stands not in the document":       raw,
		"no summary, description or group": web.API("GET", "/api/v1/shelf", authz.Anyone, "看", books),
		"has no description":               web.API("GET", "/api/v1/shelf", authz.Anyone, "看", func(*web.Request, *nothing) (*mute, error) { return &mute{}, nil }).In("书").Saying("看书。"),
		"has no example":                   web.API("GET", "/api/v1/shelf", authz.Anyone, "看", func(*web.Request, *nothing) (*silent, error) { return &silent{}, nil }).In("书").Saying("看书。"),
		"breaks OpenAPI 3.1": web.API("GET", "/api/v1/shelf", authz.Anyone, "看", func(*web.Request, *struct {
			Shelf string `path:"shelf" doc:"哪一架" example:"1"`
		}) (*shelfOut, error) {
			return &shelfOut{}, nil
		}).In("书").Saying("看书。"),
		"no description or example": web.API("GET", "/api/v1/shelf/{id}", authz.Anyone, "看", func(*web.Request, *struct {
			ID string `path:"id"`
		}) (*shelfOut, error) {
			return &shelfOut{}, nil
		}).In("书").Saying("看书。"),
	} {
		kt := kerneltest.New(t, db.SQLite, func(k *app.Kernel) []app.Module { return []app.Module{&wrong{good{k}, route}} })
		if found := strings.Join(kt.Breaches(), "\n"); !strings.Contains(found, want) {
			t.Errorf("%q was not seen: %s", want, found)
		}
	}
}

// An answer that breaks the document fails the test that asked; so does one that takes what must be refused.
func TestTheBatteryOfTheAPICanFail(t *testing.T) {
	var k *app.Kernel
	put := func(r *web.Request, key string) error {
		_, err := k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "shelf.put", Now: r.Now, Key: key}, func(tx *db.Tx) error { tx.Record("book", "1", "", "", nil); return nil })
		return err
	}
	for rule, route := range map[string]web.Route{
		"unknown-id": web.API("POST", "/api/v1/shelf/{id}", permWrite, "放", func(r *web.Request, _ *slip) (*shelfOut, error) {
			return &shelfOut{}, put(r, "")
		}).In("书").Saying("放书。"),
		"no-once": web.API("POST", "/api/v1/shelf/{id}", permWrite, "放", func(r *web.Request, _ *slip) (*shelfOut, error) {
			_, err := web.Do(r, "shelf.put", func(tx *db.Tx) (nothing, error) { tx.Record("book", "1", "", "", nil); return nothing{}, nil })
			return &shelfOut{}, err
		}).In("书").Saying("放书。"),
		"server-error": web.API("POST", "/api/v1/shelf/{id}", permWrite, "放", func(r *web.Request, in *slip) (*shelfOut, error) {
			panic(in.Body.Note)
		}).In("书").Saying("放书。"),
	} {
		kt := kerneltest.New(t, db.SQLite, func(kernel *app.Kernel) []app.Module {
			k = kernel
			return []app.Module{&wrong{good{kernel}, route}}
		})
		if rule == "no-once" {
			kt.GiveKeys()
		}
		seen := false
		for _, f := range kt.Walk().Findings {
			seen = seen || f.Rule == rule
		}
		if !seen {
			t.Errorf("the battery missed %s", rule)
		}
	}
}
