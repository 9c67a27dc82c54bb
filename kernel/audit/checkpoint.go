package audit

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Checkpoint is a head of the chain as it was written down outside the database and signed (审计见证). Whoever rules the database can
// shorten the chain or write it anew from any row on; he cannot sign, and he does not hold what was delivered elsewhere.
type Checkpoint struct {
	Head
	County      string    `json:"county"`
	At          time.Time `json:"at"`
	Certificate string    `json:"certificate"` // PEM
	Signature   []byte    `json:"signature"`   // SM2 with SM3 over Statement
}

// Statement is what is signed, and what is printed beside the signature so that it can be checked without us.
func (c Checkpoint) Statement() string {
	return fmt.Sprintf("tongban audit checkpoint\ncounty: %s\nseq: %d\nhash: %s\nat: %s\n", c.County, c.Seq, c.Hash, c.At.UTC().Format(time.RFC3339))
}

// DER is the certificate as the verifier takes it.
func (c Checkpoint) DER() []byte {
	if block, _ := pem.Decode([]byte(c.Certificate)); block != nil {
		return block.Bytes
	}
	return nil
}

// Write puts the checkpoint into a folder as a file of its own that is never overwritten.
func (c Checkpoint) Write(dir string) (name string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("不能建立见证目录：%w", err)
	}
	body, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return "", err
	}
	name = filepath.Join(dir, fmt.Sprintf("%s%012d.json", prefix, c.Seq))
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return name, nil // the same head was written before
	}
	if err != nil {
		return "", err
	}
	_, err = f.Write(append(body, '\n'))
	return name, errors.Join(err, f.Sync(), f.Close())
}

const prefix = "audit-"

// Checkpoints reads every checkpoint of a folder, the oldest first, and proves its signature. verify gets the certificate in DER and must
// also decide whether it is one of the county's.
func Checkpoints(dir string, verify func(certificate, statement, signature []byte) error) ([]Checkpoint, error) {
	names, err := filepath.Glob(filepath.Join(dir, prefix+"*.json")) // sorted, and the numbers have one width
	if err != nil {
		return nil, err
	}
	var out []Checkpoint
	for _, name := range names {
		body, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var c Checkpoint
		if err := json.Unmarshal(body, &c); err != nil {
			return nil, fmt.Errorf("见证 %s 读不懂：文件被改动或损坏", filepath.Base(name))
		}
		if err := verify(c.DER(), []byte(c.Statement()), c.Signature); err != nil {
			return nil, fmt.Errorf("见证 %s 的签名不对：文件被改动，或不是本县签的", filepath.Base(name))
		}
		if !strings.HasSuffix(name, fmt.Sprintf("%012d.json", c.Seq)) {
			return nil, fmt.Errorf("见证 %s 被改了名：它见证的是第 %d 行", filepath.Base(name), c.Seq)
		}
		out = append(out, c)
	}
	return out, nil
}

// Heads are the heads of checkpoints, as Verify takes them.
func Heads(list []Checkpoint) (out []Head) {
	for _, c := range list {
		out = append(out, c.Head)
	}
	return out
}
