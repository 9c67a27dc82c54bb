package webhook

import (
	"context"
	"time"
)

// Deliver tries a message now, as its job does.
func (m *Module) Deliver(ctx context.Context, id string) error {
	return m.deliver(ctx, deliver{ID: id})
}

// Sweep looks for stalled messages now.
func (m *Module) Sweep(ctx context.Context) error { return m.sweep(ctx, sweep{}) }

// Tidy forgets old messages now.
func (m *Module) Tidy(ctx context.Context) error { return m.tidy(ctx, tidy{}) }

// WaitFor makes receivers answer within d.
func (m *Module) WaitFor(d time.Duration) { m.patience = d }
