// Package file keeps attachments: complete, hashed and on disk before anyone is told that they arrived (F16).
//
// A file's bytes are written first, synced, and named by their hash; the command that uses them then writes the row. Bytes without
// a row are orphans and are swept after a day; a row never exists without its bytes.
package file

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // sizes before decoding
	_ "image/jpeg" // sizes before decoding
	_ "image/png"  // sizes before decoding
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tongban/kernel/db"
	"tongban/kernel/problem"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the package's table.
func Schema() db.Schema { return db.Schema{Name: "file", Files: migrations} }

// Store keeps the bytes under one directory.
type Store struct {
	dir     string
	scanner *Scanner // nil: uploads are not looked at
	db      *db.DB   // where a caught file is written down
}

// Limits of what is accepted.
const (
	MaxBytes  = 10 << 20 // of one file
	maxPixels = 60_000_000
)

// Open prepares the directory.
func Open(dir string) (*Store, error) {
	for _, d := range []string{dir, filepath.Join(dir, "incoming"), filepath.Join(dir, quarantineDir)} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("不能建立附件目录：%w", err)
		}
	}
	return &Store{dir: dir}, nil
}

// Blob is a file whose bytes are safely on disk.
type Blob struct {
	Hash string // SHA-256, hex
	Size int64
	Kind Kind
	Name string // as the uploader called it; shown, never used as a path
}

// Kind is what the bytes are, judged by the bytes.
type Kind string

const (
	JPEG Kind = "jpg"
	PNG  Kind = "png"
	PDF  Kind = "pdf"
)

// MIME is the type sent to a browser.
func (k Kind) MIME() string {
	switch k {
	case JPEG:
		return "image/jpeg"
	case PNG:
		return "image/png"
	case PDF:
		return "application/pdf"
	}
	return "application/octet-stream"
}

// Sniff judges what a file is by its first bytes. The name and the type the browser claims do not count.
func Sniff(head []byte) (Kind, bool) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return JPEG, true
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return PNG, true
	case bytes.HasPrefix(head, []byte("%PDF-1.")), bytes.HasPrefix(head, []byte("%PDF-2.")):
		return PDF, true
	}
	return "", false
}

// Receive takes the bytes of one upload by the actor of the view. What is no picture or PDF, too large, or a picture of absurd size is
// refused; malware is put in quarantine and refused. It is called outside a command: the scanner may take its time.
func (s *Store) Receive(ctx context.Context, v *db.View, name string, r io.Reader) (Blob, error) {
	name = clean(name)
	tmp, err := os.CreateTemp(filepath.Join(s.dir, "incoming"), "up-*")
	if err != nil {
		return Blob{}, noRoom(err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	sum := sha256.New()
	from := &sender{r: io.LimitReader(r, MaxBytes+1)}
	size, err := io.Copy(io.MultiWriter(tmp, sum), from)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return Blob{}, problem.TooLarge("一次上传的文件太大（最多 %d MB）。请压缩图片或分几次上传", max(1, tooLarge.Limit>>20)).Wrap(err)
	case from.err != nil:
		return Blob{}, problem.Invalid("“%s”没有传完整，可能是网络中断。请重新上传", name).Wrap(from.err)
	case err != nil:
		return Blob{}, noRoom(err)
	case size == 0:
		return Blob{}, problem.Invalid("“%s”是空文件，请重新选择", name)
	case size > MaxBytes:
		return Blob{}, problem.TooLarge("“%s”超过 %d MB，请把照片拍小一些或压缩后再传", name, MaxBytes>>20)
	}
	kind, err := s.examine(tmp, name)
	if err != nil {
		return Blob{}, err
	}
	b := Blob{Hash: hex.EncodeToString(sum.Sum(nil)), Size: size, Kind: kind, Name: name}
	if err := s.inspect(ctx, v, tmp, b); err != nil {
		return Blob{}, err
	}
	return b, s.settle(tmp, b)
}

// sender remembers whether it was the sender who failed, and not our disk.
type sender struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (s *sender) Read(b []byte) (int, error) {
	n, err := s.r.Read(b)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// examine looks at the content: its kind, and for pictures the size in pixels before anything is decoded.
func (s *Store) examine(f *os.File, name string) (Kind, error) {
	head := make([]byte, 16)
	n, _ := f.ReadAt(head, 0)
	kind, ok := Sniff(head[:n])
	if !ok {
		return "", problem.Invalid("“%s”不是 JPG、PNG 图片或 PDF 文件。请拍照或另存为 PDF 后再传", name)
	}
	if kind == PDF {
		return kind, nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	c, _, err := image.DecodeConfig(f)
	if err != nil {
		return "", problem.Invalid("“%s”打不开，可能已损坏。请重新拍照上传", name).Wrap(err)
	}
	if c.Width*c.Height > maxPixels {
		return "", problem.Invalid("“%s”的尺寸过大（%d×%d）。请用手机原相机拍照后上传", name, c.Width, c.Height)
	}
	return kind, nil
}

// settle syncs the bytes and gives them their place. Only after the directory is synced too is the file said to be there.
func (s *Store) settle(tmp *os.File, b Blob) error {
	if err := tmp.Sync(); err != nil {
		return noRoom(err)
	}
	place := s.path(b.Hash)
	switch err := os.Mkdir(filepath.Dir(place), 0o700); {
	case err == nil:
		if err := syncDir(s.dir); err != nil { // else the new folder itself may be gone after a power loss
			return err
		}
	case !errors.Is(err, fs.ErrExist):
		return noRoom(err)
	}
	if err := os.Rename(tmp.Name(), place); err != nil {
		return noRoom(err)
	}
	return syncDir(filepath.Dir(place))
}

// Put keeps bytes the product made itself, such as a signed document.
func (s *Store) Put(name string, kind Kind, content []byte) (Blob, error) {
	tmp, err := os.CreateTemp(filepath.Join(s.dir, "incoming"), "put-*")
	if err != nil {
		return Blob{}, noRoom(err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	if _, err := tmp.Write(content); err != nil {
		return Blob{}, noRoom(err)
	}
	sum := sha256.Sum256(content)
	b := Blob{Hash: hex.EncodeToString(sum[:]), Size: int64(len(content)), Kind: kind, Name: clean(name)}
	return b, s.settle(tmp, b)
}

// Open gives the bytes of a file, unless they are known to be malware, also when that became known only after they were kept.
func (s *Store) Open(hash string) (*os.File, error) {
	if len(hash) == 64 && s.caught(hash) {
		return nil, problem.Gone("这个文件查出病毒，已经隔离，不能打开").WithNext("请让申请人重新提交干净的文件。")
	}
	return s.open(hash)
}

func (s *Store) open(hash string) (*os.File, error) {
	if len(hash) != 64 || strings.Trim(hash, "0123456789abcdef") != "" {
		return nil, problem.NotFound("没有这个文件")
	}
	f, err := os.Open(s.path(hash))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.NotFound("没有这个文件")
	}
	return f, err
}

// Read gives all bytes of a file and proves that they are the ones that were kept.
func (s *Store) Read(hash string) ([]byte, error) {
	f, err := s.Open(hash)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return whole(f, hash)
}

func whole(f *os.File, hash string) ([]byte, error) {
	content, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != hash {
		return nil, fmt.Errorf("file: %s is damaged on disk", hash)
	}
	return content, nil
}

// Sweep removes bytes that no row has named for a day.
func (s *Store) Sweep(ctx context.Context, v *db.View) (removed int, err error) {
	err = filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && d.Name() == quarantineDir {
				return fs.SkipDir // only a person decides about these
			}
			return err
		}
		info, err := d.Info()
		if err != nil || time.Since(info.ModTime()) < 24*time.Hour {
			return nil
		}
		var n int
		if err := v.QueryRowContext(ctx, `SELECT count(*) FROM file_object WHERE hash = $1`, d.Name()).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return nil
		}
		gone, err := s.discard(path)
		if gone {
			removed++
		}
		return err
	})
	return removed, err
}

// discard removes old bytes, unless the same bytes were given again meanwhile: then the file at the path is a new one, and is put back.
func (s *Store) discard(path string) (gone bool, err error) {
	aside := filepath.Join(s.dir, "incoming", "swept-"+filepath.Base(path))
	if err := os.Rename(path, aside); err != nil {
		return false, err
	}
	info, err := os.Stat(aside)
	if err != nil {
		return false, err
	}
	if time.Since(info.ModTime()) < 24*time.Hour {
		return false, os.Rename(aside, path)
	}
	return true, os.Remove(aside)
}

// Dir is where the bytes lie, for backup.
func (s *Store) Dir() string { return s.dir }

func (s *Store) path(hash string) string { return filepath.Join(s.dir, hash[:2], hash) }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return noRoom(err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return noRoom(err)
	}
	return nil
}

func noRoom(err error) error {
	return problem.Busy(30*time.Second, "文件没有保存成功（服务器存储空间不足或写入失败）。请稍后再传，已保存的内容不受影响").Wrap(err)
}

// clean keeps the last part of the name an uploader gave, without control characters.
func clean(name string) string {
	name = strings.ReplaceAll(name, "\\", "/")
	name = name[strings.LastIndex(name, "/")+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, name)
	if r := []rune(name); len(r) > 80 {
		name = string(r[:60]) + "…" + string(r[len(r)-15:])
	}
	if name == "" {
		name = "未命名"
	}
	return name
}
