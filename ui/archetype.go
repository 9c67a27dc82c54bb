package ui

import "github.com/a-h/templ"

// Section is a titled part of a page.
type Section struct {
	ID      string
	Title   string
	Lead    string
	Tag     Tag
	Actions []templ.Component
	Flush   bool
	Body    templ.Component
}

// List is archetype 1: things of one kind, narrowed by tabs and filters.
type List struct {
	Title   string
	Lead    string
	Tag     Tag
	Actions []templ.Component // buttons at the head
	Notice  Notice
	Tabs    Tabs
	Filters FilterBar
	Table   Table
	Body    templ.Component // instead of the table, such as cards
	Batch   BatchBar
	Pager   Pager
	Empty   EmptyState // shown when there are no rows
	Region  string     // id of the part that is exchanged; zero = list
	Live    string     // address of server-sent events that refresh the list
}

// Detail is archetype 2: one thing, all that concerns it.
type Detail struct {
	Title    string
	Number   string
	Tags     []Tag
	Clock    templ.Component
	Facts    []Fact // most important facts, under the title
	Actions  []templ.Component
	Notice   Notice
	Banner   templ.Component // filled by other modules
	Tabs     Tabs
	Sections []Section
	Aside    []Section
	PrevURL  string // previous in the list the reader came from
	NextURL  string
	Back     Link
}

// FormPage is archetype 3: one topic to fill in.
type FormPage struct {
	Title   string
	Lead    string
	Back    Link
	Faults  []Fault
	Notice  Notice
	Form    FormSpec
	Fields  []templ.Component
	Actions Actions
	Wide    bool // fields in two columns on wide pages, for staff
}

// Wizard is archetype 4: a form of several steps, one topic each.
type Wizard struct {
	FormPage
	Steps Steps
}

// Worklist is archetype 5: what one desk has to do today.
type Worklist struct {
	Title   string
	Tag     Tag
	Actions []templ.Component
	Notice  Notice
	KPIs    KPIStrip
	Tabs    Tabs
	Filters FilterBar
	Table   Table
	Batch   BatchBar
	Pager   Pager
	Empty   EmptyState
	Region  string
	Live    string
}

// Article is archetype 6: a text to read, such as a guide, a policy or a notice.
type Article struct {
	Title    string
	Lead     string
	Meta     []string // unit, date, number
	Tags     []Tag
	Actions  []templ.Component
	Notice   Notice
	Body     templ.Component
	Sections []Section // with more than three, a table of contents is shown
	Source   string
}

// Passage is a headed part within a section of an article; other pages may lead to its ID.
type Passage struct {
	ID    string
	Title string
	Tags  []Tag
	Body  templ.Component
}

// Listing shows what is typed into or read from a machine, letter by letter; long lines are folded.
type Listing string

// DashTile is one part of a dashboard.
type DashTile struct {
	Title string
	Body  templ.Component
	More  Link
	Wide  bool // two columns
	Flush bool
}

// Dashboard is archetype 7: numbers of an area, each leading to its list.
type Dashboard struct {
	Title   string
	Lead    string
	Tag     Tag
	Updated string // age of the numbers
	Actions []templ.Component
	Notice  Notice
	Tabs    Tabs
	KPIs    KPIStrip
	Tiles   []DashTile
	Live    string
}

// PageTitle is the heading, also shown on the browser tab.
func (l List) PageTitle() string { return l.Title }

// PageTitle is the heading, also shown on the browser tab.
func (d Detail) PageTitle() string { return d.Title }

// PageTitle is the heading, also shown on the browser tab.
func (f FormPage) PageTitle() string { return f.Title }

// PageTitle is the heading, also shown on the browser tab.
func (v Worklist) PageTitle() string { return v.Title }

// PageTitle is the heading, also shown on the browser tab.
func (a Article) PageTitle() string { return a.Title }

// PageTitle is the heading, also shown on the browser tab.
func (d Dashboard) PageTitle() string { return d.Title }

// FaultCount is the number of errors shown.
func (f FormPage) FaultCount() int { return len(f.Faults) }

func (v Worklist) list() List {
	return List{Title: v.Title, Tag: v.Tag, Actions: v.Actions, Notice: v.Notice, Tabs: v.Tabs, Filters: v.Filters,
		Table: v.Table, Batch: v.Batch, Pager: v.Pager, Empty: v.Empty, Region: v.Region, Live: v.Live}
}

func (l List) region() string { return or(l.Region, "list") }

func (l List) form() FormSpec {
	return FormSpec{Action: l.Batch.Action, Once: l.Batch.Once, CSRF: l.Batch.CSRF, Label: "批量办理"}
}
