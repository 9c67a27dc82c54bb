// Package worklist is the one to-do list (待办): every module puts its tasks here and takes them away, in the command that makes or
// ends them, and each desk shows the tasks of its people, most pressing first.
package worklist

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/db"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Schema is the package's table.
func Schema() db.Schema { return db.Schema{Name: "worklist", Files: migrations} }

// Task is one thing somebody must do.
type Task struct {
	Ref    string // module:what:subject; one task per ref
	Kind   string // module.what, for tabs and counts
	Title  string
	Note   string
	Unit   string // the unit that must do it
	Holder string // the person, if it is somebody's in particular
	Right  authz.Permission
	Inside bool // only for people of the unit itself, however far the rights of others reach
	URL    string
	Due    time.Time // zero: no deadline
	Opened time.Time
}

// Open puts a task on the list, or brings the one with the same Ref up to date.
func Open(ctx context.Context, tx *db.Tx, t Task) error {
	tx.Later(`INSERT INTO worklist_task (ref, kind, title, note, unit, holder, permission, inside, url, due_at, opened_at)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
 ON CONFLICT (ref) DO UPDATE SET kind = excluded.kind, title = excluded.title, note = excluded.note, unit = excluded.unit,
  holder = excluded.holder, permission = excluded.permission, inside = excluded.inside, url = excluded.url, due_at = excluded.due_at`,
		t.Ref, t.Kind, t.Title, t.Note, t.Unit, t.Holder, string(t.Right), t.Inside, t.URL, far(t.Due), db.At(tx.Now))
	return nil
}

// Close takes a task off the list. Closing one that is not there is no fault: the fact behind it is what counts.
func Close(ctx context.Context, tx *db.Tx, ref string) {
	tx.Later(`DELETE FROM worklist_task WHERE ref = $1`, ref)
}

// never stands for "no deadline", so that the list sorts by one column.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func far(t time.Time) db.Time {
	if t.IsZero() {
		return db.At(never)
	}
	return db.At(t)
}

// Page asks for a part of somebody's list.
type Page struct {
	Kind  string // one kind only; empty for all
	After string // cursor of the row before
	Limit int
}

// Mine lists the tasks that the viewer may do: those held by him or by nobody, of his units, for which he has the permission.
// Next is the cursor of the following page, empty at the end.
func Mine(ctx context.Context, v *db.View, p Page) (tasks []Task, next string, err error) {
	if p.Limit <= 0 || p.Limit > 200 {
		p.Limit = 50
	}
	w := mine(v)
	if p.Kind != "" {
		w.And("kind = ?", p.Kind)
	}
	if at, ref, ok := cut(p.After); ok {
		w.And("(due_at, ref) > (?, ?)", at, ref)
	}
	rows, err := v.QueryContext(ctx, `SELECT ref, kind, title, note, unit, holder, permission, url, due_at, opened_at FROM worklist_task`+
		w.String()+` ORDER BY due_at, ref LIMIT `+w.Bind(p.Limit+1), w.Args...)
	if err != nil {
		return nil, "", fmt.Errorf("worklist: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var t Task
		var due, opened db.Time
		if err := rows.Scan(&t.Ref, &t.Kind, &t.Title, &t.Note, &t.Unit, &t.Holder, &t.Right, &t.URL, &due, &opened); err != nil {
			return nil, "", err
		}
		if len(tasks) == p.Limit {
			last := tasks[len(tasks)-1]
			return tasks, cursor(far(last.Due), last.Ref), nil
		}
		t.Opened = opened.Time
		if due.Before(never) {
			t.Due = due.Time
		}
		tasks = append(tasks, t)
	}
	return tasks, "", rows.Err()
}

// Counts gives the number of tasks the viewer may do, by kind.
func Counts(ctx context.Context, v *db.View) (map[string]int, error) {
	w := mine(v)
	rows, err := v.QueryContext(ctx, `SELECT kind, count(*) FROM worklist_task`+w.String()+` GROUP BY kind`, w.Args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]int{}
	for rows.Next() {
		var kind string
		var n int
		if err := rows.Scan(&kind, &n); err != nil {
			return nil, err
		}
		out[kind] = n
	}
	return out, rows.Err()
}

// mine is the condition that a task is the viewer's to do. A right counts only in the units for which it was granted. Rights of one reach
// are asked for together: then the database goes to the units by their index, and does not look at every task for every right.
func mine(v *db.View) *db.Where {
	reaches := map[string][]authz.Permission{}
	for _, p := range granted(v.Actor) {
		predicate, args := v.Actor.Scope(p).Where("unit", "", 1)
		reach := fmt.Sprint(predicate, args)
		reaches[reach] = append(reaches[reach], p)
	}
	w := &db.Where{}
	var either []string
	for _, reach := range slices.Sorted(maps.Keys(reaches)) {
		var marks []string
		for _, p := range reaches[reach] {
			marks = append(marks, w.Bind(string(p)))
		}
		predicate, args := v.Actor.Scope(reaches[reach][0]).Where("unit", "", len(w.Args)+1)
		w.Args = append(w.Args, args...)
		either = append(either, "(permission IN ("+strings.Join(marks, ", ")+") AND "+predicate+")")
	}
	if len(either) == 0 {
		return w.And("FALSE")
	}
	return w.And("("+strings.Join(either, " OR ")+")").And("(holder = ? OR holder = '')", v.Actor.ID).And("(inside = FALSE OR unit = ? OR holder = ?)", v.Actor.Unit, v.Actor.ID)
}

func granted(a authz.Actor) []authz.Permission {
	var out []authz.Permission
	seen := map[authz.Permission]bool{}
	for _, g := range a.Grants {
		for _, p := range g.Permissions {
			if !seen[p] {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}
