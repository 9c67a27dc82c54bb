package document

// Size is the sheet of a paper. The zero value is A4.
type Size int

// The sheets a paper can be printed on.
const (
	A4        Size = iota // 210 × 297 mm, type area 156 × 225 mm as in GB/T 9704
	Receipt80             // 80 mm thermal roll, as long as its text
	Receipt58             // 58 mm thermal roll, as long as its text
	Landscape             // A4 landscape with a double frame, one face of a certificate
)

// Paper is one official paper. Empty parts are left out. A zero Paper is a blank sheet.
type Paper struct {
	Title   string // 标题, large and centred
	Issuer  string // 发文机关标志, above the title
	Number  string // 文号, under the title
	Blocks  []Block
	Footer  string // once, at the foot of the last page
	QR      *QR    // upper right corner of the first page; on a receipt, at its end
	Size    Size
	Creator string // writing program, only in the file's properties

	// Watermark is drawn pale and slanted behind each page. It is picture only and not part of Text.
	Watermark string
}

// Block is one part of a paper's body: Heading, Paragraph, Fields, Table, List, Signature, QR, Seal or Spacer.
type Block interface {
	place(*composer)
	text(*plain)
}

// Heading is a line that stands above what follows and never alone at the foot of a page.
type Heading struct {
	Text  string
	Level int // 1 (or 0) to 3, from large to small
}

// Align says where a text stands in its width. The zero value is the left.
type Align int

// The three places a text can stand.
const (
	Left Align = iota
	Centre
	Right
)

// Paragraph is running text: justified, first line indented by two characters (2 em), no line begins with a closing
// mark or ends with an opening one (避头尾). A line feed inside starts a new line with the same indent.
type Paragraph struct {
	Text  string
	Flush bool  // no indent, as for the line that names the addressee
	Align Align // Centre and Right are set flush and not justified
	Bold  bool
}

// Field is one label with its value.
type Field struct{ Label, Value string }

// Fields is a list of labels and values. It is drawn with borders unless Plain.
type Fields struct {
	Rows  []Field
	Plain bool
}

// Column heads one column of a Table.
type Column struct {
	Title  string
	Weight float64 // share of the width; zero counts as 1
	Align  Align
}

// Table has borders; its head is repeated on each page it runs over. A row longer than the columns is an error of the
// caller: what has no column is not printed and not part of Text.
type Table struct {
	Columns []Column
	Rows    [][]string
}

// ListStyle is the kind of number before the items of a List.
type ListStyle int

// The kinds of number, as in GB/T 9704: the third level, the second, the first, none.
const (
	Arabic   ListStyle = iota // 1．
	Bracket                   // （一）
	Chinese                   // 一、
	Unmarked                  //
)

// List is a numbered list. Items are set as paragraphs with the number in the indent.
type List struct {
	Items []string
	Style ListStyle
}

// Signature closes a paper: who issues it and when, at the right, kept together on one page. When Seal is nil the
// room above and over the date is left free for a stamp; otherwise the mark is drawn across issuer and date.
type Signature struct {
	Issuer string
	Date   string
	Seal   *Seal
}

// Seal is a round red mark, drawn as a decorative picture: circle, star, Name along the upper arc from left to right,
// Note straight below the star. It has no legal force (the electronic seal is a signature over the file) and is not part
// of Text.
type Seal struct {
	Name string
	Note string
}

// QR is a QR code with a caption under it. The code is drawn as vector; only the caption is part of Text.
type QR struct {
	Text    string
	Caption string
}

// Spacer is empty height, in millimetres.
type Spacer struct{ MM float64 }
