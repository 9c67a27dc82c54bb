package ui

import (
	"context"
	"io"
)

// Every component is a templ.Component: it renders itself, so that it can stand in a template and in a Go slice alike.

// Render writes the component.
func (i Icon) Render(ctx context.Context, w io.Writer) error { return i.view().Render(ctx, w) }

// Render writes the component.
func (p Pinned) Render(ctx context.Context, w io.Writer) error { return p.view().Render(ctx, w) }

// Render writes the component.
func (f Field) Render(ctx context.Context, w io.Writer) error { return f.view().Render(ctx, w) }

// Render writes the component.
func (c Choice) Render(ctx context.Context, w io.Writer) error { return c.view().Render(ctx, w) }

// Render writes the component.
func (s Select) Render(ctx context.Context, w io.Writer) error { return s.view().Render(ctx, w) }

// Render writes the component.
func (d DateBoxes) Render(ctx context.Context, w io.Writer) error { return d.view().Render(ctx, w) }

// Render writes the component.
func (u Upload) Render(ctx context.Context, w io.Writer) error { return u.view().Render(ctx, w) }

// Render writes the component.
func (e ErrorSummary) Render(ctx context.Context, w io.Writer) error { return e.view().Render(ctx, w) }

// Render writes the component.
func (b Button) Render(ctx context.Context, w io.Writer) error { return b.view().Render(ctx, w) }

// Render writes the component.
func (l LinkButton) Render(ctx context.Context, w io.Writer) error { return l.view().Render(ctx, w) }

// Render writes the component.
func (a Actions) Render(ctx context.Context, w io.Writer) error { return a.view().Render(ctx, w) }

// Render writes the component.
func (t Text) Render(ctx context.Context, w io.Writer) error { return t.view().Render(ctx, w) }

// Render writes the component.
func (d Doors) Render(ctx context.Context, w io.Writer) error { return d.view().Render(ctx, w) }

// Render writes the component.
func (p Passage) Render(ctx context.Context, w io.Writer) error { return p.view().Render(ctx, w) }

// Render writes the component.
func (l Listing) Render(ctx context.Context, w io.Writer) error { return l.view().Render(ctx, w) }

// Render writes the component.
func (h Hint) Render(ctx context.Context, w io.Writer) error { return h.view().Render(ctx, w) }

// Render writes the component.
func (p Prose) Render(ctx context.Context, w io.Writer) error { return p.view().Render(ctx, w) }

// Render writes the component.
func (g Group) Render(ctx context.Context, w io.Writer) error { return g.view().Render(ctx, w) }

// Render writes the component.
func (t Tag) Render(ctx context.Context, w io.Writer) error { return t.view().Render(ctx, w) }

// Render writes the component.
func (t Two) Render(ctx context.Context, w io.Writer) error { return t.view().Render(ctx, w) }

// Render writes the component.
func (a Anchor) Render(ctx context.Context, w io.Writer) error { return a.view().Render(ctx, w) }

// Render writes the component.
func (c CardBadge) Render(ctx context.Context, w io.Writer) error { return c.view().Render(ctx, w) }

// Render writes the component.
func (c ClockBadge) Render(ctx context.Context, w io.Writer) error { return c.view().Render(ctx, w) }

// Render writes the component.
func (k KPIStrip) Render(ctx context.Context, w io.Writer) error { return k.view().Render(ctx, w) }

// Render writes the component.
func (s Steps) Render(ctx context.Context, w io.Writer) error { return s.view().Render(ctx, w) }

// Render writes the component.
func (t TaskList) Render(ctx context.Context, w io.Writer) error { return t.view().Render(ctx, w) }

// Render writes the component.
func (s SummaryList) Render(ctx context.Context, w io.Writer) error { return s.view().Render(ctx, w) }

// Render writes the component.
func (d DescriptionList) Render(ctx context.Context, w io.Writer) error {
	return d.view().Render(ctx, w)
}

// Render writes the component.
func (n Notice) Render(ctx context.Context, w io.Writer) error { return n.view().Render(ctx, w) }

// Render writes the component.
func (e EmptyState) Render(ctx context.Context, w io.Writer) error { return e.view().Render(ctx, w) }

// Render writes the component.
func (t Timeline) Render(ctx context.Context, w io.Writer) error { return t.view().Render(ctx, w) }

// Render writes the component.
func (s Split) Render(ctx context.Context, w io.Writer) error { return s.view().Render(ctx, w) }

// Render writes the component.
func (o OpinionBox) Render(ctx context.Context, w io.Writer) error { return o.view().Render(ctx, w) }

// Render writes the component.
func (d DecisionBox) Render(ctx context.Context, w io.Writer) error { return d.view().Render(ctx, w) }

// Render writes the component.
func (q QR) Render(ctx context.Context, w io.Writer) error { return q.view().Render(ctx, w) }

// Render writes the component.
func (f Figure) Render(ctx context.Context, w io.Writer) error { return f.view().Render(ctx, w) }

// Render writes the component.
func (f FlowPicture) Render(ctx context.Context, w io.Writer) error { return f.view().Render(ctx, w) }

// Render writes the component.
func (s SourceNote) Render(ctx context.Context, w io.Writer) error { return s.view().Render(ctx, w) }

// Render writes the component.
func (r ResponsibleCard) Render(ctx context.Context, w io.Writer) error {
	return r.view().Render(ctx, w)
}

// Render writes the component.
func (m Money) Render(ctx context.Context, w io.Writer) error { return m.view().Render(ctx, w) }

// Render writes the component.
func (m MaskedID) Render(ctx context.Context, w io.Writer) error { return m.view().Render(ctx, w) }

// Render writes the component.
func (t Tiles) Render(ctx context.Context, w io.Writer) error { return t.view().Render(ctx, w) }

// Render writes the component.
func (h Hero) Render(ctx context.Context, w io.Writer) error { return h.view().Render(ctx, w) }

// Render writes the component.
func (l LinkList) Render(ctx context.Context, w io.Writer) error { return l.view().Render(ctx, w) }

// Render writes the component.
func (b Bars) Render(ctx context.Context, w io.Writer) error { return b.view().Render(ctx, w) }

// Render writes the component.
func (f Feed) Render(ctx context.Context, w io.Writer) error { return f.view().Render(ctx, w) }

// Render writes the component.
func (c Checklist) Render(ctx context.Context, w io.Writer) error { return c.view().Render(ctx, w) }

// Render writes the component.
func (t Table) Render(ctx context.Context, w io.Writer) error { return t.view().Render(ctx, w) }

// Render writes the component.
func (t Tabs) Render(ctx context.Context, w io.Writer) error { return t.view().Render(ctx, w) }

// Render writes the component.
func (c Chips) Render(ctx context.Context, w io.Writer) error { return c.view().Render(ctx, w) }

// Render writes the component.
func (f FilterBar) Render(ctx context.Context, w io.Writer) error { return f.view().Render(ctx, w) }

// Render writes the component.
func (p Pager) Render(ctx context.Context, w io.Writer) error { return p.view().Render(ctx, w) }

// Render writes the component.
func (l List) Render(ctx context.Context, w io.Writer) error { return l.view().Render(ctx, w) }

// Render writes the component.
func (d Detail) Render(ctx context.Context, w io.Writer) error { return d.view().Render(ctx, w) }

// Render writes the component.
func (f FormPage) Render(ctx context.Context, w io.Writer) error { return f.view().Render(ctx, w) }

// Render writes the component.
func (v Wizard) Render(ctx context.Context, w io.Writer) error { return v.view().Render(ctx, w) }

// Render writes the component.
func (v Worklist) Render(ctx context.Context, w io.Writer) error { return v.view().Render(ctx, w) }

// Render writes the component.
func (a Article) Render(ctx context.Context, w io.Writer) error { return a.view().Render(ctx, w) }

// Render writes the component.
func (d Dashboard) Render(ctx context.Context, w io.Writer) error { return d.view().Render(ctx, w) }
