package worklist_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/worklist"
)

const accept, decide authz.Permission = "casework.accept", "casework.decide"

// reader may accept in bureau a, and decide in b.
var reader = authz.Actor{Kind: authz.Staff, ID: "c1", Grants: []authz.Grant{
	{Permissions: []authz.Permission{accept}, Reach: authz.Reach{Units: []string{"a"}}},
	{Permissions: []authz.Permission{decide}, Reach: authz.Reach{Units: []string{"b"}}}}}

func open(kt *kerneltest.Kit, tasks ...worklist.Task) {
	kt.As(kerneltest.Clerk("system")).Must("test.open", func(tx *db.Tx) error {
		for _, task := range tasks {
			if err := worklist.Open(kt.Ctx, tx, task); err != nil {
				return err
			}
		}
		return nil
	})
}

func refs(t *testing.T, kt *kerneltest.Kit, limit int, kind string) (out []string) {
	t.Helper()
	after := ""
	for range 1000 {
		tasks, next, err := worklist.Mine(kt.Ctx, kt.View(reader), worklist.Page{Kind: kind, After: after, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		for _, task := range tasks {
			out = append(out, task.Ref)
		}
		if next == "" {
			return out
		}
		after = next
	}
	t.Fatal("the pages never end")
	return nil
}

func TestRightCountsOnlyInTheUnitsForWhichItWasGranted(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		for _, unit := range []string{"a", "b", ""} {
			for _, right := range []authz.Permission{accept, decide, ""} {
				for _, holder := range []string{"", "c1", "c2"} {
					open(kt, worklist.Task{Ref: fmt.Sprintf("%s:%s:%s", unit, right, holder), Kind: "k", Unit: unit, Right: right, Holder: holder})
				}
			}
		}
		if got := fmt.Sprint(refs(t, kt, 50, "")); got != "[a:casework.accept: a:casework.accept:c1 b:casework.decide: b:casework.decide:c1]" {
			t.Error(got)
		}
		counts, err := worklist.Counts(kt.Ctx, kt.View(reader))
		if err != nil || counts["k"] != 4 {
			t.Error(counts, err)
		}
		if tasks, _, err := worklist.Mine(kt.Ctx, kt.View(kerneltest.Person("p")), worklist.Page{}); len(tasks) != 0 || err != nil {
			t.Error(tasks, err)
		}
	})
}

func TestPagesAreCompleteAndShowNoTaskTwice(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		base := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		rapid.Check(t, func(rt *rapid.T) {
			kt.Tamper(`DELETE FROM worklist_task`)
			n := rapid.IntRange(0, 30).Draw(rt, "tasks")
			var tasks []worklist.Task
			for i := range n {
				task := worklist.Task{Ref: fmt.Sprintf("r%02d", i), Kind: "k", Unit: "a", Right: accept}
				if d := rapid.IntRange(0, 3).Draw(rt, "due"); d > 0 { // many share a deadline, some have none
					task.Due = base.Add(time.Duration(d) * time.Hour)
				}
				tasks = append(tasks, task)
			}
			open(kt, tasks...)
			got := refs(t, kt, rapid.IntRange(1, 7).Draw(rt, "page"), "")
			seen := map[string]bool{}
			for _, ref := range got {
				if seen[ref] {
					rt.Fatalf("%s twice in %v", ref, got)
				}
				seen[ref] = true
			}
			if len(got) != n {
				rt.Fatalf("%d of %d tasks shown", len(got), n)
			}
		})
	})
}

func TestMostPressingFirstAndNoDeadlineLast(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		day := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		open(kt, worklist.Task{Ref: "none", Kind: "k", Unit: "a", Right: accept}, worklist.Task{Ref: "late", Kind: "k", Unit: "a", Right: accept, Due: day.Add(time.Hour)},
			worklist.Task{Ref: "soon", Kind: "other", Unit: "a", Right: accept, Due: day})
		if got := fmt.Sprint(refs(t, kt, 1, "")); got != "[soon late none]" {
			t.Error(got)
		}
		if got := fmt.Sprint(refs(t, kt, 1, "k")); got != "[late none]" {
			t.Error(got)
		}
		tasks, _, err := worklist.Mine(kt.Ctx, kt.View(reader), worklist.Page{After: "damaged link"})
		if err != nil || len(tasks) != 3 || !tasks[0].Due.Equal(day) || !tasks[2].Due.IsZero() {
			t.Errorf("%+v, %v", tasks, err)
		}
	})
}

func TestTaskClosedAndOpenedAgainInOneCommandIsThere(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		task := worklist.Task{Ref: "r", Kind: "k", Unit: "a", Right: accept}
		open(kt, task)
		kt.As(kerneltest.Clerk("system")).Must("test.move", func(tx *db.Tx) error {
			worklist.Close(kt.Ctx, tx, "r")
			task.Kind = "next"
			return worklist.Open(kt.Ctx, tx, task)
		})
		if got := fmt.Sprint(refs(t, kt, 5, "next")); got != "[r]" {
			t.Errorf("%s: the task of the next step is gone", got)
		}
		kt.As(kerneltest.Clerk("system")).Must("test.end", func(tx *db.Tx) error {
			worklist.Close(kt.Ctx, tx, "r")
			worklist.Close(kt.Ctx, tx, "was never there")
			return nil
		})
		if got := refs(t, kt, 5, ""); got != nil {
			t.Error(got)
		}
	})
}

func TestATaskForTheUnitItselfReachesNobodyElse(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		open(kt, worklist.Task{Ref: "all", Unit: "a", Right: accept}, worklist.Task{Ref: "inside", Unit: "a", Right: accept, Inside: true},
			worklist.Task{Ref: "mine", Unit: "a", Right: accept, Inside: true, Holder: "c1"})
		outsider, insider := reader, reader // the reach is the same; only the second works in the unit
		insider.Unit = "a"
		for who, want := range map[*authz.Actor]int{&outsider: 2, &insider: 3} {
			tasks, _, err := worklist.Mine(kt.Ctx, kt.View(*who), worklist.Page{})
			if err != nil || len(tasks) != want {
				t.Errorf("a reader of unit %q sees %d tasks, want %d (%v)", who.Unit, len(tasks), want, err)
			}
		}
	})
}
