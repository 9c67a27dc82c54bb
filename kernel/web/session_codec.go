package web

import (
	"encoding/json"
	"fmt"
	"time"
)

// sessionForm is how a session is written down. It implements scs.Codec: every request reads one, and gob, which scs would use, learns the
// types anew each time.
type sessionForm struct {
	Until   time.Time         `json:"until"`
	Words   map[string]string `json:"words,omitempty"`
	Numbers map[string]int64  `json:"numbers,omitempty"`
}

// Encode implements scs.Codec. A session holds words and numbers only.
func (sessionForm) Encode(until time.Time, values map[string]any) ([]byte, error) {
	f := sessionForm{Until: until, Words: map[string]string{}, Numbers: map[string]int64{}}
	for name, value := range values {
		switch v := value.(type) {
		case string:
			f.Words[name] = v
		case int64:
			f.Numbers[name] = v
		default:
			return nil, fmt.Errorf("web: a session cannot hold %s, a %T", name, value)
		}
	}
	return json.Marshal(f)
}

// Decode implements scs.Codec. What an earlier version wrote is not understood: its session is empty, and the person signs in again.
func (sessionForm) Decode(data []byte) (time.Time, map[string]any, error) {
	var f sessionForm
	values := map[string]any{}
	if err := json.Unmarshal(data, &f); err != nil {
		return time.Now().Add(time.Minute), values, nil
	}
	for name, v := range f.Words {
		values[name] = v
	}
	for name, v := range f.Numbers {
		values[name] = v
	}
	return f.Until, values, nil
}
