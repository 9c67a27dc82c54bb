package db

import (
	"crypto/rand"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"
)

// layout is fixed in width, so that on SQLite the order of the text is the order of time.
const layout = "2006-01-02T15:04:05.000000Z"

// Time is an instant in the database: UTC with microseconds on both engines. The zero value is stored as NULL.
type Time struct{ time.Time }

// At makes a database instant, cut to the microseconds that both engines keep.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Microsecond)} }

// Value implements driver.Valuer.
func (t Time) Value() (driver.Value, error) {
	if t.IsZero() {
		return nil, nil
	}
	return t.UTC().Format(layout), nil
}

// Scan implements sql.Scanner.
func (t *Time) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		t.Time = time.Time{}
		return nil
	case time.Time:
		t.Time = v.UTC()
		return nil
	case string:
		return t.parse(v)
	case []byte:
		return t.parse(string(v))
	}
	return fmt.Errorf("db: cannot read a time from %T", src)
}

func (t *Time) parse(s string) (err error) {
	t.Time, err = time.Parse(layout, s)
	if err != nil {
		t.Time, err = time.Parse(time.RFC3339Nano, s)
	}
	t.Time = t.UTC()
	return err
}

// JSON is a document kept as written: never re-ordered, so it may be hashed and signed.
type JSON []byte

// Pack writes a value down as JSON. It panics on values that have no JSON form, which is a fault of the programmer.
func Pack(v any) JSON {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("db: %T has no JSON form: %v", v, err))
	}
	return b
}

// Unpack reads the document into v.
func (j JSON) Unpack(v any) error {
	if len(j) == 0 {
		return nil
	}
	return json.Unmarshal(j, v)
}

// Value implements driver.Valuer.
func (j JSON) Value() (driver.Value, error) {
	if len(j) == 0 {
		return "null", nil
	}
	return string(j), nil
}

// Scan implements sql.Scanner.
func (j *JSON) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*j = nil
	case string:
		*j = JSON(v)
	case []byte:
		*j = append((*j)[:0:0], v...)
	default:
		return fmt.Errorf("db: cannot read JSON from %T", src)
	}
	return nil
}

// ids makes identifiers: 26 upper-case letters and digits, ordered by the moment of making, with 80 random bits. The moment is the
// machine's, not the command's: a test clock that stands still or is moved back must not disturb the order of events.
type ids struct {
	mu      sync.Mutex
	entropy *ulid.MonotonicEntropy
	last    uint64 // milliseconds of the latest identifier: the order holds even when the machine's clock is set back
}

// after makes all further identifiers later than this one.
func (g *ids) after(id string) {
	made, err := ulid.ParseStrict(id)
	if err != nil {
		return // not one of ours
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = max(g.last, made.Time()+1)
}

func (g *ids) next() string { return g.at(time.Now()) }

func (g *ids) at(now time.Time) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.entropy == nil {
		g.entropy = ulid.Monotonic(rand.Reader, 0)
	}
	g.last = max(g.last, ulid.Timestamp(now))
	return ulid.MustNew(g.last, g.entropy).String()
}
