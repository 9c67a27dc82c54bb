package material_test

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/file"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
	"tongban/rules/material"
)

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func content(t testing.TB) *pack.Content {
	t.Helper()
	c, _ := pack.Load(nanling.FS, slices.Concat(catalogue.Sections(), material.Sections(), []pack.Section{
		{Kind: "unit", Glob: "units/*.yaml", Key: "code"}, {Kind: "element", Glob: "elements/*.yaml", Key: "code"}}))
	return c
}

// Merging does not depend on order or repetition, lists each type once, and is never milder than any item alone.
func TestMergeIsTheStrongestUnion(t *testing.T) {
	ed := pack.Preview(content(t))
	items := catalogue.Items(ed)
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfN(rapid.SampledFrom(items), 1, 6).Draw(t, "items")
		answers := map[string]any{"by_agent": rapid.Bool().Draw(t, "by_agent")}
		have := material.Exemptions{Licences: rapid.SliceOf(rapid.SampledFrom([]string{"11431199MB0014074F001", "11431199MB00137098001"})).Draw(t, "licences")}
		all, err := material.Merge(ed, some, answers, have)
		if err != nil {
			t.Fatal(err)
		}
		again, err := material.Merge(ed, rapid.Permutation(append(slices.Clone(some), some...)).Draw(t, "shuffled"), answers, have)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(all, again); d != "" {
			t.Fatalf("order or repetition matters:\n%s", d)
		}
		for _, i := range some {
			alone, err := material.Merge(ed, []catalogue.Item{i}, answers, have)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range alone {
				at := slices.IndexFunc(all, func(x material.Need) bool { return x.Code == n.Code })
				if at < 0 {
					t.Fatalf("%s needs %s, the merged list does not", i.Code, n.Code)
				}
				x := all[at]
				if n.Necessity == material.Required && x.Necessity != material.Required {
					t.Fatalf("%s requires %s, merged it is %s", i.Code, n.Code, x.Necessity)
				}
				if x.Waived() && !n.Waived() {
					t.Fatalf("%s is spared although %s still needs it", n.Code, i.Code)
				}
				if x.Copies < n.Copies || x.Originals < n.Originals || len(x.Why) < len(n.Why) {
					t.Fatalf("%s: the merged need asks for less than %s alone", n.Code, i.Code)
				}
			}
		}
	})
}

func TestMaterialIsSparedOnlyForAll(t *testing.T) {
	ed := pack.Preview(content(t))
	result := catalogue.Waiver{By: "result", From: "individual-registration"}
	needs := func(code string, waivers ...catalogue.Waiver) catalogue.Item {
		return catalogue.Item{Code: code, Name: code, Materials: []catalogue.MaterialNeed{{Type: "business-licence", Necessity: "required", Waivers: waivers}}}
	}
	licence := catalogue.Waiver{By: "licence", From: "L"}
	for _, c := range []struct {
		what     string
		items    []catalogue.Item
		have     material.Exemptions
		spared   bool
		possible int
	}{
		{"granted earlier in the same submission", []catalogue.Item{needs("a", result)}, material.Exemptions{Earlier: map[string][]string{"a": {"individual-registration"}}}, true, 0},
		{"granted, but not before this item", []catalogue.Item{needs("a", result)}, material.Exemptions{Earlier: map[string][]string{"b": {"individual-registration"}}}, false, 0},
		{"for one of two items only", []catalogue.Item{needs("a", result), needs("b")}, material.Exemptions{Earlier: map[string][]string{"a": {"individual-registration"}}}, false, 0},
		{"by different ways for each", []catalogue.Item{needs("a", result), needs("b", licence)}, material.Exemptions{Earlier: map[string][]string{"a": {"individual-registration"}}, Licences: []string{"L"}}, true, 0},
		{"would be by a licence", []catalogue.Item{needs("a", result), needs("b", licence)}, material.Exemptions{Earlier: map[string][]string{"a": {"individual-registration"}}}, false, 1},
		{"a licence would help one only", []catalogue.Item{needs("a", licence), needs("b")}, material.Exemptions{}, false, 0},
		{"shared data answers", []catalogue.Item{needs("a", catalogue.Waiver{By: "data", From: "health"})}, material.Exemptions{}, true, 0},
		{"shared data is down", []catalogue.Item{needs("a", catalogue.Waiver{By: "data", From: "health"})}, material.Exemptions{Down: []string{"health"}}, false, 0},
		{"commitment signed", []catalogue.Item{needs("a", catalogue.Waiver{By: "commitment"})}, material.Exemptions{Commits: []string{"business-licence"}}, true, 0},
	} {
		got, err := material.Merge(ed, c.items, nil, c.have)
		if err != nil || len(got) != 1 {
			t.Fatal(err, got)
		}
		if got[0].Waived() != c.spared || len(got[0].Possible) != c.possible {
			t.Errorf("%s: spared %v, possible %v", c.what, got[0].Waived(), got[0].Possible)
		}
	}
}

type desk struct {
	t *testing.T
	k *app.Kernel
	m *material.Module
}

func county(t *testing.T) desk {
	t.Helper()
	ctx := context.Background()
	k, err := app.Open(ctx, app.Settings{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	d := desk{t, k, material.New(k)}
	if err := k.Migrate(ctx, []app.Module{d.m}); err != nil {
		t.Fatal(err)
	}
	d.must(func(tx *db.Tx) error {
		_, err := k.Library.Publish(ctx, tx, content(t), "test")
		return err
	})
	return d
}

func (d desk) do(at time.Time, f func(*db.Tx) error) error {
	_, err := d.k.DB.Run(context.Background(), db.Act{Actor: authz.Machine("test", ""), Name: "test", Now: at}, f)
	return err
}

func (d desk) must(f func(*db.Tx) error) {
	d.t.Helper()
	if err := d.do(now, f); err != nil {
		d.t.Fatal(err)
	}
}

// photo is a small picture; n makes it another one.
func (d desk) photo(n int) file.Blob {
	d.t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 4+n, 4))); err != nil {
		d.t.Fatal(err)
	}
	blob, err := d.k.Files.Receive(context.Background(), nil, "photo.png", &b)
	if err != nil {
		d.t.Fatal(err)
	}
	return blob
}

func (d desk) attach(group, typ string, n int) (p material.Piece, err error) {
	d.t.Helper()
	blob := d.photo(n)
	err = d.do(now, func(tx *db.Tx) error {
		all, err := d.m.AttachAll(context.Background(), tx, group, typ, material.ByUpload, []file.Blob{blob})
		if err == nil {
			p = all[0]
		}
		return err
	})
	return p, err
}

func (d desk) states(group string) (out []string) {
	d.t.Helper()
	all, err := d.m.Pieces(context.Background(), d.k.View(authz.Machine("test", "")), group)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, p := range all {
		out = append(out, p.Type+" "+string(p.State))
	}
	return out
}

func (d desk) expect(group string, want ...string) {
	d.t.Helper()
	if diff := cmp.Diff(want, d.states(group)); diff != "" {
		d.t.Errorf("pieces of %s:\n%s", group, diff)
	}
}

func TestPieceGoesItsWay(t *testing.T) {
	d, ctx := county(t), context.Background()
	plan, err := d.attach("G1", "floor-plan", 1)
	if err != nil {
		t.Fatal(err)
	}
	d.must(func(tx *db.Tx) error {
		_, err := d.m.Waive(ctx, tx, "G1", "id-card", catalogue.Waiver{By: "licence", From: "11431199MB0014074F001"})
		return err
	})
	d.must(func(tx *db.Tx) error {
		_, err := d.m.Lack(ctx, tx, "G1", "premises-proof", "三个工作日内补")
		return err
	})
	d.expect("G1", "floor-plan given", "id-card waived", "premises-proof lacking")
	if err := d.do(now, func(tx *db.Tx) error { return d.m.Return(ctx, tx, plan.ID, " ") }); problem.KindOf(err) != problem.KindInvalid {
		t.Errorf("returning without a reason: %v", err)
	}
	d.must(func(tx *db.Tx) error { return d.m.Return(ctx, tx, plan.ID, "出口没有标注，请补标") })
	d.expect("G1", "floor-plan returned", "id-card waived", "premises-proof lacking")
	if err := d.do(now, func(tx *db.Tx) error { return d.m.Return(ctx, tx, plan.ID, "再退一次") }); problem.KindOf(err) != problem.KindConflict {
		t.Errorf("returning twice: %v", err)
	}
	if _, err := d.attach("G1", "floor-plan", 2); err != nil {
		t.Fatal(err)
	}
	if _, err := d.attach("G1", "premises-proof", 3); err != nil {
		t.Fatal(err)
	}
	d.expect("G1", "floor-plan given", "id-card waived", "premises-proof given")
}

func TestNoMoreFilesThanTheTypeTakes(t *testing.T) {
	d := county(t)
	for n := range 2 {
		if _, err := d.attach("G1", "id-card", n); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.attach("G1", "id-card", 9); !problem.Mendable(err) || len(problem.FieldsOf(err)) != 1 {
		t.Errorf("a third picture of the card: %v", err)
	}
	if _, err := d.attach("G1", "no-such-material", 1); problem.KindOf(err) != problem.KindNotFound {
		t.Errorf("unknown type: %v", err)
	}
}

func TestEarlierPiecesAreOnlyOnesOwn(t *testing.T) {
	d, ctx := county(t), context.Background()
	p, err := d.attach("G1", "floor-plan", 1)
	if err != nil {
		t.Fatal(err)
	}
	d.must(func(tx *db.Tx) error { return d.m.Assign(ctx, tx, "G1", "P1") })
	own, err := d.m.Earlier(ctx, d.k.View(authz.Machine("test", "")), "P1", "floor-plan")
	if err != nil || len(own) != 1 {
		t.Fatalf("%v, %v", own, err)
	}
	d.must(func(tx *db.Tx) error { _, err := d.m.Reuse(ctx, tx, "G2", "P1", p.ID); return err })
	d.expect("G2", "floor-plan given")
	if err := d.do(now, func(tx *db.Tx) error { _, err := d.m.Reuse(ctx, tx, "G3", "P2", p.ID); return err }); problem.KindOf(err) != problem.KindNotFound {
		t.Errorf("somebody else's piece: %v", err)
	}
}

func TestPhoneMayUploadForTenMinutes(t *testing.T) {
	d, ctx := county(t), context.Background()
	var token string
	d.must(func(tx *db.Tx) (err error) { token, err = d.m.OpenPhone(ctx, tx, "G1", "floor-plan"); return err })
	at := func(after time.Duration) *db.View { return d.k.DB.View(authz.Machine("test", ""), now.Add(after)) }
	s, err := d.m.Phone(ctx, at(9*time.Minute+59*time.Second), token)
	if err != nil || s.Group != "G1" || s.Type.Code != "floor-plan" {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := d.m.Phone(ctx, at(10*time.Minute), token); problem.KindOf(err) != problem.KindGone {
		t.Errorf("after ten minutes: %v", err)
	}
	if _, err := d.m.Phone(ctx, at(0), token+"x"); problem.KindOf(err) != problem.KindNotFound {
		t.Errorf("a guessed token: %v", err)
	}
	var stored int
	if err := at(0).QueryRowContext(ctx, `SELECT count(*) FROM material_phone WHERE token_hash = $1`, token).Scan(&stored); err != nil || stored != 0 {
		t.Errorf("the token lies open in the table: %d, %v", stored, err)
	}
}

func blobs(all ...file.Blob) []file.Blob { return all }
