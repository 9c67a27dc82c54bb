package material

import (
	"context"
	"embed"
	"errors"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/flow"
	"tongban/kernel/pack"
	"tongban/kernel/web"
	"tongban/rules/catalogue"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Reader says whether the viewer may see the pieces of a group: nil for yes. A module that knows nothing of the group answers an error; whoever is refused by
// all is told that there is no such file.
type Reader func(ctx context.Context, v *db.View, group string) error

// Module keeps the pieces.
type Module struct {
	k       *app.Kernel
	readers []Reader
}

// New makes the module.
func New(k *app.Kernel) *Module { return &Module{k: k} }

// AllowReaders adds those who may see files. It is called while the product is put together, never later.
func (m *Module) AllowReaders(r Reader) { m.readers = append(m.readers, r) }

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "material", Title: "材料",
		Schema:   db.Schema{Name: "material", Files: migrations},
		Sections: Sections(),
		Validate: Check,
		Objects:  objects(),
		Routes: []web.Route{
			web.Page("/files/{id}", authz.Anyone, m.serveFile),
			web.Page("/u/{token}", authz.Anyone, m.showPhone),
			web.Upload("/u/{token}", authz.Anyone, maxUpload, m.postPhone),
		},
		Invariants: invariants(),
		Flows:      []func() flow.Picture{moves().Picture},
	}
}

// Check says what keeps the material types of an edition from being published.
func Check(ed *pack.Edition) []pack.Finding {
	var found []pack.Finding
	used := map[string]bool{}
	for _, i := range catalogue.Items(ed) {
		for _, n := range i.Materials {
			used[n.Type] = true
		}
	}
	for _, t := range pack.All[Type](ed, KindType) {
		report := func(severity pack.Severity, path, message, remedy string) {
			found = append(found, pack.Finding{File: KindType + "/" + t.Code, Path: path, Severity: severity, Message: message, Remedy: remedy})
		}
		for _, a := range t.Accept {
			if a != "jpg" && a != "png" && a != "pdf" {
				report(pack.Error, "accept", "不收 "+a+" 格式的文件", "只能写 jpg、png、pdf")
			}
		}
		if !used[t.Code] {
			report(pack.Warn, "code", "没有事项用到这种材料", "删去，或在事项里引用")
		}
	}
	return found
}

// mayRead asks the modules above whether the viewer may see the group.
func (m *Module) mayRead(ctx context.Context, v *db.View, group string) error {
	err := errors.New("material: nobody vouches for the viewer")
	for _, r := range m.readers {
		if err = r(ctx, v, group); err == nil {
			return nil
		}
	}
	return err
}
