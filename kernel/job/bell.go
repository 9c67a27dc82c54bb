package job

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river/riverdriver"
)

// The embedded database belongs to one process, so whoever enqueues a job and whoever waits for one sit in the same house: they need no
// table of notifications between them, which would be written with every job and read twenty times a second by way of the one connection
// that writes. A bell is enough. It rings before the commit; who hears it then asks for jobs on the connection that commits, and so waits
// for just that.

// rung is a driver of the embedded database with a bell.
type rung struct {
	riverdriver.Driver[*sql.Tx]
	bell chan riverdriver.Notification
}

// bells is how many notifications may wait to be heard. One that finds no room is lost, and its job is found at the next look.
const bells = 256

func newRung(d riverdriver.Driver[*sql.Tx]) rung {
	return rung{d, make(chan riverdriver.Notification, bells)}
}

// GetExecutor implements riverdriver.Driver.
func (d rung) GetExecutor() riverdriver.Executor { return ringing{d.Driver.GetExecutor(), d.bell} }

// UnwrapExecutor implements riverdriver.Driver.
func (d rung) UnwrapExecutor(tx *sql.Tx) riverdriver.ExecutorTx {
	return ringingTx{d.Driver.UnwrapExecutor(tx), d.bell}
}

// UnwrapTx implements riverdriver.Driver.
func (d rung) UnwrapTx(tx riverdriver.ExecutorTx) *sql.Tx {
	if ours, is := tx.(ringingTx); is {
		tx = ours.ExecutorTx
	}
	return d.Driver.UnwrapTx(tx)
}

// GetListener implements riverdriver.Driver.
func (d rung) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener { return ear{d.bell} }

type ringing struct {
	riverdriver.Executor
	bell chan riverdriver.Notification
}

// Begin implements riverdriver.Executor.
func (e ringing) Begin(ctx context.Context) (riverdriver.ExecutorTx, error) {
	return begin(ctx, e.Executor, e.bell)
}

// NotifyMany implements riverdriver.Executor.
func (e ringing) NotifyMany(_ context.Context, p *riverdriver.NotifyManyParams) error {
	return ring(e.bell, p)
}

type ringingTx struct {
	riverdriver.ExecutorTx
	bell chan riverdriver.Notification
}

// Begin implements riverdriver.Executor.
func (e ringingTx) Begin(ctx context.Context) (riverdriver.ExecutorTx, error) {
	return begin(ctx, e.ExecutorTx, e.bell)
}

// NotifyMany implements riverdriver.Executor.
func (e ringingTx) NotifyMany(_ context.Context, p *riverdriver.NotifyManyParams) error {
	return ring(e.bell, p)
}

func begin(ctx context.Context, e riverdriver.Executor, bell chan riverdriver.Notification) (riverdriver.ExecutorTx, error) {
	tx, err := e.Begin(ctx)
	if err != nil {
		return nil, err
	}
	return ringingTx{tx, bell}, nil
}

func ring(bell chan riverdriver.Notification, p *riverdriver.NotifyManyParams) error {
	for _, payload := range p.Payload {
		select {
		case bell <- riverdriver.Notification{Topic: p.Topic, Payload: payload}:
		default:
		}
	}
	return nil
}

// ear hears the bell. It hears all topics; the client knows which it wants.
type ear struct{ bell chan riverdriver.Notification }

// WaitForNotification implements riverdriver.Listener.
func (e ear) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	select {
	case n := <-e.bell:
		return &n, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close implements riverdriver.Listener.
func (ear) Close(context.Context) error { return nil }

// Connect implements riverdriver.Listener.
func (ear) Connect(context.Context) error { return nil }

// Listen implements riverdriver.Listener.
func (ear) Listen(context.Context, string) error { return nil }

// Ping implements riverdriver.Listener.
func (ear) Ping(context.Context) error { return nil }

// Schema implements riverdriver.Listener.
func (ear) Schema() string { return "" }

// SetAfterConnectExec implements riverdriver.Listener.
func (ear) SetAfterConnectExec(string) {}

// Unlisten implements riverdriver.Listener.
func (ear) Unlisten(context.Context, string) error { return nil }
