package ui

import (
	"context"
	"io"
	"strconv"

	"github.com/a-h/templ"
)

// Tone is the colour of meaning; it never stands without a word.
type Tone string

// The tones.
const (
	Neutral Tone = ""
	Info    Tone = "p"
	OK      Tone = "ok"
	Warn    Tone = "warn"
	Bad     Tone = "bad"
)

// Text is a plain run of words; line breaks are kept.
type Text string

// Hint is a quiet sentence below what it explains.
type Hint string

// Prose is a list of paragraphs.
type Prose []string

// Group renders its parts one after the other.
type Group []templ.Component

// Tag is a short state in a coloured pill. The zero value renders nothing.
type Tag struct {
	Text string
	Tone Tone
	Icon Icon
}

// Two is a cell of two lines: the thing, and beneath it in small what it belongs to.
type Two struct{ Main, Small string }

// Anchor is a link inside running text or a cell.
type Anchor Link

// Card is a warning card of the supervision of efficiency (效能监察).
type Card string

// The cards.
const (
	NoCard     Card = ""
	YellowCard Card = "yellow" // 黄牌: 80 % of the term is used
	RedCard    Card = "red"    // 红牌: the term is over
)

// CardBadge shows a yellow or red card. NoCard renders nothing.
type CardBadge struct {
	Card Card
	Note string // such as 剩 4 小时 or 超期 1 天
}

// ClockBadge shows how much of a term is left, in words and as a bar.
type ClockBadge struct {
	Left   string // what is left, such as 5 工作日; with RedCard what is over, such as 1 天
	Used   int    // percent of the term used, 0 to 100
	Card   Card
	Paused string // why the clock stands, such as 等待补正; empty = it runs
	Due    string // last day in words, told to screen readers and on hover
	Done   string // words when the clock has ended, such as 用时 3 工作日; hides the bar
}

func percentClass(n int) string {
	if n < 0 {
		n = 0
	}
	if n > 100 {
		n = 100
	}
	return "w-" + strconv.Itoa((n+2)/5*5)
}

// KPI is one number that leads to the list behind it.
type KPI struct {
	Label string
	Value string
	Unit  string
	Note  string
	URL   string // empty = no list behind it
	Tone  Tone
}

// KPIStrip is a row of numbers.
type KPIStrip []KPI

// Step is one step of a way; URL lets the reader go back to it.
type Step struct {
	Label string
	URL   string
}

// Steps shows where the reader is. Current counts from 1; on phones it is a button that unfolds the list.
type Steps struct {
	Steps   []Step
	Current int
}

func (s Steps) current() Step {
	if s.Current < 1 || s.Current > len(s.Steps) {
		return Step{}
	}
	return s.Steps[s.Current-1]
}

// TaskState says whether a task of a long case can be done.
type TaskState string

// The states of a task. Done is plain so that open tasks stand out.
const (
	TaskOpen    TaskState = ""        // 待办理
	TaskBegun   TaskState = "begun"   // 已开始
	TaskDone    TaskState = "done"    // 已完成
	TaskBlocked TaskState = "blocked" // 暂不能开始, not linked
	TaskFault   TaskState = "fault"   // 需改正
)

// Task is one part of a long case.
type Task struct {
	Label string
	Hint  string // such as what it waits for
	URL   string
	State TaskState
	Words string // zero = usual words of the state
}

func (t Task) words() string {
	if t.Words != "" {
		return t.Words
	}
	switch t.State {
	case TaskBegun:
		return "已开始"
	case TaskDone:
		return "已完成"
	case TaskBlocked:
		return "暂不能开始"
	case TaskFault:
		return "需改正"
	}
	return "待办理"
}

func (t Task) tone() Tone {
	switch t.State {
	case TaskBegun:
		return Warn
	case TaskFault:
		return Bad
	case TaskBlocked:
		return Neutral
	}
	return Info
}

// TaskList is a titled list of tasks.
type TaskList struct {
	Title string
	Tasks []Task
}

// Answer is one row of a check page.
type Answer struct {
	Label     string
	Value     string          // empty shows 未填写
	Body      templ.Component // instead of Value
	ChangeURL string          // empty = cannot be changed here
	Source    SourceNote
}

// SummaryList shows answers to be checked before submitting (核对提交).
type SummaryList struct {
	Title   string
	Answers []Answer
}

// Fact is a term and what is known about it.
type Fact struct {
	Term  string
	Value string          // empty shows —
	Body  templ.Component // instead of Value
}

// DescriptionList shows facts in one or, on wide pages, two columns.
type DescriptionList struct {
	Facts []Fact
	Wide  bool // two columns
}

// Notice tells what happened, what comes next, who is responsible and by when. The zero value renders nothing.
type Notice struct {
	Tone    Tone // zero = Info
	Title   string
	Text    string
	Body    templ.Component
	Actions Actions
}

// EmptyState stands where a list has nothing to show and says what to do.
type EmptyState struct {
	Title  string
	Text   string
	Icon   Icon
	Action templ.Component
}

// Event is one entry of a timeline.
type Event struct {
	When  string
	Title string
	Who   string // unit and person
	Text  string
	Tone  Tone
	Now   bool // the present step
	Later bool // still to come
	Body  templ.Component
}

// Timeline shows what happened and what comes, in order.
type Timeline struct{ Events []Event }

// PanelSpec describes a framed part of a page.
type PanelSpec struct {
	ID      string
	Title   string
	Tag     Tag
	Lead    string
	Actions []templ.Component
	Flush   bool   // content reaches the frame, for tables
	Live    string // address of server-sent events that refresh this panel (needs ID)
	Body    templ.Component
}

// DisclosureSpec describes a part that unfolds.
type DisclosureSpec struct {
	Summary string
	Open    bool
	Body    templ.Component
}

// Split puts a form and the materials side by side; on phones one under the other.
type Split struct {
	LeftTitle, RightTitle string
	Left, Right           templ.Component
}

// OpinionBox shows the opinion of one unit.
type OpinionBox struct {
	Unit    string
	Person  string
	When    string
	Verdict Tag
	Text    string
	Body    templ.Component
}

// DecisionBox shows a decision (决定) with its grounds and the ways to contest it.
type DecisionBox struct {
	Title    string // such as 准予行政许可
	Tone     Tone   // OK, Bad or Warn
	Number   string // 文号
	When     string
	By       string // deciding organ
	Grounds  string // reasons and legal basis
	Remedies string // 救济途径
	Body     templ.Component
	Actions  Actions
}

// QR shows a code. SVG must come from our own generator: it is not escaped.
type QR struct {
	SVG     string
	Label   string // what the code leads to, for those who cannot see it
	Caption string
	URL     string // same target as a link
}

// Figure shows a chart with the same numbers as a table. SVG must come from our own generator: it is not escaped.
type Figure struct {
	Title string
	SVG   string
	Label string // what the picture says, in a sentence
	Table Table  // the numbers; empty hides it
	Note  string // source and time of the numbers
}

// FlowPicture shows a flow as a picture with the same steps as a list. SVG is not escaped.
type FlowPicture struct {
	Title string
	SVG   string
	Steps []string
	Chain bool // each step follows the one before; otherwise the words of a step say what it waits for
	Rich  bool // too much for a phone: there its steps are read instead
}

// SourceNote says where a prefilled value came from, and keeps both values when the reader changed it.
// The zero value renders nothing.
type SourceNote struct {
	From   string // source in words, such as 不动产登记中心
	When   string
	Theirs string // value of the source
	Yours  string // value the reader put instead; empty = unchanged
}

// ResponsibleCard names the one unit that is responsible now.
type ResponsibleCard struct {
	Unit   string
	Person string
	Phone  string
	Since  string
	Due    string // by when
	Next   string // what comes next
}

// Money shows an amount held in 分.
type Money struct {
	Fen   int64
	Upper bool // adds the amount in 大写
}

// MaskedID shows a personal number with its middle hidden; unmasking is a logged act behind RevealURL.
type MaskedID struct {
	Number    string
	RevealURL string
}

// Masked hides the middle of a personal number: 431199********1234. Short ones keep their last two characters.
func Masked(number string) string {
	r := []rune(number)
	switch n := len(r); {
	case n >= 15:
		return string(r[:6]) + "********" + string(r[n-4:])
	case n == 11:
		return string(r[:3]) + "****" + string(r[7:])
	case n > 2:
		return "****" + string(r[n-2:])
	default:
		return "****"
	}
}

// Tile is a big way in: life events, themes, kiosk keys.
type Tile struct {
	Icon  Icon
	Label string
	Text  string
	URL   string
	Tag   Tag
}

// Tiles is a grid of ways in.
type Tiles struct {
	Title string
	More  Link
	Tiles []Tile
}

// Door is a way in that is chosen by a button: who the reader will be, and what there is to try.
type Door struct {
	Icon        Icon
	Label, Text string
	Name, Value string // what the button sends
}

// Doors are doors side by side under a heading; they stand inside a form.
type Doors struct {
	Title string
	Doors []Door
}

// Hero is the band of the start page: a question and one big search box.
type Hero struct {
	Title  string
	Text   string
	Action string // GET target, parameter q
	Query  string
	Hot    []Link // often asked
	Tabs   Tabs   // 个人 / 企业
}

// LinkList is a list of links with a note behind each, such as notices with dates.
type LinkList struct {
	Links []NotedLink
}

// NotedLink is a link with a note.
type NotedLink struct {
	Link
	Note string
	Tag  Tag
}

// Bar is one bar of a ranking.
type Bar struct {
	Label   string
	Percent int // 0 to 100
	Value   string
	Note    string
	Tone    Tone
	URL     string
}

// Bars is a ranking drawn as bars, readable without the drawing.
type Bars struct{ Bars []Bar }

// FeedRow is one line of a live feed.
type FeedRow struct {
	When, Who, What, State string
	Tone                   Tone
}

// Feed is a short list of what just happened, for big screens.
type Feed struct{ Rows []FeedRow }

// ChecklistItem is one material of a one-time list (一次告知).
type ChecklistItem struct {
	Label string
	Done  bool
	Tag   Tag
	Hint  string
	URL   string
}

// Checklist shows what is needed and what is already there.
type Checklist struct {
	Title string
	Items []ChecklistItem
	Note  string
	More  Link
}

// Heading is the head of a page that is none of the archetypes.
type Heading struct {
	Title   string
	Lead    string
	Tags    []Tag
	Actions []templ.Component
}

// Render writes the heading.
func (h Heading) Render(ctx context.Context, w io.Writer) error {
	return pageHead(h.Title, h.Lead, h.Tags, h.Actions).Render(ctx, w)
}
