package material_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/rules/material"
)

func picture(t *testing.T, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 4))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// counter boots the module with one reader: the owner of the group G1.
func counter(t *testing.T, engine db.Engine) (*kerneltest.Kit, *material.Module) {
	t.Helper()
	var m *material.Module
	kt := kerneltest.New(t, engine, func(k *app.Kernel) []app.Module {
		m = material.New(k)
		m.AllowReaders(func(_ context.Context, v *db.View, group string) error {
			if v.Actor.ID == "owner" && group == "G1" || v.Actor.Kind == authz.Staff {
				return nil
			}
			return errors.New("not hers")
		})
		return []app.Module{m}
	})
	kt.As(kerneltest.Clerk("steward")).Must("test.publish", func(tx *db.Tx) error {
		_, err := kt.Library.Publish(kt.Ctx, tx, content(t), "test")
		return err
	})
	return kt, m
}

func TestPhoneUploadsWithoutScriptAndTheOwnerSeesTheFile(t *testing.T) {
	kt, m := counter(t, db.SQLite)
	owner := kerneltest.Person("owner")
	var token string
	kt.As(owner).Must("test.phone", func(tx *db.Tx) (err error) { token, err = m.OpenPhone(kt.Ctx, tx, "G1", "floor-plan"); return err })
	path := "/u/" + token
	page := kt.Get(path, kerneltest.Nobody).Is(200, kerneltest.HasText("场所平面布局图"), func(n *html.Node) string { return strings.Join(kerneltest.Page(n), "; ") })
	once := url.Values(page.Values(path))
	kt.Post(path, nil, kerneltest.Nobody).Is(422, kerneltest.HasText("还没有选择照片"))
	kt.Ask(kerneltest.Upload(path, once, "file", "virus.exe", []byte("MZ not a picture")), kerneltest.Nobody).Is(422, kerneltest.HasText("virus.exe"))
	for range 2 { // a second click sends the same form again
		kt.Ask(kerneltest.Upload(path, once, "file", "平面图.png", picture(t, 9)), kerneltest.Nobody).Goes()
	}
	there, err := m.Pieces(kt.Ctx, kt.Look(), "G1")
	if err != nil || len(there) != 1 || there[0].Source != material.ByPhone || there[0].Name != "平面图.png" {
		t.Fatalf("%+v, %v", there, err)
	}
	kt.Get(path, kerneltest.Nobody).Is(200, kerneltest.HasText("已经传了 1 个文件"), kerneltest.HasText("平面图.png"))
	address := "/files/" + there[0].File
	kt.Get(address, kerneltest.Nobody).Is(404)
	kt.Get(address, kerneltest.Person("stranger")).Is(404)
	if a := kt.Get(address, owner).Is(200); a.Header.Get("Content-Type") != "image/png" || !bytes.Equal([]byte(a.Body), picture(t, 9)) {
		t.Error("the owner does not get her own picture")
	}
	kt.Post(path, url.Values{"_remove": {there[0].ID}}, kerneltest.Nobody).Goes()
	if n := kt.Count(`SELECT count(*) FROM material_piece`); n != 0 {
		t.Errorf("%d pieces left after removal", n)
	}
	kt.Move(kt.Watch.Now().Add(material.PhoneMinutes*time.Minute + time.Second))
	kt.Get(path, kerneltest.Nobody).Is(410, kerneltest.HasText("过期"))
	kt.Ask(kerneltest.Upload(path, url.Values{"_once": {"later"}}, "file", "a.png", picture(t, 9)), kerneltest.Nobody).Is(410)
}

func TestMalwareFromAPhoneIsRefusedInWordsAndTheDeskHearsOfIt(t *testing.T) {
	kt, m := counter(t, db.SQLite)
	kt.Files.Guard(kerneltest.Clamd(t), kt.DB)
	var token string
	kt.As(kerneltest.Person("owner")).Must("test.phone", func(tx *db.Tx) (err error) { token, err = m.OpenPhone(kt.Ctx, tx, "G1", "floor-plan"); return err })
	path := "/u/" + token
	once := url.Values(kt.Get(path, kerneltest.Nobody).Is(200).Values(path))
	kt.Ask(kerneltest.Upload(path, once, "file", "平面图.png", append(picture(t, 9), kerneltest.EICAR...)), kerneltest.Nobody).Is(422, kerneltest.HasText("带有病毒"), kerneltest.HasText("平面图.png"))
	if n := kt.Count(`SELECT (SELECT count(*) FROM material_piece) + (SELECT count(*) FROM file_object)`); n != 0 {
		t.Errorf("%d rows of the refused file", n)
	}
	if n := kt.Count(`SELECT count(*) FROM event_outbox WHERE name = 'file.caught'`); n != 1 {
		t.Errorf("%d events", n)
	}
	kt.Ask(kerneltest.Upload(path, once, "file", "平面图.png", picture(t, 9)), kerneltest.Nobody).Goes()
}

func TestReadingPersonalMaterialIsRecorded(t *testing.T) {
	kt, m := counter(t, db.SQLite)
	clerk := kerneltest.Clerk("clerk")
	blob, err := kt.Files.Receive(kt.Ctx, kt.Look(), "card.png", bytes.NewReader(picture(t, 5)))
	if err != nil {
		t.Fatal(err)
	}
	var card material.Piece
	kt.As(clerk).Must("test.attach", func(tx *db.Tx) error {
		all, err := m.AttachAll(kt.Ctx, tx, "G1", "id-card", material.AtCounter, blobs(blob))
		if err == nil {
			card = all[0]
		}
		return err
	})
	kt.Get("/files/"+card.File, clerk).Is(200)
	if n := kt.Count(`SELECT count(*) FROM audit_entry WHERE action = 'material.read' AND object_id = $1 AND actor_id = 'clerk'`, card.ID); n != 1 {
		t.Errorf("%d records of the reading", n)
	}
}

func TestPiecesOnBothEngines(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			kt, m := counter(t, engine)
			owner := kerneltest.Person("owner")
			for n := range 3 {
				blob, err := kt.Files.Receive(kt.Ctx, kt.Look(), "plan.png", bytes.NewReader(picture(t, 10+n)))
				if err != nil {
					t.Fatal(err)
				}
				kt.As(owner).Must("test.attach", func(tx *db.Tx) error {
					_, err := m.AttachAll(kt.Ctx, tx, "G1", "floor-plan", material.ByUpload, blobs(blob))
					return err
				})
			}
			there, err := m.Pieces(kt.Ctx, kt.Look(), "G1")
			if err != nil || len(there) != 3 {
				t.Fatalf("%d pieces, %v", len(there), err)
			}
			kt.As(owner).Must("test.return", func(tx *db.Tx) error { return m.Return(kt.Ctx, tx, there[0].ID, "看不清") })
			kt.As(owner).Must("test.assign", func(tx *db.Tx) error { return m.Assign(kt.Ctx, tx, "G1", "P1") })
			if own, err := m.Earlier(kt.Ctx, kt.Look(), "P1", "floor-plan"); err != nil || len(own) != 2 {
				t.Errorf("%d earlier pieces, %v", len(own), err)
			}
			kt.As(owner).Must("test.forget", func(tx *db.Tx) error { return m.Forget(kt.Ctx, tx, "G1") })
			if n := kt.Count(`SELECT count(*) FROM material_piece`); n != 0 {
				t.Errorf("%d pieces left", n)
			}
		})
	}
}
