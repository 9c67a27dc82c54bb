package material

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"tongban/kernel/authz"
	"tongban/kernel/calendar"
	"tongban/kernel/db"
	"tongban/kernel/document"
	"tongban/kernel/file"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/kernel/web"
	"tongban/rules/material/internal/store"
	"tongban/ui"
)

// maxUpload bounds one posted form of files: a few photos at once.
const maxUpload = 4 * file.MaxBytes

// serveFile shows a file to those for whom a module vouches. When staff open personal material the reading is recorded.
func (m *Module) serveFile(w *web.Response, r *web.Request) error {
	id := r.Value("id")
	rows, err := store.New(r.View).OfFile(r.Ctx, id)
	if err != nil {
		return err
	}
	all := pieces(rows)
	at := slices.IndexFunc(all, func(p Piece) bool { return m.mayRead(r.Ctx, r.View, p.Group) == nil })
	if at < 0 {
		return problem.NotFound("没有这个文件，或者您不能查看")
	}
	p := all[at]
	o, err := file.Find(r.Ctx, r.View, p.File)
	if err != nil {
		return err
	}
	t, known := pack.Find[Type](m.k.Library.Current(), KindType, p.Type)
	if r.Actor.Kind == authz.Staff && (t.Personal || !known) {
		if _, err := m.k.DB.Run(r.Ctx, db.Act{Actor: r.Actor, Name: "material.read", Now: r.Now}, func(tx *db.Tx) error {
			party, err := m.partyOf(r.Ctx, tx, p.Group)
			if err != nil {
				return err
			}
			return tx.Read(db.Reading{Party: party, Kind: "material", ID: p.ID, What: cmp.Or(t.Name, "一份材料"), Purpose: "办理申请", Group: p.Group})
		}); err != nil {
			return err
		}
	}
	content, err := m.k.Files.Open(o.Hash)
	if err != nil {
		return err
	}
	defer content.Close()
	return w.Download(o.Name, o.Kind.MIME(), o.At, true, content)
}

// partyOf is whose group it is; empty until it is submitted.
func (m *Module) partyOf(ctx context.Context, tx *db.Tx, group string) (string, error) {
	party, err := store.New(tx).PartyOf(ctx, group)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return party, err
}

// showPhone is the page a phone opens by scanning the code.
func (m *Module) showPhone(w *web.Response, r *web.Request) error {
	page, err := m.phonePage(r, nil)
	if err != nil {
		return err
	}
	return w.ShowPublic(framed(), page)
}

func framed() ui.PublicPage {
	return ui.PublicPage{Page: ui.Page{Title: "拍照上传", Crumbs: []ui.Link{{Label: "首页", URL: "/"}, {Label: "拍照上传"}}}}
}

func (m *Module) phonePage(r *web.Request, cause error) (templ.Component, error) {
	token := r.Value("token")
	s, err := m.Phone(r.Ctx, r.View, token)
	if err != nil {
		return nil, err
	}
	there, err := m.Pieces(r.Ctx, r.View, s.Group)
	if err != nil {
		return nil, err
	}
	there = slices.DeleteFunc(there, func(p Piece) bool { return p.Type != s.Type.Code })
	u := Uploader(s.Type, there, false)
	u.PhoneURL, u.Name, u.Hint = "", "file", s.Type.Help+"请放平拍清楚，四角都在画面里。"
	for n := range u.Files {
		u.Files[n].URL = "" // a phone that found the code may add, but sees nothing
	}
	page := ui.FormPage{Title: "拍照上传：" + s.Type.Name,
		Lead: fmt.Sprintf("拍好后点“上传”。上传码在 %s 前有效，电脑上的页面刷新后就能看到。", s.Until.In(calendar.Zone()).Format("15:04")),
		Form: ui.FormSpec{Action: "/u/" + token, Once: r.Fresh(), Files: true}, Actions: ui.Actions{ui.Button{Label: "上传"}}}
	if n := len(u.Files); n > 0 {
		page.Notice = ui.Notice{Tone: ui.OK, Title: fmt.Sprintf("已经传了 %d 个文件", n), Text: "可以接着拍下一张；传完了，回到电脑上继续。"}
	}
	if cause != nil {
		u.Error = problem.MessageFor(cause)
		page.Faults = []ui.Fault{{Field: "file", Text: u.Error}}
	}
	page.Fields = []templ.Component{u}
	return page, nil
}

func (m *Module) postPhone(w *web.Response, r *web.Request) error {
	if _, err := r.Posted(); err != nil {
		return err
	}
	token := r.Value("token")
	err := m.takeFromPhone(r, token)
	if problem.KindOf(err) == problem.KindInvalid || problem.KindOf(err) == problem.KindConflict || problem.KindOf(err) == problem.KindTooLarge {
		page, again := m.phonePage(r, err)
		if again != nil {
			return again
		}
		return w.PublicAgain(framed(), page)
	}
	return w.After(err, "/u/"+token)
}

func (m *Module) takeFromPhone(r *web.Request, token string) error {
	s, err := m.Phone(r.Ctx, r.View, token)
	if err != nil {
		return err
	}
	if id := r.PostForm.Get("_remove"); id != "" {
		_, err := r.Act("material.remove", func(tx *db.Tx) error {
			p, err := m.Find(r.Ctx, &tx.View, id)
			if err != nil {
				return err
			}
			if p.Group != s.Group || p.Type != s.Type.Code || p.Source != ByPhone {
				return problem.NotFound("没有这份材料")
			}
			return m.remove(r.Ctx, tx, p)
		})
		return err
	}
	blobs, err := m.Receive(r.Ctx, r.View, r.MultipartForm, "file")
	if err != nil {
		return err
	}
	if len(blobs) == 0 {
		return problem.Invalid("还没有选择照片，请先拍照或选择文件，再点“上传”")
	}
	_, err = r.Act("material.phone", func(tx *db.Tx) error {
		_, err := m.AttachAll(r.Ctx, tx, s.Group, s.Type.Code, ByPhone, blobs)
		return err
	})
	return err
}

// Uploader is the field in which pieces of a type are given, with those already there. Its name is the code of the type.
func Uploader(t Type, there []Piece, optional bool) ui.Upload {
	u := ui.Upload{Name: t.Code, Label: t.Name, Hint: t.Help, Optional: optional, Multiple: t.Pages != 1}
	if len(t.Accept) > 0 {
		u.Hint, u.Accept = strings.TrimSpace(t.Help+" 收 "+t.formats()+" 文件，每个不超过 "+fmt.Sprint(file.MaxBytes>>20)+" MB。"), t.endings()
	}
	for _, p := range there {
		if p.Type != t.Code || p.File == "" {
			continue
		}
		f := ui.UploadedFile{ID: p.ID, Name: p.Name, Size: size(p.Size), URL: "/files/" + p.File}
		switch p.State {
		case Returned:
			f.Status, f.Note = ui.Tag{Text: "请重新提交", Tone: ui.Bad}, p.Note
		default:
			f.Status = ui.Tag{Text: "已上传", Tone: ui.OK}
		}
		if p.Source == ByReuse {
			f.Note = "来自您以前的办件"
		}
		u.Files = append(u.Files, f)
	}
	return u
}

// formats names the kinds of files taken, for people: JPG、PDF.
func (t Type) formats() string { return strings.ToUpper(strings.Join(t.Accept, "、")) }

// endings are the kinds of files taken as a browser's file dialogue wants them.
func (t Type) endings() string {
	var out []string
	for _, kind := range t.Accept {
		out = append(out, "."+kind)
		if kind == "jpg" {
			out = append(out, ".jpeg")
		}
	}
	return strings.Join(out, ",")
}

func size(bytes int64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%d KB", bytes>>10)
	}
	return fmt.Sprintf("%d B", bytes)
}

// PhonePanel shows the code with which a phone uploads for the page; base is the address of the product.
func PhonePanel(base, token string, t Type) (ui.QR, error) {
	url := base + "/u/" + token
	svg, err := document.QRSVG(url)
	return ui.QR{SVG: svg, Label: "用手机扫码上传" + t.Name, Caption: fmt.Sprintf("用微信或相机扫码，%d 分钟内有效", PhoneMinutes), URL: url}, err
}
