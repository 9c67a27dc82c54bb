package material

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"strings"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/rules/material/internal/store"
)

// PhoneMinutes is how long a phone may upload for a computer before the code must be shown again.
const PhoneMinutes = 10

// Session is a phone that uploads pieces of one type for a group.
type Session struct {
	Group string
	Type  Type
	Until time.Time
	By    string // account on whose page the code was shown
}

// OpenPhone opens a session and gives the token that goes into the code (/u/{token}). The token alone opens it, so it is short-lived, tied to one type of one
// group, and stored only as a hash.
func (m *Module) OpenPhone(ctx context.Context, tx *db.Tx, group, typ string) (token string, err error) {
	if _, ok := pack.Find[Type](m.k.Library.Current(), KindType, typ); !ok {
		return "", problem.NotFound("没有“%s”这种材料", typ)
	}
	raw := make([]byte, 18)
	rand.Read(raw)
	token = base64.RawURLEncoding.EncodeToString(raw)
	q := store.New(tx)
	if err := q.SweepPhones(ctx, db.At(tx.Now.Add(-24*time.Hour))); err != nil {
		return "", err
	}
	tx.Record("material", group, "", "phone", map[string]any{"type": typ})
	return token, q.OpenPhone(ctx, store.OpenPhoneParams{TokenHash: hashed(token), GroupID: group, Type: typ, MadeAt: db.At(tx.Now),
		Until: db.At(tx.Now.Add(PhoneMinutes * time.Minute)), MadeBy: tx.Actor.ID})
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Phone finds a session by its token. One that is over is answered as gone, with the way to a new code.
func (m *Module) Phone(ctx context.Context, v *db.View, token string) (Session, error) {
	row, err := store.New(v).Phone(ctx, hashed(token))
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, problem.NotFound("这个上传码不存在").WithNext("请在电脑上重新点“用手机拍照上传”，再扫新的码。")
	}
	if err != nil {
		return Session{}, err
	}
	if !v.Now.Before(row.Until.Time) {
		return Session{}, problem.Gone("这个上传码已过期（有效 %d 分钟），已经传好的材料不受影响", PhoneMinutes).WithNext("请在电脑上重新点“用手机拍照上传”，再扫新的码。")
	}
	t, ok := pack.Find[Type](m.k.Library.Current(), KindType, row.Type)
	if !ok {
		return Session{}, problem.Gone("标准已经调整，不再收这种材料").WithNext("请回到电脑上刷新材料清单。")
	}
	return Session{Group: row.GroupID, Type: t, Until: row.Until.Time, By: row.MadeBy}, nil
}

// Receive takes the files of a posted form field: their bytes are on disk when it returns. An empty choice gives nothing. What cannot be taken is refused as a
// whole, with the name of the file that was wrong.
func (m *Module) Receive(ctx context.Context, v *db.View, form *multipart.Form, field string) ([]file.Blob, error) {
	if form == nil {
		return nil, nil
	}
	var out []file.Blob
	for _, h := range form.File[field] {
		if h.Size == 0 && h.Filename == "" {
			continue
		}
		b, err := m.receive(ctx, v, h)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

func (m *Module) receive(ctx context.Context, v *db.View, h *multipart.FileHeader) (file.Blob, error) {
	f, err := h.Open()
	if err != nil {
		return file.Blob{}, problem.Invalid("“%s”没有传完整，请重新上传", strings.TrimSpace(h.Filename)).Wrap(err)
	}
	defer f.Close()
	return m.k.Files.Receive(ctx, v, h.Filename, io.Reader(f))
}

// AttachAll hands in several received files under a type.
func (m *Module) AttachAll(ctx context.Context, tx *db.Tx, group, typ, source string, blobs []file.Blob) ([]Piece, error) {
	return m.AttachMany(ctx, tx, group, source, map[string][]file.Blob{typ: blobs})
}

// AttachMany hands in several received files under several types.
func (m *Module) AttachMany(ctx context.Context, tx *db.Tx, group, source string, given map[string][]file.Blob) ([]Piece, error) {
	all, err := m.Pieces(ctx, &tx.View, group)
	if err != nil {
		return nil, err
	}
	var out []Piece
	for _, typ := range slices.Sorted(maps.Keys(given)) {
		t, err := m.typeOf(typ)
		if err != nil {
			return nil, err
		}
		there := ofType(all, typ)
		for _, b := range given[typ] {
			o, err := file.Keep(ctx, tx, b)
			if err != nil {
				return nil, err
			}
			p, err := m.attachBeside(ctx, tx, there, t, group, o, source, "")
			if err != nil {
				return nil, err
			}
			there, out = append(slices.DeleteFunc(there, func(x Piece) bool { return x.State != Given }), p), append(out, p)
		}
	}
	return out, nil
}
