// Package form holds the data elements (数据元) of which every form of the county is computed.
package form

// Element is one data element (数据元) of the shared dictionary. A form is the union of the elements of its items.
type Element struct {
	Code     string   `json:"code"` // lower-case ASCII with underscores
	Label    string   `json:"label"`
	Kind     Kind     `json:"kind"`
	Topic    string   `json:"topic"` // groups fields on a page: applicant, premises, business, agent, delivery …
	Order    int      `json:"order"`
	Help     string   `json:"help"`
	Example  string   `json:"example"`
	Unit     string   `json:"unit"`
	Options  []Choice `json:"options"`
	Max      int      `json:"max"`      // longest text in characters; 0 means the kind's own limit
	Sources  []Source `json:"sources"`  // where a value may come from before anyone types it, best first
	Personal bool     `json:"personal"` // personal information: masked in lists and logs, reads are recorded
	Basis    string   `json:"basis"`
}

// Kind decides how a value is asked, checked, shown and stored.
type Kind string

const (
	Text          Kind = "text"
	LongText      Kind = "long_text"
	Name          Kind = "name"           // a person's name: any Unicode Han, ·
	CitizenNumber Kind = "citizen_number" // 公民身份号码
	CreditCode    Kind = "credit_code"    // 统一社会信用代码
	Phone         Kind = "phone"
	Day           Kind = "day"
	Money         Kind = "money" // stored in cents
	Area          Kind = "area"  // square metres, two decimals
	Count         Kind = "count"
	YesNo         Kind = "yes_no"
	Select        Kind = "select"
	Region        Kind = "region"  // county → town → village
	Address       Kind = "address" // region and free text
)

// Choice is one value of a Select element.
type Choice struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Source names where a value may be taken from.
type Source struct {
	From    string `json:"from"`    // account, party, licence, earlier, answer
	Licence string `json:"licence"` // licence type code, when From is licence
	Field   string `json:"field"`   // field there: of the account or party, of the licence's face, the element of the earlier case, the question of the answer
	Say     string `json:"say"`     // 来源 as the citizen reads it: 来自您的营业执照
}
