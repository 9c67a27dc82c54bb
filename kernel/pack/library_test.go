package pack_test

import (
	"sync"
	"testing"

	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
)

type thing struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// content is a pack of things, written as code: name.
func content(t *testing.T, things map[string]string) *pack.Content {
	t.Helper()
	files := map[string]string{}
	for code, name := range things {
		files["things/"+code+".yaml"] = "code: " + code + "\nname: " + name + "\n"
	}
	c, findings := pack.Load(tree(files), sections)
	if c == nil || len(findings) > 0 {
		t.Fatal(findings)
	}
	return c
}

func publish(t *testing.T, kt *kerneltest.Kit, things map[string]string) *pack.Edition {
	t.Helper()
	var e *pack.Edition
	kt.As(kerneltest.Clerk("admin")).Must("pack.publish", func(tx *db.Tx) (err error) {
		e, err = kt.Library.Publish(kt.Ctx, tx, content(t, things), "试验")
		return err
	})
	return e
}

func name(t *testing.T, e *pack.Edition, code string) string {
	t.Helper()
	one, _ := pack.Find[thing](e, "thing", code)
	return one.Name
}

func TestRunningMatterKeepsTheEditionItBeganUnder(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		if e := kt.Library.Current(); e.Number != 0 || len(pack.All[thing](e, "thing")) != 0 {
			t.Fatalf("a new county has edition %d", e.Number)
		}
		first := publish(t, kt, map[string]string{"a": "甲", "b": "乙"})
		second := publish(t, kt, map[string]string{"a": "甲改", "b": "乙", "c": "丙"})
		if first.Number != 1 || second.Number != 2 || kt.Library.Current().Number != 2 {
			t.Fatalf("editions %d, %d, in force %d", first.Number, second.Number, kt.Library.Current().Number)
		}
		fresh := pack.NewLibrary() // another process, which knows only the database
		if err := fresh.Refresh(kt.Ctx, kt.Look()); err != nil {
			t.Fatal(err)
		}
		pinned, err := fresh.At(kt.Ctx, kt.Look(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := name(t, pinned, "a"); got != "甲" {
			t.Errorf("the pinned edition says %q", got)
		}
		if got := name(t, fresh.Current(), "a"); got != "甲改" {
			t.Errorf("the edition in force says %q", got)
		}
		for code, want := range map[string]int64{"a": 2, "b": 1, "c": 1, "nothing": 0} {
			if got := fresh.Current().Version("thing", code); got != want {
				t.Errorf("%s is version %d, want %d", code, got, want)
			}
		}
		if _, err := fresh.At(kt.Ctx, kt.Look(), 9); problem.KindOf(err) != problem.KindNotFound {
			t.Errorf("an edition that never was: %v", err)
		}
	})
}

func TestSameContentIsNoNewEdition(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		things := map[string]string{"a": "甲"}
		publish(t, kt, things)
		if e := publish(t, kt, things); e.Number != 1 || kt.Count(`SELECT count(*) FROM pack_edition`) != 1 {
			t.Errorf("edition %d", e.Number)
		}
		if e := publish(t, kt, map[string]string{}); e.Number != 2 || e.Version("thing", "a") != 0 {
			t.Errorf("removing a definition: edition %d, version %d", e.Number, e.Version("thing", "a"))
		}
	})
}

// A version names one text for ever: cases and letters cite it.
func TestVersionIsNeverGivenToAnotherText(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		publish(t, kt, map[string]string{"a": "甲", "b": "乙"})
		publish(t, kt, map[string]string{"b": "乙"})
		e := publish(t, kt, map[string]string{"a": "别的", "b": "乙"})
		if got := e.Version("thing", "a"); got != 2 {
			t.Errorf("another text came back as version %d", got)
		}
		publish(t, kt, map[string]string{"b": "乙"})
		if e := publish(t, kt, map[string]string{"a": "别的", "b": "乙"}); e.Version("thing", "a") != 2 {
			t.Errorf("the same text came back as version %d", e.Version("thing", "a"))
		}
	})
}

func TestTwoPublishersAtOnce(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		publish(t, kt, map[string]string{"a": "甲"})
		libraries := []*pack.Library{pack.NewLibrary(), pack.NewLibrary()}
		for _, l := range libraries {
			if err := l.Refresh(kt.Ctx, kt.Look()); err != nil {
				t.Fatal(err)
			}
		}
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i, l := range libraries {
			c := content(t, map[string]string{"a": []string{"子", "丑"}[i]})
			all.Go(func() {
				errs[i] = kt.As(kerneltest.Clerk("admin")).Run("pack.publish", func(tx *db.Tx) error {
					_, err := l.Publish(kt.Ctx, tx, c, "")
					return err
				})
			})
		}
		all.Wait()
		for i, err := range errs {
			if err != nil && problem.KindOf(err) != problem.KindConflict {
				t.Errorf("%v: the person must read that somebody else has published", err)
			}
			if err != nil && errs[1-i] != nil {
				t.Errorf("neither could publish: %v", errs)
			}
		}
	})
}

func TestRefusedPublicationIsNotInForce(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		_ = kt.As(kerneltest.Clerk("admin")).Run("pack.publish", func(tx *db.Tx) error {
			if _, err := kt.Library.Publish(kt.Ctx, tx, content(t, map[string]string{"a": "甲"}), ""); err != nil {
				t.Error(err)
			}
			return problem.Forbidden("没有权限")
		})
		if kt.Library.Current().Number != 0 {
			t.Error("memory believes in an edition that was never published")
		}
	})
}

func TestFirstReadersSideBySideGetOneValue(t *testing.T) {
	edition := pack.Preview(content(t, map[string]string{"a": "甲"}))
	var ready, all sync.WaitGroup
	got := make([]*thing, 8)
	ready.Add(len(got))
	for i := range got {
		all.Go(func() {
			got[i], _ = pack.Cached(edition, "index", func() (*thing, error) {
				ready.Done()
				ready.Wait() // until everybody computes
				return &thing{Code: "index"}, nil
			})
		})
	}
	all.Wait()
	for i, v := range got {
		if v != got[0] {
			t.Errorf("reader %d holds a value of its own", i)
		}
	}
}
