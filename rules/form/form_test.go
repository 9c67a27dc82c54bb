package form_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tongban/kernel/app"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/packs/nanling"
	"tongban/rules/catalogue"
	"tongban/rules/form"
)

var now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func content(t testing.TB) *pack.Content {
	t.Helper()
	c, _ := pack.Load(nanling.FS, slices.Concat(catalogue.Sections(), form.Sections(), []pack.Section{
		{Kind: "unit", Glob: "units/*.yaml", Key: "code"}, {Kind: "region", Glob: "regions/*.yaml", Key: "code"},
		{Kind: "material", Glob: "materials/*.yaml", Key: "code"}}))
	return c
}

func item(elements ...catalogue.ElementNeed) catalogue.Item {
	return catalogue.Item{Code: "food-operation-licence", Name: "食品经营许可", Elements: elements}
}

// ask makes a form of one element of each kind and reads what was posted for it.
func ask(t *testing.T, ed *pack.Edition, element string, posted url.Values) (form.Value, []problem.Field) {
	t.Helper()
	f, err := form.Merge(ed, []catalogue.Item{item(catalogue.ElementNeed{Element: element})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	values, faults := f.Read(posted, now)
	return form.Get(values, element), faults
}

func TestEveryKindIsReadAsPeopleWriteIt(t *testing.T) {
	ed := pack.Preview(content(t))
	one := func(name, value string) url.Values { return url.Values{name: {value}} }
	date := func(y, m, d string) url.Values {
		return url.Values{"opening_day.year": {y}, "opening_day.month": {m}, "opening_day.day": {d}}
	}
	place := func(region, text string) url.Values {
		return url.Values{"premises_address.region": {region}, "premises_address.text": {text}}
	}
	for _, c := range []struct {
		element string
		posted  url.Values
		text    string // stored; empty when refused
		say     string // shown, or part of the complaint
	}{
		{"applicant_name", one("applicant_name", " 盘小兰 "), "盘小兰", "盘小兰"},
		{"applicant_name", one("applicant_name", "张𬱖"), "张𬱖", "张𬱖"},
		{"applicant_name", one("applicant_name", "买买提·吐尔逊"), "买买提·吐尔逊", "买买提·吐尔逊"},
		{"applicant_name", one("applicant_name", "张3"), "", "姓名"},
		{"applicant_name", url.Values{}, "", "请填写申请人姓名"},
		{"applicant_id", one("applicant_id", "431199 199001010032"), "431199199001010032", "431199199001010032"},
		{"applicant_id", one("applicant_id", "431199199001010030"), "", "校验"},
		{"applicant_id", one("applicant_id", "431199202701010038"), "", "还没有到"},
		{"applicant_phone", one("applicant_phone", "138 0000 0001"), "13800000001", "13800000001"},
		{"applicant_phone", one("applicant_phone", "1380000000"), "", "11 位"},
		{"opening_day", date("2026", "12", "18"), "2026-12-18", "2026年12月18日"},
		{"opening_day", date("2026年", "1月", "8日"), "2026-01-08", "2026年1月8日"},
		{"opening_day", date("2026-12-18", "", ""), "2026-12-18", "2026年12月18日"},
		{"opening_day", date("20261218", "", ""), "2026-12-18", "2026年12月18日"},
		{"opening_day", date("2026年12月18日", "", ""), "2026-12-18", "2026年12月18日"},
		{"opening_day", date("2026/1/8", "", ""), "2026-01-08", "2026年1月8日"},
		{"opening_day", date("2026", "", "18"), "", "还缺“月”"},
		{"opening_day", date("2026", "12", ""), "", "还缺“日”"},
		{"opening_day", date("", "12", "18"), "", "还缺“年”"},
		{"opening_day", date("2026", "2", "30"), "", "不存在"},
		{"opening_day", date("1026", "2", "3"), "", "年份"},
		{"opening_day", url.Values{}, "", "请填写计划开业日期"},
		{"renovation_cost", one("renovation_cost", "12.5万"), "12500000", "125,000.00 元"},
		{"renovation_cost", one("renovation_cost", "￥1,234.5"), "123450", "1,234.50 元"},
		{"renovation_cost", one("renovation_cost", "很多"), "", "金额"},
		{"premises_area", one("premises_area", "120.5 平方米"), "120.50", "120.50 ㎡"},
		{"premises_area", one("premises_area", "1,200"), "1200.00", "1,200.00 ㎡"},
		{"premises_area", one("premises_area", "-3"), "", "负数"},
		{"seat_count", one("seat_count", "４０"), "40", "40 个"},
		{"seat_count", one("seat_count", "40 个"), "40", "40 个"},
		{"seat_count", one("seat_count", "四十"), "", "整数"},
		{"grease_trap", one("grease_trap", "yes"), "yes", "是"},
		{"grease_trap", one("grease_trap", "maybe"), "", "“是”或“否”"},
		{"premises_right", one("premises_right", "rent"), "rent", "租赁"},
		{"premises_right", one("premises_right", "steal"), "", "选项"},
		{"premises_address", place("431199001", "文庙路 12 号"), "431199001|文庙路 12 号", "南岭县青石街道文庙路 12 号"},
		{"premises_address", place("outside", "长沙市芙蓉区五一大道 1 号"), "outside|长沙市芙蓉区五一大道 1 号", "长沙市芙蓉区五一大道 1 号"},
		{"premises_address", place("", "文庙路 12 号"), "", "请选择"},
		{"premises_address", place("431199001", " "), "", "门牌号"},
		{"premises_address", place("999999999", "x"), "", "重新选择"},
		{"sign_text", one("sign_text", strings.Repeat("大", 41)), "", "最多 40 个字"},
		{"sign_text", one("sign_text", "盘记  <b>米粉</b>"), "盘记 <b>米粉</b>", "盘记 <b>米粉</b>"},
	} {
		v, faults := ask(t, ed, c.element, c.posted)
		if c.text == "" {
			if len(faults) != 1 || !strings.Contains(faults[0].Message, c.say) || v.Text != "" {
				t.Errorf("%s %v: want a complaint with %q, got %q and %v", c.element, c.posted, c.say, v.Text, faults)
			}
			continue
		}
		if len(faults) > 0 || v.Text != c.text || v.Shown != c.say {
			t.Errorf("%s %v: got %q, %q, %v; want %q, %q", c.element, c.posted, v.Text, v.Shown, faults, c.text, c.say)
		}
	}
}

func TestOptionalFieldMayStayEmpty(t *testing.T) {
	ed := pack.Preview(content(t))
	f, err := form.Merge(ed, []catalogue.Item{item(catalogue.ElementNeed{Element: "opening_day", Optional: true})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, faults := f.Read(url.Values{}, now); len(faults) > 0 {
		t.Errorf("an optional field is complained of: %v", faults)
	}
	if _, faults := f.Read(url.Values{"opening_day.year": {"2026"}, "opening_day.day": {"3"}}, now); len(faults) != 1 || faults[0].Name != "opening_day-month" {
		t.Errorf("half a date must be complained of at the month: %v", faults)
	}
}

func TestMaskedWhereOthersLook(t *testing.T) {
	ed := pack.Preview(content(t))
	for _, c := range [][3]string{
		{"applicant_name", "盘小兰", "盘**"},
		{"applicant_phone", "13800000001", "138****0001"},
		{"applicant_address", "431199001|文庙路 12 号", "南岭县青石街道****"},
		{"premises_area", "120.50", "120.50 ㎡"},
		{"no_such_element", "something", "****"},
	} {
		if got := form.Shown(ed, c[0], c[1]); got != c[2] {
			t.Errorf("%s %s is shown as %s, want %s", c[0], c[1], got, c[2])
		}
	}
}

// Merging does not depend on the order of the items nor on naming one twice, asks every element once, and leaves it optional only if it is for all.
func TestMergeIsAUnion(t *testing.T) {
	ed := pack.Preview(content(t))
	items := catalogue.Items(ed)
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfN(rapid.SampledFrom(items), 1, 6).Draw(t, "items")
		answers := map[string]any{"by_agent": rapid.Bool().Draw(t, "by_agent"), "floor_area": 60.0}
		f, err := form.Merge(ed, some, answers)
		if err != nil {
			t.Fatal(err)
		}
		shuffled := rapid.Permutation(append(slices.Clone(some), some[0])).Draw(t, "shuffled")
		g, err := form.Merge(ed, shuffled, answers)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(f.Topics, g.Topics, cmpopts.IgnoreUnexported(form.Value{})); d != "" {
			t.Fatalf("order or repetition matters:\n%s", d)
		}
		seen := map[string]bool{}
		for _, x := range f.Fields() {
			if seen[x.Code] {
				t.Fatalf("%s is asked twice", x.Code)
			}
			seen[x.Code] = true
			required := false
			for _, i := range some {
				for _, n := range i.Elements {
					holds, _, err := catalogue.Holds(ed, n.When, answers)
					if err != nil {
						t.Fatal(err)
					}
					if n.Element == x.Code && holds && !n.Optional {
						required = true
					}
				}
			}
			if x.Optional == required && x.Later == "" {
				t.Fatalf("%s: optional %v, but required by some item: %v", x.Code, x.Optional, required)
			}
			if x.Why == "" || len(x.Items) == 0 {
				t.Fatalf("%s does not say why it is asked", x.Code)
			}
		}
	})
}

// county boots the module on an empty database with the pack published.
func county(t *testing.T) (*app.Kernel, *form.Module) {
	t.Helper()
	ctx := context.Background()
	k, err := app.Open(ctx, app.Settings{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	m := form.New(k)
	if err := k.Migrate(ctx, []app.Module{m}); err != nil {
		t.Fatal(err)
	}
	act(t, k, func(tx *db.Tx) error {
		_, err := k.Library.Publish(ctx, tx, content(t), "test")
		return err
	})
	return k, m
}

func act(t *testing.T, k *app.Kernel, do func(*db.Tx) error) {
	t.Helper()
	if _, err := k.DB.Run(context.Background(), db.Act{Actor: authz.Machine("test", ""), Name: "test", Now: now}, do); err != nil {
		t.Fatal(err)
	}
}

func TestValuesAreKeptSealedAndComeBack(t *testing.T) {
	k, m := county(t)
	ctx := context.Background()
	given := []form.Value{{Element: "applicant_phone", Text: "13800000001", Source: "来自您的账户", Original: "13800000002"}, {Element: "premises_area", Text: "120.50"}}
	act(t, k, func(tx *db.Tx) error { return m.Keep(ctx, tx, "G1", given) })
	v := k.View(authz.Machine("test", ""))
	got, err := m.Values(ctx, v, "G1")
	if err != nil {
		t.Fatal(err)
	}
	phone := form.Get(got, "applicant_phone")
	if phone.Text != "13800000001" || !phone.Corrected() || phone.Original != "13800000002" || form.Get(got, "premises_area").Shown != "120.50 ㎡" {
		t.Errorf("got %+v", got)
	}
	var stored, original string
	if err := v.QueryRowContext(ctx, `SELECT text, original FROM form_value WHERE element = 'applicant_phone'`).Scan(&stored, &original); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(stored+original, "138") {
		t.Errorf("a phone number lies open in the table: %s %s", stored, original)
	}
	act(t, k, func(tx *db.Tx) error {
		return m.Keep(ctx, tx, "G1", []form.Value{{Element: "premises_area"}, {Element: "opening_day"}})
	})
	if got, _ = m.Values(ctx, v, "G1"); len(got) != 1 {
		t.Errorf("an emptied value stays: %+v", got)
	}
}

func TestEarlierSubmissionFillsTheNext(t *testing.T) {
	k, m := county(t)
	ctx := context.Background()
	act(t, k, func(tx *db.Tx) error {
		if err := m.Keep(ctx, tx, "G1", []form.Value{{Element: "premises_right", Text: "rent"}, {Element: "premises_address", Text: "431199001|文庙路 12 号"}}); err != nil {
			return err
		}
		return m.Assign(ctx, tx, "G1", "P1")
	})
	ed := k.Library.Current()
	f, err := form.Merge(ed, []catalogue.Item{item(catalogue.ElementNeed{Element: "premises_right"}, catalogue.ElementNeed{Element: "premises_address"}, catalogue.ElementNeed{Element: "seat_count"})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := k.View(authz.Machine("test", ""))
	values, err := m.Prefill(ctx, v, "P1", f)
	if err != nil {
		t.Fatal(err)
	}
	if form.Get(values, "premises_right").Text != "rent" || form.Get(values, "premises_right").Source == "" || len(values) != 2 {
		t.Errorf("got %+v", values)
	}
	if other, err := m.Prefill(ctx, v, "P2", f); err != nil || len(other) != 0 {
		t.Errorf("another party gets %+v, %v", other, err)
	}
	read, faults := f.Read(url.Values{"premises_right": {"own"}, "premises_address.region": {"431199001"}, "premises_address.text": {"文庙路 12 号"}, "seat_count": {"4"}}, now)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	both := form.Reconcile(read, values)
	right, address := form.Get(both, "premises_right"), form.Get(both, "premises_address")
	if !right.Corrected() || right.Original != "rent" || address.Corrected() || address.Source == "" {
		t.Errorf("both values must be kept when the applicant corrects one: %+v %+v", right, address)
	}
}

type failing struct{ text string }

func (p failing) Prefill(_ context.Context, _ *db.View, _ string, fields []form.Field) ([]form.Value, error) {
	if p.text == "" {
		return nil, problem.Busy(time.Second, "down")
	}
	var out []form.Value
	for _, f := range fields {
		out = append(out, form.Value{Element: f.Code, Text: p.text})
	}
	return out, nil
}

func TestBestSourceWinsAndAFailingOneIsPassedOver(t *testing.T) {
	k, m := county(t)
	ctx := context.Background()
	m.AddPrefiller("licence", failing{"来自执照的名字"})
	f, err := form.Merge(k.Library.Current(), []catalogue.Item{item(catalogue.ElementNeed{Element: "business_name"})}, nil)
	if err != nil {
		t.Fatal(err)
	}
	values, err := m.Prefill(ctx, k.View(authz.Machine("test", "")), "P1", f)
	if err != nil || form.Get(values, "business_name").Text != "来自执照的名字" {
		t.Errorf("got %+v, %v", values, err)
	}
	m.AddPrefiller("party", failing{})
	if _, err := m.Prefill(ctx, k.View(authz.Machine("test", "")), "P1", f); err != nil {
		t.Errorf("a failing source stops the form: %v", err)
	}
}

func TestWhatALicenceOfTheSameSubmissionWillSayIsNotAsked(t *testing.T) {
	ed := pack.Preview(content(t))
	food := item(catalogue.ElementNeed{Element: "credit_code"}, catalogue.ElementNeed{Element: "business_name"})
	registration, err := catalogue.FindItem(ed, "individual-registration")
	if err != nil {
		t.Fatal(err)
	}
	alone, err := form.Merge(ed, []catalogue.Item{food}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if f, _ := alone.Field("credit_code"); !f.Asked() || f.Optional {
		t.Error("an existing business must give its credit code")
	}
	both, err := form.Merge(ed, []catalogue.Item{food, registration}, nil)
	if err != nil {
		t.Fatal(err)
	}
	code, _ := both.Field("credit_code")
	name, _ := both.Field("business_name")
	if code.Asked() || !code.Optional || !strings.Contains(code.Later, "营业执照") {
		t.Errorf("the code is not known before the licence: %+v", code)
	}
	if !name.Asked() {
		t.Error("the name stands on the licence too, but registering asks for it")
	}
}
