package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Names of what leaves a note beside the data when it succeeded, so that metrics and doctor know how old it is.
const (
	LastBackup = "last-backup"
	LastDrill  = "last-drill"
)

// Record is such a note.
type Record struct {
	At    time.Time     `json:"at"`
	File  string        `json:"file"`
	Bytes int64         `json:"bytes"`
	Took  time.Duration `json:"took"`
}

// Note keeps the record of what just succeeded.
func Note(dataDir, name string, r Record) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	path := filepath.Join(dataDir, name+".json")
	if err := os.WriteFile(path+".tmp", body, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

// Noted reads the record; the zero Record when there is none.
func Noted(dataDir, name string) (r Record, err error) {
	body, err := os.ReadFile(filepath.Join(dataDir, name+".json"))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &r)
	}
	if err != nil {
		return r, fmt.Errorf("读不了 %s.json：%w", name, err)
	}
	return r, nil
}
