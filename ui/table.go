package ui

import "github.com/a-h/templ"

// Sort is the order of a column.
type Sort string

// The orders.
const (
	Unsorted   Sort = ""
	Ascending  Sort = "ascending"
	Descending Sort = "descending"
)

// Column is a typed column of a table.
type Column struct {
	Label   string
	Number  bool   // right-aligned figures
	Code    bool   // numbers of cases and licences: never broken
	Main    bool   // names the row; carries the row's link
	SortURL string // makes the heading a link that sorts
	Sort    Sort
	Wide    bool // hidden on narrow desks
	Mute    bool // no label on phones
}

// Row is one row. Cells follow the columns.
type Row struct {
	ID       string // value of the checkbox
	URL      string // opens the row; on the Main column, else the first
	Cells    []templ.Component
	Label    string // names the row for the checkbox; zero = ID
	Selected bool
	Tone     Tone // Warn and Bad mark the row at its edge
}

// Table shows rows under typed columns; on phones every row becomes a card.
type Table struct {
	Caption     string // what the table shows, told to screen readers
	ShowCaption bool
	Columns     []Column
	Rows        []Row
	Check       string // name of the checkbox of each row; empty = no checkboxes
	Into        string // region the sort links load into
}

// Rows makes table rows from values.
func Rows[T any](values []T, row func(T) Row) []Row {
	rows := make([]Row, 0, len(values))
	for _, v := range values {
		rows = append(rows, row(v))
	}
	return rows
}

// Cells makes plain cells from words.
func Cells(words ...string) []templ.Component {
	cells := make([]templ.Component, len(words))
	for i, w := range words {
		cells[i] = Text(w)
	}
	return cells
}

func (t Table) mainColumn() int {
	for i, c := range t.Columns {
		if c.Main {
			return i
		}
	}
	return 0
}

func (t Table) column(i int) Column {
	if i < len(t.Columns) {
		return t.Columns[i]
	}
	return Column{}
}

func cellClass(c Column) string {
	s := ""
	if c.Number {
		s += " num"
	}
	if c.Code {
		s += " no"
	}
	if c.Wide {
		s += " wide"
	}
	if c.Main {
		s += " first"
	}
	return s
}

func rowClass(r Row) string {
	s := ""
	if r.Selected {
		s += " sel"
	}
	if r.Tone == Bad || r.Tone == Warn {
		s += " t-" + string(r.Tone)
	}
	return s
}

func (r Row) label() string { return or(r.Label, r.ID) }

// Tab is one state of a list, kept in the address.
type Tab struct {
	Label   string
	URL     string
	Count   int  // 0 shows nothing
	News    bool // something new since the last look
	Current bool
}

// Tabs switches between the states of a list. Empty renders nothing.
type Tabs struct {
	Label string // what the tabs choose, zero = 状态
	Tabs  []Tab
	Into  string
}

// Chip is a filter in force or saved; RemoveURL drops it.
type Chip struct {
	Label     string
	URL       string // applies it; empty = in force already
	RemoveURL string
}

// Chips is a row of filters.
type Chips []Chip

// FilterBar narrows a list; it is a GET form, so that filters live in the address.
type FilterBar struct {
	Action string
	Fields []templ.Component // Select, Field
	Keep   map[string]string // parameters to keep, such as the tab
	Button string            // zero = 筛选
	Chips  Chips
	Into   string
	More   []templ.Component // further fields behind 更多条件
}

// Pager goes through a list by keyset: no page numbers, only back and on.
type Pager struct {
	PrevURL string
	NextURL string
	Text    string // such as 第 1–20 件，共 26 件
	Into    string
}

// BatchBar acts on the rows picked. It follows the table in the same form; Action empty hides it.
type BatchBar struct {
	Action  string
	Once    string
	CSRF    string
	Noun    string // counted thing, zero = 件
	Buttons []Button
}
