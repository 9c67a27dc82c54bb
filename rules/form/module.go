package form

import (
	"embed"

	"tongban/base/party"
	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/pack"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Module keeps the values of forms.
type Module struct {
	k          *app.Kernel
	prefillers map[string][]Prefiller
}

// New makes the module. It fills from the party's own record and from earlier submissions by itself; higher modules add their sources by [Module.AddPrefiller].
func New(k *app.Kernel) *Module {
	m := &Module{k: k, prefillers: map[string][]Prefiller{}}
	self := partyRecord{party.New(k)}
	m.AddPrefiller("account", self)
	m.AddPrefiller("party", self)
	m.AddPrefiller("earlier", earlier{m})
	return m
}

// Manifest implements app.Module.
func (m *Module) Manifest() app.Manifest {
	return app.Manifest{
		Name: "form", Title: "表单",
		Schema: db.Schema{Name: "form", Files: migrations},
		Sealed: []app.Sealed{
			{Table: "form_value", Key: []string{"group_id", "element"}, Column: "text", Purpose: sealed, Where: "sealed"},
			{Table: "form_value", Key: []string{"group_id", "element"}, Column: "original", Purpose: sealed, Where: "sealed"},
		},
		Sections:   Sections(),
		Validate:   Check,
		Invariants: invariants(),
	}
}

// Check says what keeps the data elements of an edition from being published.
func Check(ed *pack.Edition) []pack.Finding {
	var found []pack.Finding
	for _, e := range pack.All[Element](ed, KindElement) {
		report := func(path, message, remedy string) {
			found = append(found, pack.Finding{File: KindElement + "/" + e.Code, Path: path, Severity: pack.Error, Message: message, Remedy: remedy})
		}
		switch e.Kind {
		case Text, LongText, Name, CitizenNumber, CreditCode, Phone, Day, Money, Area, Count, YesNo, Region, Address:
		case Select:
			if len(e.Options) == 0 {
				report("options", "选择项没有选项", "写上可选的值")
			}
		default:
			report("kind", "不认识的类型 "+string(e.Kind), "改成 text、day、money、area 等")
		}
		if (e.Kind == CitizenNumber || e.Kind == Phone) && !e.Personal {
			report("personal", "身份号码和电话是个人信息，必须加密保存", "写上 personal: true")
		}
	}
	return found
}
