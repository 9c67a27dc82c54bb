package db

import "time"

// AwaitQueued waits until so many commands stand in the queues of the SQLite writer.
func (d *DB) AwaitQueued(n int) {
	for len(d.people)+len(d.machines) < n {
		time.Sleep(time.Millisecond)
	}
}
