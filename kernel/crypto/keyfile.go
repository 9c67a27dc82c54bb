package crypto

import (
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/emmansun/gmsm/sm4"
	"golang.org/x/crypto/argon2"
)

// keyFileVersion is the layout written today; newer ones are refused, so that an
// old program never rewrites what it does not understand.
const keyFileVersion = 1

// keyFile is what lies on disk.
type keyFile struct {
	Version int `json:"version"`
	// Keys is present in an open file, Wrapped in one closed by a passphrase.
	Keys    *keyMaterial `json:"keys,omitempty"`
	Wrapped *wrapped     `json:"wrapped,omitempty"`
}

// keyMaterial holds the secrets. Everything used is derived from a root by
// purpose, so the file changes only when a root or a signer is added.
type keyMaterial struct {
	Roots []root `json:"roots"`
	// Default is the id of the root for purposes not in Current.
	Default string `json:"default"`
	// Current tells which root a rotated purpose seals with now.
	Current map[string]string `json:"current,omitempty"`
	// Index is the secret of the blind indexes. It is not rotated with the
	// roots: every stored index would have to be computed anew.
	Index   []byte                  `json:"index"`
	Signers map[string]signerRecord `json:"signers,omitempty"`
}

type root struct {
	ID     string `json:"id"`
	Secret []byte `json:"secret"`
}

type signerRecord struct {
	Key         []byte `json:"key"`         // PKCS #8
	Certificate []byte `json:"certificate"` // DER
}

// wrapped is key material under a key derived from a passphrase with argon2id.
type wrapped struct {
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory"` // KiB
	Threads uint8  `json:"threads"`
	Salt    []byte `json:"salt"`
	Nonce   []byte `json:"nonce"`
	Sealed  []byte `json:"sealed"`
}

// Limits on what a key file may ask of us, so that a damaged one cannot exhaust
// the machine.
const (
	maxWrapTime   = 16
	maxWrapMemory = 1 << 20 // 1 GiB
)

func newMaterial() *keyMaterial {
	return &keyMaterial{Roots: []root{{ID: "k1", Secret: randomBytes(32)}}, Default: "k1", Index: randomBytes(32)}
}

func (m *keyMaterial) check() error {
	if len(m.Roots) == 0 || len(m.Index) < 32 {
		return errors.New("密钥文件内容不完整，请从备份恢复")
	}
	seen := map[string]bool{}
	for _, r := range m.Roots {
		if len(r.Secret) < 32 || r.ID == "" || seen[r.ID] {
			return errors.New("密钥文件内容不完整，请从备份恢复")
		}
		seen[r.ID] = true
	}
	if !seen[m.Default] {
		return errors.New("密钥文件内容不完整，请从备份恢复")
	}
	for _, id := range m.Current {
		if !seen[id] {
			return errors.New("密钥文件内容不完整，请从备份恢复")
		}
	}
	return nil
}

// addRoot adds a new root and returns its id.
func (m *keyMaterial) addRoot() string {
	id := "k" + strconv.Itoa(len(m.Roots)+1)
	m.Roots = append(m.Roots, root{ID: id, Secret: randomBytes(32)})
	return id
}

func wrapKey(passphrase string, w *wrapped) (cipher.AEAD, error) {
	if w.Time < 1 || w.Time > maxWrapTime || w.Memory > maxWrapMemory || w.Threads < 1 {
		return nil, errors.New("密钥文件的口令参数不正常，请从备份恢复")
	}
	block, err := sm4.NewCipher(argon2.IDKey([]byte(passphrase), w.Salt, w.Time, w.Memory, w.Threads, sm4.BlockSize))
	if err != nil {
		return nil, fmt.Errorf("crypto: wrap: %w", err)
	}
	return cipher.NewGCM(block)
}

// readKeyFile reads and opens a key file.
func readKeyFile(path, passphrase string) (*keyMaterial, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("密钥文件 %s 别的用户也能读，请先执行 chmod 600", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return decodeKeyFile(data, passphrase)
}

func decodeKeyFile(data []byte, passphrase string) (*keyMaterial, error) {
	var f keyFile
	if err := json.Unmarshal(data, &f); err != nil {
		// The decoder's text may quote the content; it must not reach a log.
		return nil, errors.New("密钥文件不是有效的 JSON，请从备份恢复")
	}
	if f.Version != keyFileVersion {
		return nil, fmt.Errorf("密钥文件是第 %d 版，本程序只认识第 %d 版，请使用配套的程序", f.Version, keyFileVersion)
	}
	m := f.Keys
	switch {
	case m != nil && passphrase != "":
		return nil, errors.New("密钥文件没有加口令，但设置了口令；请先给密钥文件加口令，或去掉口令设置")
	case f.Wrapped != nil && passphrase == "":
		return nil, errors.New("密钥文件加了口令，请在设置里给出口令")
	case f.Wrapped != nil:
		aead, err := wrapKey(passphrase, f.Wrapped)
		if err != nil {
			return nil, err
		}
		if len(f.Wrapped.Nonce) != aead.NonceSize() {
			return nil, errors.New("密钥文件内容不完整，请从备份恢复")
		}
		plain, err := aead.Open(nil, f.Wrapped.Nonce, f.Wrapped.Sealed, []byte("tongban/keyfile/1"))
		if err != nil {
			return nil, errors.New("密钥文件的口令不正确，或文件被改动过")
		}
		m = new(keyMaterial)
		if err := json.Unmarshal(plain, m); err != nil {
			return nil, errors.New("密钥文件内容不完整，请从备份恢复")
		}
	case m == nil:
		return nil, errors.New("密钥文件是空的，请从备份恢复")
	}
	return m, m.check()
}

func encodeKeyFile(m *keyMaterial, passphrase string) ([]byte, error) {
	f := keyFile{Version: keyFileVersion, Keys: m}
	if passphrase != "" {
		plain, err := json.Marshal(m)
		if err != nil {
			return nil, err
		}
		w := &wrapped{Time: 3, Memory: 64 << 10, Threads: 2, Salt: randomBytes(16)}
		aead, err := wrapKey(passphrase, w)
		if err != nil {
			return nil, err
		}
		w.Nonce = randomBytes(aead.NonceSize())
		w.Sealed = aead.Seal(nil, w.Nonce, plain, []byte("tongban/keyfile/1"))
		f.Keys, f.Wrapped = nil, w
	}
	return json.MarshalIndent(f, "", "  ")
}

// writeKeyFile replaces the file in one step: after a power cut either the old
// or the new one is whole. With fresh set it never replaces a file.
func writeKeyFile(path, passphrase string, m *keyMaterial, fresh bool) error {
	data, err := encodeKeyFile(m, passphrase)
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, ".keys-*") // created 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err != nil {
		return err
	}
	if fresh {
		err = os.Link(tmp.Name(), path)
	} else {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
