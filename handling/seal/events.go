package seal

import "time"

// SignedEvent tells that a document was sealed.
type SignedEvent struct {
	Use     string    `json:"use"`
	Seal    string    `json:"seal"`
	About   string    `json:"about"`
	Purpose string    `json:"purpose"`
	Hash    string    `json:"hash"`
	At      time.Time `json:"at"`
}

// EventName implements db.Event.
func (SignedEvent) EventName() string { return "seal.signed" }

// Subject implements db.Event.
func (e SignedEvent) Subject() string { return e.About }

// VoidedEvent tells that a document will not be sealed.
type VoidedEvent struct {
	Use     string    `json:"use"`
	Seal    string    `json:"seal"`
	About   string    `json:"about"`
	Purpose string    `json:"purpose"`
	Reason  string    `json:"reason"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
}

// EventName implements db.Event.
func (VoidedEvent) EventName() string { return "seal.voided" }

// Subject implements db.Event.
func (e VoidedEvent) Subject() string { return e.About }
