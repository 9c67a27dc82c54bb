// Package vault makes and restores backups: one file with the database, the attachments and the key file, encrypted with a passphrase
// that is not in it.
//
// The database is copied by VACUUM INTO (or pg_dump), so a running county is not disturbed and the copy is one moment. Attachments are
// copied after it: bytes are never changed and stay for a day even when no row names them, so every row in the copy has its bytes.
package vault

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"
	_ "modernc.org/sqlite" // driver "sqlite"
)

// Source is where a county's data lies.
type Source struct {
	DataDir  string
	Database string // postgres:// URL; empty: embedded

	// Say hears how many bytes of a stage are done; nil: nobody listens.
	Say func(stage string, done, all int64)
}

func (s Source) say(stage string, done, all int64) {
	if s.Say != nil {
		s.Say(stage, done, all)
	}
}

func (s Source) hears(stage string) func(done, all int64) {
	return func(done, all int64) { s.say(stage, done, all) }
}

// heard is a reader whose progress is told.
type heard struct {
	io.Reader
	read int64
	say  func(read int64)
}

// Read implements io.Reader.
func (h *heard) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	h.read += int64(n)
	h.say(h.read)
	return n, err
}

// manifest is the last entry of a backup: what it holds, with the checksum of every part.
type manifest struct {
	Format int               `json:"format"`
	MadeAt time.Time         `json:"made_at"`
	Engine string            `json:"engine"`
	Parts  map[string]string `json:"parts"` // name -> SHA-256
}

const manifestName = "manifest.json"

// Report tells what a backup or restore did.
type Report struct {
	Parts int
	Bytes int64
	Took  time.Duration

	MadeAt time.Time // of a restore: when the backup was made
}

// Passphrase reads the passphrase file; it must be long enough to be worth encrypting with.
func Passphrase(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	p := strings.TrimSpace(string(b))
	if len(p) < 12 {
		return "", errors.New("备份口令太短：请用至少 12 个字符，并另行保管，丢失后备份无法恢复")
	}
	return p, nil
}

// Backup writes a backup of a county, running or not, and proves that it can be read back.
func Backup(ctx context.Context, from Source, file, passphrase string, now time.Time) (Report, error) {
	began := time.Now()
	tmp, err := os.CreateTemp(filepath.Dir(file), ".tongban-backup-*")
	if err != nil {
		return Report{}, err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return Report{}, err
	}
	sealed, err := age.Encrypt(tmp, recipient)
	if err != nil {
		return Report{}, err
	}
	packed, err := zstd.NewWriter(sealed)
	if err != nil {
		return Report{}, err
	}
	w := &writer{tar: tar.NewWriter(packed), manifest: manifest{Format: 1, MadeAt: now, Engine: "sqlite", Parts: map[string]string{}}, now: now}
	if err := w.county(ctx, from); err != nil {
		return w.report, err
	}
	if err := errors.Join(w.finish(), packed.Close(), sealed.Close(), tmp.Sync()); err != nil {
		return w.report, err
	}
	if _, err := read(tmp.Name(), passphrase, from.hears("读回核对"), nil); err != nil {
		return w.report, fmt.Errorf("备份写完后读不回来，没有保留：%w", err)
	}
	w.report.Took = time.Since(began)
	return w.report, os.Rename(tmp.Name(), file)
}

type writer struct {
	tar      *tar.Writer
	manifest manifest
	report   Report
	now      time.Time
	told     func() // after each part
}

// weight is how many bytes lie under the paths.
func weight(paths ...string) (int64, error) {
	var all int64
	for _, path := range paths {
		err := filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			info, err := d.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil // an upload that was named meanwhile
			}
			if err == nil {
				all += info.Size()
			}
			return err
		})
		if err != nil {
			return 0, err
		}
	}
	return all, nil
}

func (w *writer) county(ctx context.Context, from Source) error {
	dir, err := os.MkdirTemp(from.DataDir, ".snapshot-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	snapshot := filepath.Join(dir, "tongban.db")
	from.say("复制数据库", 0, 0)
	if from.Database == "" {
		err = copySQLite(ctx, filepath.Join(from.DataDir, "tongban.db"), snapshot)
	} else {
		w.manifest.Engine = "postgres"
		snapshot = filepath.Join(dir, "tongban.dump")
		err = run(ctx, "pg_dump", "--format=custom", "--no-owner", "--file="+snapshot, from.Database)
	}
	if err != nil {
		return err
	}
	all, err := weight(snapshot, filepath.Join(from.DataDir, "files"))
	if err != nil {
		return err
	}
	w.told = func() { from.say("写备份", w.report.Bytes, max(all, w.report.Bytes)) }
	if err := w.add(filepath.Base(snapshot), snapshot); err != nil {
		return err
	}
	if err := w.add("keys.json", filepath.Join(from.DataDir, "keys.json")); err != nil {
		return err
	}
	files := filepath.Join(from.DataDir, "files")
	return filepath.WalkDir(files, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from.DataDir, path)
		if err != nil || strings.HasPrefix(filepath.ToSlash(rel), "files/incoming/") {
			return err
		}
		return w.add(filepath.ToSlash(rel), path)
	})
}

func copySQLite(ctx context.Context, from, to string) error {
	d, err := sql.Open("sqlite", "file:"+from+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer d.Close()
	if _, err := d.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("复制数据库失败：%w", err)
	}
	return nil
}

func run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput() // #nosec G204 -- pg_dump, pg_restore; the address is the operator's own
	if err != nil {
		return fmt.Errorf("%s 没有成功（请确认已安装 PostgreSQL 客户端）：%w\n%s", name, err, bytes.TrimSpace(out))
	}
	return nil
}

func (w *writer) add(name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := w.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime()}); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w.tar, sum), f); err != nil {
		return err
	}
	w.manifest.Parts[name] = hex.EncodeToString(sum.Sum(nil))
	w.report.Parts++
	w.report.Bytes += info.Size()
	w.told()
	return nil
}

func (w *writer) finish() error {
	body, err := json.MarshalIndent(w.manifest, "", " ")
	if err != nil {
		return err
	}
	if err := w.tar.WriteHeader(&tar.Header{Name: manifestName, Mode: 0o600, Size: int64(len(body)), ModTime: w.now}); err != nil {
		return err
	}
	if _, err := w.tar.Write(body); err != nil {
		return err
	}
	return w.tar.Close()
}

// read walks a backup, gives every part to take (nil: only look), and holds all of them against the manifest.
func read(file, passphrase string, hears func(done, all int64), take func(name string, content io.Reader) error) (manifest, error) {
	var m manifest
	f, err := os.Open(file)
	if err != nil {
		return m, err
	}
	defer f.Close()
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return m, err
	}
	info, err := f.Stat()
	if err != nil {
		return m, err
	}
	plain, err := age.Decrypt(&heard{Reader: f, say: func(n int64) { hears(n, info.Size()) }}, identity)
	if err != nil {
		return m, fmt.Errorf("口令不对，或文件不是通办的备份：%w", err)
	}
	unpacked, err := zstd.NewReader(plain)
	if err != nil {
		return m, err
	}
	defer unpacked.Close()
	seen := map[string]string{}
	for t := tar.NewReader(unpacked); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return m, fmt.Errorf("备份不完整：%w", err)
		}
		if h.Name == manifestName {
			if err := json.NewDecoder(t).Decode(&m); err != nil {
				return m, err
			}
			continue
		}
		sum := sha256.New()
		content := io.TeeReader(t, sum)
		if take != nil {
			if err := take(h.Name, content); err != nil {
				return m, err
			}
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return m, err
		}
		seen[h.Name] = hex.EncodeToString(sum.Sum(nil))
	}
	for name, want := range m.Parts {
		if seen[name] != want {
			return m, fmt.Errorf("备份中的 %s 缺失或损坏", name)
		}
	}
	if m.Format != 1 || len(m.Parts) == 0 {
		return m, errors.New("备份不完整：没有清单")
	}
	return m, nil
}

// Restore puts a backup into an empty data directory (and, for PostgreSQL, an empty database).
func Restore(ctx context.Context, to Source, file, passphrase string) (Report, error) {
	began := time.Now()
	if entries, err := os.ReadDir(to.DataDir); err == nil && len(entries) > 0 {
		return Report{}, fmt.Errorf("数据目录 %s 不是空的，为免覆盖没有恢复。请换一个空目录", to.DataDir)
	}
	if err := os.MkdirAll(to.DataDir, 0o700); err != nil {
		return Report{}, err
	}
	var r Report
	m, err := read(file, passphrase, to.hears("恢复"), func(name string, content io.Reader) error {
		if !filepath.IsLocal(name) {
			return fmt.Errorf("备份里有不允许的路径 %q", name)
		}
		path := filepath.Join(to.DataDir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		n, err := io.Copy(f, content)
		r.Parts++
		r.Bytes += n
		return errors.Join(err, f.Sync(), f.Close())
	})
	if err != nil {
		return r, err
	}
	if m.Engine == "postgres" {
		if to.Database == "" {
			return r, errors.New("这是 PostgreSQL 的备份：请用 --db 指定要恢复到的空数据库")
		}
		dump := filepath.Join(to.DataDir, "tongban.dump")
		if err := run(ctx, "pg_restore", "--no-owner", "--exit-on-error", "--dbname="+to.Database, dump); err != nil {
			return r, err
		}
		if err := os.Remove(dump); err != nil {
			return r, err
		}
	}
	r.Took = time.Since(began)
	r.MadeAt = m.MadeAt
	return r, mark(to.DataDir, m.MadeAt)
}

// markName is the file that says a county was restored and has not drawn the consequences yet.
const markName = "restored.json"

type restoredMark struct {
	BackupAt time.Time `json:"backup_at"`
}

func mark(dataDir string, backup time.Time) error {
	body, err := json.Marshal(restoredMark{backup})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dataDir, markName), body, 0o600)
}

// Restored tells of which backup a county was restored, as long as Accepted has not been called. Whoever opens the county first must act
// on it before anything else: what was issued after the backup is not in the database, but in people's hands.
func Restored(dataDir string) (backup time.Time, restored bool, err error) {
	body, err := os.ReadFile(filepath.Join(dataDir, markName))
	if errors.Is(err, fs.ErrNotExist) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, err
	}
	var m restoredMark
	if err := json.Unmarshal(body, &m); err != nil {
		return time.Time{}, false, fmt.Errorf("%s：%w", markName, err)
	}
	return m.BackupAt, true, nil
}

// Accepted forgets that the county was restored: the consequences are in its database.
func Accepted(dataDir string) error { return os.Remove(filepath.Join(dataDir, markName)) }
