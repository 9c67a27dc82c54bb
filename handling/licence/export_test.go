package licence

import (
	"context"

	"tongban/kernel/calendar"
	"tongban/kernel/crypto"
	"tongban/kernel/document"
	"tongban/kernel/file"
)

// The steps of the making one by one, so that tests can cut it off between any two of them.

// TakeNumber is the first step.
func (m *Module) TakeNumber(ctx context.Context, l Licence) error {
	return m.takeNumbers(ctx, []Licence{l})
}

// Put draws the document and keeps its bytes, without the command that names them.
func (m *Module) Put(ctx context.Context, l Licence) (file.Blob, string, error) {
	p, err := m.Paper(ctx, l)
	if err != nil {
		return file.Blob{}, "", err
	}
	pdf, err := m.k.Papers.Render(p, l.NumberedAt.In(calendar.Zone()))
	if err != nil {
		return file.Blob{}, "", err
	}
	blob, err := m.k.Files.Put(l.Name+" "+l.Number+".pdf", file.PDF, pdf)
	return blob, crypto.HashHex(pdf), err
}

// Draw is the second step.
func (m *Module) Draw(ctx context.Context, l Licence) error { return m.draw(ctx, []Licence{l}) }

// Expire is the daily step.
func (m *Module) Expire(ctx context.Context) error { return m.expire(ctx) }

// Paper is the document of a licence before it is drawn.
func (m *Module) Paper(ctx context.Context, l Licence) (document.Paper, error) {
	lines, err := m.Face(l)
	if err != nil {
		return document.Paper{}, err
	}
	s, err := m.seals.Find(ctx, m.k.View(machine), l.Seal)
	return m.compose(l, lines, s), err
}

var (
	Until     = until
	NewLimit  = newLimiter
	MaxAsking = checkBurst
)

// Wait is how long a caller must wait.
var Wait = (*limiter).wait

// Checks is the check digit of a number's digits.
func Checks(digits string) byte { return checkDigit(digits) }
