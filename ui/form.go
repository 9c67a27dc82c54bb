package ui

import (
	"strconv"
	"strings"

	"github.com/a-h/templ"
)

// FormSpec describes a form that changes something. It always posts and never lets the browser validate.
type FormSpec struct {
	ID      string
	Action  string
	Once    string            // idempotency key, sent as _once
	Version int64             // version the reader saw, sent as _v; 0 sends none
	CSRF    string            // sent as _csrf when given
	Hidden  map[string]string // further fixed values
	Into    string            // id of the region the answer goes into
	Files   bool              // the form carries files
	Passkey string            // address that asks for a passkey; the script puts the browser's answer into the hidden value `credential`
	Label   string            // accessible name when a page has several forms
	Body    templ.Component   // content; children of Form follow it
}

// Pinned is the pair of hidden values every changing form carries; see Once.
type Pinned struct {
	Key     string
	Version int64
}

// Once gives the hidden inputs _once (the act happens once) and _v (nobody else has changed it meanwhile).
func Once(key string, version int64) Pinned { return Pinned{key, version} }

// FieldKind is the sort of text a field takes; it decides keyboard, width and echo.
type FieldKind string

// The kinds of text fields.
const (
	Plain      FieldKind = ""         // one line of text
	IDNumber   FieldKind = "idno"     // 公民身份号码
	USCC       FieldKind = "uscc"     // 统一社会信用代码
	Phone      FieldKind = "phone"    // 手机号码
	MoneyKind  FieldKind = "money"    // 金额 in 元, with 大写 echo
	Area       FieldKind = "area"     // 面积 in 平方米
	Whole      FieldKind = "whole"    // whole number
	Multiline  FieldKind = "lines"    // several lines
	Password   FieldKind = "password" // 密码
	Email      FieldKind = "email"    // 电子邮箱
	CodeByText FieldKind = "code"     // 短信验证码
	SearchKind FieldKind = "search"   // search words
	DayKind    FieldKind = "day"      // date in one box for staff: 2026-11-23 or 11-23
)

// Width is how wide a control is, so that its size tells how much to write.
type Width string

// Widths; the zero value follows the kind of the field.
const (
	WidthAuto Width = ""
	Width4    Width = "w4"
	Width8    Width = "w8"
	Width14   Width = "w14"
	Width22   Width = "w22"
	WidthFull Width = "wfull"
)

// Field is a labelled text field. Name and Label are needed.
type Field struct {
	Kind         FieldKind
	Name         string
	ID           string // zero = Name
	Label        string
	Value        string
	Hint         string
	Error        string // what is wrong and how to mend it; the same words stand in the summary
	Optional     bool   // shows （选填）
	Unit         string // words behind the box, such as 平方米
	Width        Width
	Rows         int // for Multiline; zero = 4
	MaxLength    int
	Autocomplete string // HTML token such as name or tel; zero follows the kind
	ReadOnly     bool
	Shortcut     string   // key that puts the cursor here, such as "F2"
	Suggestions  []string // offered while typing
	Phrases      []string // 常用语: offered under a Multiline field, inserted by a click
	Source       SourceNote
}

func (f Field) id() string { return or(f.ID, f.Name) }

func (f Field) width() string {
	if f.Width != "" {
		return string(f.Width)
	}
	switch f.Kind {
	case IDNumber, USCC, Email:
		return "w22"
	case Phone, Password, MoneyKind:
		return "w14"
	case Area, Whole, CodeByText, DayKind:
		return "w8"
	}
	return "wfull"
}

func (f Field) unit() string {
	if f.Unit != "" {
		return f.Unit
	}
	switch f.Kind {
	case Area:
		return "平方米"
	case MoneyKind:
		return "元"
	}
	return ""
}

// attrs are the attributes of the control apart from its value.
func (f Field) attrs() templ.Attributes {
	a := controlAttrs(f.id(), f.Name, f.Hint, f.Error)
	if f.Kind == MoneyKind {
		a["data-money"] = f.id() + "-up"
	}
	switch f.Kind {
	case IDNumber:
		a["maxlength"], a["autocomplete"], a["spellcheck"], a["data-group"] = "24", "off", "false", "idno"
	case USCC:
		a["maxlength"], a["autocomplete"], a["spellcheck"], a["autocapitalize"] = "24", "off", "false", "characters"
	case Phone:
		a["inputmode"], a["autocomplete"] = "tel", "tel"
	case MoneyKind, Area:
		a["inputmode"], a["autocomplete"] = "decimal", "off"
	case Whole:
		a["inputmode"], a["autocomplete"] = "numeric", "off"
	case CodeByText:
		a["inputmode"], a["autocomplete"] = "numeric", "one-time-code"
	case Password:
		a["autocomplete"] = "current-password"
	case Email:
		a["inputmode"], a["autocomplete"] = "email", "email"
	}
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	if f.ReadOnly {
		a["readonly"] = true
	}
	if f.Shortcut != "" {
		a["aria-keyshortcuts"] = f.Shortcut
	}
	if len(f.Suggestions) > 0 {
		a["list"] = f.id() + "-list"
	}
	return a
}

func (f Field) inputType() string {
	switch f.Kind {
	case Password:
		return "password"
	case SearchKind:
		return "search"
	case Phone:
		return "tel"
	}
	return "text"
}

func (f Field) rows() string {
	if f.Rows > 0 {
		return strconv.Itoa(f.Rows)
	}
	return "4"
}

func controlAttrs(id, name, hint, fault string) templ.Attributes {
	a := templ.Attributes{"id": id, "name": name}
	var by []string
	if hint != "" {
		by = append(by, id+"-h")
	}
	if fault != "" {
		by = append(by, id+"-e")
		a["aria-invalid"] = "true"
	}
	if by != nil {
		a["aria-describedby"] = strings.Join(by, " ")
	}
	return a
}

// Option is one answer to choose.
type Option struct {
	Value    string
	Label    string
	Hint     string
	Tag      Tag
	Disabled bool
	Reveal   templ.Component // further fields that belong to this answer
}

// Choice asks to pick one (or Many) of a few answers shown as cards.
type Choice struct {
	Name     string
	Label    string // the question
	Hint     string
	Error    string
	Optional bool
	Many     bool // several answers may be picked
	Inline   bool // short answers side by side
	Options  []Option
	Selected []string // values picked
	Source   SourceNote
}

func (c Choice) picked(value string) bool {
	for _, s := range c.Selected {
		if s == value {
			return true
		}
	}
	return false
}

func (c Choice) id(i int) string {
	if i == 0 {
		return c.Name
	}
	return c.Name + "-" + strconv.Itoa(i+1)
}

// Select asks to pick one of many answers.
type Select struct {
	Name     string
	ID       string // zero = Name
	Label    string
	Hint     string
	Error    string
	Optional bool
	Blank    string // words of the empty answer; empty leaves it out
	Options  []Option
	Value    string
	Source   SourceNote
}

// DateBoxes asks a known date in three boxes. They are sent as Name.year, Name.month and Name.day; the first box also
// takes a whole date pasted as 2026-12-18, 20261218 or 2026年12月18日 (the server must accept it there too).
type DateBoxes struct {
	Name             string
	Label            string
	Hint             string // zero = an example
	Error            string
	Optional         bool
	Year, Month, Day string
	Birth            bool // the reader's own birthday, lets the browser fill it
	Source           SourceNote
}

// UploadedFile is a file already given.
type UploadedFile struct {
	ID     string // value sent as _remove when the reader takes it away; empty hides the button
	Name   string
	Size   string // such as 1.2 MB
	URL    string // shows the file; empty = no link
	Status Tag
	Note   string // why it was refused, or where it came from
}

// Upload asks for files.
type Upload struct {
	Name     string
	Label    string
	Hint     string // zero = the accepted kinds and the size
	Error    string
	Optional bool
	Multiple bool
	Accept   string // zero = images and PDF
	Files    []UploadedFile
	PhoneURL string // 用手机拍照上传; empty hides it
	ReuseURL string // 从我的材料选取; empty hides it
}

// Fault is one error of a form; Field is the name (or id) of the control it belongs to.
type Fault struct {
	Field string
	Text  string
}

// ErrorSummary stands at the head of a refused form and takes the focus. Empty renders nothing.
type ErrorSummary struct{ Faults []Fault }

// ButtonKind ranks what a button does. One primary per page.
type ButtonKind string

// The kinds of buttons.
const (
	Primary   ButtonKind = ""
	Secondary ButtonKind = "sec"
	Quiet     ButtonKind = "quiet"
	Danger    ButtonKind = "danger"
)

// Button sends the form it stands in.
type Button struct {
	Label    string // a verb of the glossary: 受理, 提交申请
	Kind     ButtonKind
	Name     string
	Value    string
	Action   string // other target than the form's
	Form     string // id of a form it does not stand in
	Icon     Icon
	Shortcut string // such as "Alt+S"; shown as a key cap
	Hidden   string // more words for screen readers
	Disabled bool
}

func (b Button) attrs() templ.Attributes {
	a := templ.Attributes{}
	if b.Name != "" {
		a["name"], a["value"] = b.Name, b.Value
	}
	if b.Action != "" {
		a["formaction"] = b.Action
	}
	if b.Form != "" {
		a["form"] = b.Form
	}
	if b.Shortcut != "" {
		a["aria-keyshortcuts"] = b.Shortcut
	}
	if b.Disabled {
		a["disabled"] = true
	}
	return a
}

// LinkButton looks like a button and is a link: it changes nothing.
type LinkButton struct {
	Label    string
	URL      string
	Kind     ButtonKind
	Icon     Icon
	Shortcut string
	Into     string
	NewTab   bool // opens beside, for papers
	Download bool // the address answers with a file
}

func (b LinkButton) attrs() templ.Attributes {
	a := templ.Attributes{}
	if b.Shortcut != "" {
		a["aria-keyshortcuts"] = b.Shortcut
	}
	if b.Into != "" {
		a["data-into"] = b.Into
	}
	if b.NewTab {
		a["target"], a["rel"] = "_blank", "noopener"
	}
	if b.Download {
		a["download"] = true
	}
	return a
}

// keyCap writes a shortcut as printed on a key.
func keyCap(s string) string {
	return strings.NewReplacer("ArrowLeft", "←", "ArrowRight", "→", "Enter", "回车", "Escape", "Esc").Replace(s)
}

// Actions is a row of buttons.
type Actions []templ.Component
