package db

import "fmt"

// Reading is a look at somebody's personal data in full (查看个人信息). Who looks, from which unit and when is the actor and time of the
// command.
type Reading struct {
	Party   string // whose data; empty only where nobody is on record yet, such as for a draft of a visitor
	Kind    string // of the thing that was read, and its id
	ID      string
	What    string // which data, as the person would call it: 申请表全文
	Purpose string // what for; a reading without a purpose is refused (I16)
	About   string // number or title by which the person knows the matter
	Group   string // the submission or draft, where only that is known
}

// audited is a reading as the audit log keeps it.
type audited struct {
	Kind    string `json:"of"`
	What    string `json:"read"`
	Purpose string `json:"purpose"`
	Party   string `json:"party,omitempty"`
	About   string `json:"about,omitempty"`
	Group   string `json:"group,omitempty"`
}

// Read writes down that the actor reads personal data in full, so that the person can see it. It comes before the data are shown.
func (tx *Tx) Read(r Reading) error {
	if r.Purpose == "" || r.What == "" || r.Kind == "" || r.ID == "" {
		return fmt.Errorf("db: a reading of personal data without thing, contents or purpose: %+v", r)
	}
	tx.Record("reading", r.ID, "", "", audited{r.Kind, r.What, r.Purpose, r.Party, r.About, r.Group})
	if r.Party != "" {
		tx.Later(`INSERT INTO audit_reading (party, entry_id) VALUES ($1, $2)`, r.Party, tx.entries[len(tx.entries)-1].ID)
	}
	return nil
}
