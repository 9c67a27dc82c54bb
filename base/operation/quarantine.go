package operation

import (
	"context"
	"fmt"
	"net/url"

	"github.com/a-h/templ"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/web"
	"tongban/kernel/worklist"
	"tongban/ui"
)

const caught = "operation.caught"

// tellCaught puts a file with malware on the list of those who keep the county running: one task, however many files.
func (m *Module) tellCaught(ctx context.Context, tx *db.Tx, c file.Caught) error {
	return worklist.Open(ctx, tx, worklist.Task{Ref: caught, Kind: caught, Title: "上传的文件查出病毒", Note: c.Virus, Right: permOperate, URL: "/admin/quarantine"})
}

func (m *Module) showQuarantine(w *web.Response, r *web.Request) error {
	const size = 50
	files, err := file.Quarantined(r.Ctx, r.View, r.Value("before"), size+1)
	if err != nil {
		return err
	}
	list := ui.List{Title: "隔离的文件", Lead: "查出病毒的文件没有收下，内容放在数据目录的 files/quarantine 里，任何页面都打不开。需要时先交安全人员分析，再销毁。",
		Actions: []templ.Component{ui.Form(ui.FormSpec{Action: "/admin/quarantine/seen", Once: r.Fresh(), Label: "已查看", Body: ui.Button{Label: "已查看，移出待办", Kind: ui.Secondary}})},
		Empty:   ui.EmptyState{Title: "没有隔离的文件", Text: "上传的文件都没有查出病毒。"}}
	if m.k.Files.Scanner() == nil {
		list.Notice = ui.Notice{Tone: ui.Warn, Title: "没有启用病毒检查", Text: "上传的文件不查病毒就保存。装好 ClamAV 后用 --scanner 写明地址再启动，写法见运维手册。"}
	}
	if len(files) > size {
		files = files[:size]
		list.Pager.NextURL = "/admin/quarantine?" + url.Values{"before": {files[size-1].ID}}.Encode()
	}
	list.Table = ui.Table{Caption: "隔离的文件", Columns: []ui.Column{{Label: "时间", Code: true}, {Label: "文件", Main: true}, {Label: "病毒"}, {Label: "谁上传的"}, {Label: "状态"}, {Label: "办理"}},
		Rows: ui.Rows(files, func(c file.Caught) ui.Row {
			who, state, act := c.By, ui.Tag{Text: "已销毁", Tone: ui.Neutral}, templ.Component(ui.Text(""))
			if who == "" {
				who = "没有登录的访客"
			}
			if c.Held {
				state = ui.Tag{Text: "隔离中", Tone: ui.Bad}
				act = ui.Form(ui.FormSpec{Action: "/admin/quarantine/" + c.ID + "/destroy", Once: r.Fresh(), Label: "销毁", Body: ui.Button{Label: "销毁", Kind: ui.Quiet, Hidden: c.Name}})
			}
			return ui.Row{ID: c.ID, Cells: []templ.Component{ui.Text(web.Stamp(c.At)), ui.Two{Main: c.Name, Small: fmt.Sprintf("%d KB · SHA-256 %s…", (c.Size+1023)/1024, c.Hash[:12])}, ui.Text(c.Virus), ui.Text(who), state, act}}
		})}
	return w.ShowDesk(list)
}

func (m *Module) postSeenCaught(w *web.Response, r *web.Request) error {
	return w.After(m.seen(r, caught), "/admin/quarantine")
}

func (m *Module) postDestroy(w *web.Response, r *web.Request) error {
	_, err := r.Act("file.destroy", func(tx *db.Tx) error {
		if err := tx.Require(permOperate, authz.Place{}); err != nil {
			return err
		}
		return m.k.Files.Destroy(r.Ctx, tx, r.PathValue("id"))
	})
	return w.After(err, "/admin/quarantine")
}
