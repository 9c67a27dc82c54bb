package crypto

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/sm4"
)

// ErrSealed is what [Keyring.Open] returns for a text that was not sealed by
// this keyring for this purpose, or was changed since. It does not say which.
var ErrSealed = errors.New("crypto: sealed text cannot be opened")

// ErrKeyFile is in the chain of every error about the key file itself.
var ErrKeyFile = errors.New("密钥文件不能使用")

// Keyring holds the keys of one installation. It is safe for concurrent use, and
// several processes may share one key file: a key another process added is read
// when a text sealed with it turns up.
type Keyring struct {
	path, passphrase string

	mu       sync.RWMutex
	material *keyMaterial
	aeads    map[aeadName]cipher.AEAD
	seen     time.Time // when the file was written, as Refresh found it
}

type aeadName struct{ id, purpose string }

// Load opens the key file at path; the passphrase is empty for a file without
// one. A running installation starts with Load and never with [Create]: fresh
// keys for old data mean that nothing sealed can ever be read again.
func Load(path, passphrase string) (*Keyring, error) {
	m, err := readKeyFile(path, passphrase)
	if missing(err) {
		return nil, fmt.Errorf("%w：找不到 %s；已有数据时请从备份恢复它，全新安装请先初始化：%w", ErrKeyFile, path, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w：%w", ErrKeyFile, err)
	}
	return &Keyring{path: path, passphrase: passphrase, material: m, aeads: map[aeadName]cipher.AEAD{}}, nil
}

// Create makes a key file with fresh keys, mode 0600, wrapped by the passphrase
// unless that is empty. It fails if the file exists.
func Create(path, passphrase string) (*Keyring, error) {
	m := newMaterial()
	if err := writeKeyFile(path, passphrase, m, true); err != nil {
		return nil, fmt.Errorf("%w：不能新建 %s：%w", ErrKeyFile, path, err)
	}
	return &Keyring{path: path, passphrase: passphrase, material: m, aeads: map[aeadName]cipher.AEAD{}}, nil
}

// LoadOrCreate loads the key file and creates it where there is none: for
// demonstration and tests, and for a first start with an empty database.
func LoadOrCreate(path, passphrase string) (*Keyring, error) {
	k, err := Load(path, passphrase)
	if !missing(err) {
		return k, err
	}
	if k, err = Create(path, passphrase); err != nil {
		// Another process may have been first.
		if again, err := Load(path, passphrase); err == nil {
			return again, nil
		}
		return nil, err
	}
	return k, nil
}

// Fingerprint names the keyring without telling anything about its keys. Kept in
// the database, it tells at start whether the key file belongs to the data.
func (k *Keyring) Fingerprint() string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return hex.EncodeToString(k.mac("fingerprint", "")[:8])
}

// Format prints the path, never a key, under every verb.
func (k *Keyring) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "crypto.Keyring(%s)", k.path) }

// Seal encrypts a field: the result begins with the id of the key (k1:) and is
// ASCII. The purpose, such as "party.citizen_number", is bound to the text: it
// opens under no other. Sealing twice gives two different texts.
func (k *Keyring) Seal(purpose string, plaintext []byte) (string, error) {
	k.mu.RLock()
	id := k.material.currentFor(purpose)
	k.mu.RUnlock()
	aead, err := k.aead(id, purpose)
	if err != nil {
		return "", err
	}
	nonce := randomBytes(aead.NonceSize())
	sealed := aead.Seal(nonce, nonce, plaintext, sealedFor(id, purpose))
	return id + ":" + base64.RawURLEncoding.EncodeToString(sealed), nil
}

// SealText seals a string; the empty string stays empty, since it says nothing.
func (k *Keyring) SealText(purpose, plaintext string) (string, error) {
	if plaintext == "" {
		return "", nil
	}
	return k.Seal(purpose, []byte(plaintext))
}

// Open decrypts what [Keyring.Seal] made for the same purpose, also with a key
// rotated since. Anything else gives [ErrSealed].
func (k *Keyring) Open(purpose, sealed string) ([]byte, error) {
	id, body, ok := strings.Cut(sealed, ":")
	if !ok {
		return nil, ErrSealed
	}
	// Strict: else several texts would open to the same, differing in unused bits.
	raw, err := base64.RawURLEncoding.Strict().DecodeString(body)
	// The decoder skips line breaks wherever they stand.
	if err != nil || strings.ContainsAny(body, "\r\n") {
		return nil, ErrSealed
	}
	aead, err := k.aead(id, purpose)
	if err != nil {
		return nil, err
	}
	if len(raw) < aead.NonceSize()+aead.Overhead() {
		return nil, ErrSealed
	}
	plain, err := aead.Open(nil, raw[:aead.NonceSize()], raw[aead.NonceSize():], sealedFor(id, purpose))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// OpenText opens what [Keyring.SealText] made.
func (k *Keyring) OpenText(purpose, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	plain, err := k.Open(purpose, sealed)
	return string(plain), err
}

// NeedsReseal reports whether a sealed text was made with a key that the purpose
// has left behind. A job then opens it and seals it again.
func (k *Keyring) NeedsReseal(purpose, sealed string) bool {
	if sealed == "" {
		return false
	}
	id, _, _ := strings.Cut(sealed, ":")
	k.mu.RLock()
	defer k.mu.RUnlock()
	return id != k.material.currentFor(purpose)
}

// Rotate gives the purpose a new key for sealing. Old keys stay for reading.
func (k *Keyring) Rotate(purpose string) error {
	return k.change(func(m *keyMaterial) error {
		if m.Current == nil {
			m.Current = map[string]string{}
		}
		m.Current[purpose] = m.addRoot()
		return nil
	})
}

// RotateAll gives every purpose a new key for sealing, also those not used yet.
func (k *Keyring) RotateAll() error {
	return k.change(func(m *keyMaterial) error {
		m.Default, m.Current = m.addRoot(), nil
		return nil
	})
}

// Rewrap writes the key file under another passphrase, or openly if it is empty.
func (k *Keyring) Rewrap(passphrase string) error {
	unlock, err := lockFile(k.path)
	if err != nil {
		return fmt.Errorf("%w：%w", ErrKeyFile, err)
	}
	defer unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	m, err := readKeyFile(k.path, k.passphrase)
	if err == nil {
		err = writeKeyFile(k.path, passphrase, m, false)
	}
	if err != nil {
		return fmt.Errorf("%w：%w", ErrKeyFile, err)
	}
	k.material, k.passphrase = m, passphrase
	return nil
}

// Index returns the blind index of a value: equal values of one purpose have
// equal indexes, and nobody without the key can compute or reverse one. The
// value must be in its one normal form (party.CitizenNumber.Full). Equality is
// all it can search, and all it gives away.
func (k *Keyring) Index(purpose, normalised string) string {
	k.mu.RLock()
	defer k.mu.RUnlock()
	// 16 bytes: no two citizens collide, and half the digest stays unknown.
	return base64.RawURLEncoding.EncodeToString(k.mac("index/"+purpose, normalised)[:16])
}

// mac is HMAC-SM3 under the index secret over name and value, each with its
// length, so that no purpose can imitate another. k.mu is held.
func (k *Keyring) mac(name, value string) []byte {
	h := hmac.New(func() hash.Hash { return sm3.New() }, k.material.Index)
	fmt.Fprintf(h, "%d %s %d %s", len(name), name, len(value), value)
	return h.Sum(nil)
}

// aead returns the cipher of a key for a purpose. A key id we do not know may
// have been added by another process: then the file is read again.
func (k *Keyring) aead(id, purpose string) (cipher.AEAD, error) {
	name := aeadName{id, purpose}
	k.mu.RLock()
	aead, secret := k.aeads[name], k.material.secret(id)
	k.mu.RUnlock()
	if aead != nil {
		return aead, nil
	}
	if secret == nil {
		if !plausibleID(id) {
			return nil, ErrSealed
		}
		if err := k.Reload(); err != nil {
			return nil, err
		}
		k.mu.RLock()
		secret = k.material.secret(id)
		k.mu.RUnlock()
		if secret == nil {
			return nil, ErrSealed
		}
	}
	key, err := hkdf.Key(func() hash.Hash { return sm3.New() }, secret, nil, "tongban/seal/1 "+purpose, sm4.BlockSize)
	if err != nil {
		return nil, fmt.Errorf("crypto: derive: %w", err)
	}
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("crypto: sm4: %w", err)
	}
	if aead, err = cipher.NewGCM(block); err != nil {
		return nil, fmt.Errorf("crypto: gcm: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.aeads[name] = aead
	return aead, nil
}

// Reload reads the key file again, so that this process seals with the keys another
// process rotated to.
func (k *Keyring) Reload() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	m, err := readKeyFile(k.path, k.passphrase)
	if err != nil {
		return fmt.Errorf("%w：%w", ErrKeyFile, err)
	}
	k.material = m
	return nil
}

// change applies a change to the key file as it is now, also when another
// process changed it since we read it.
func (k *Keyring) change(apply func(*keyMaterial) error) error {
	unlock, err := lockFile(k.path)
	if err != nil {
		return fmt.Errorf("%w：%w", ErrKeyFile, err)
	}
	defer unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	m, err := readKeyFile(k.path, k.passphrase)
	if err == nil {
		err = apply(m)
	}
	if err == nil {
		err = writeKeyFile(k.path, k.passphrase, m, false)
	}
	if err != nil {
		return fmt.Errorf("%w：%w", ErrKeyFile, err)
	}
	k.material = m
	return nil
}

func (m *keyMaterial) currentFor(purpose string) string {
	if id, ok := m.Current[purpose]; ok {
		return id
	}
	return m.Default
}

func (m *keyMaterial) secret(id string) []byte {
	for _, r := range m.Roots {
		if r.ID == id {
			return r.Secret
		}
	}
	return nil
}

// sealedFor is the additional data: what else the sealed text is bound to.
func sealedFor(id, purpose string) []byte { return []byte("tongban/seal/1 " + id + " " + purpose) }

// plausibleID keeps garbage from making us read the key file.
func plausibleID(id string) bool {
	return len(id) >= 2 && len(id) <= 6 && id[0] == 'k' && strings.Trim(id[1:], "0123456789") == ""
}
