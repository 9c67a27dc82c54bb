package calendar

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const notice27 = "国务院办公厅关于2027年部分节假日安排的通知（演示）"

const ics27 = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270101\r\nDTEND;VALUE=DATE:20270104\r\nSUMMARY:元旦(休)\r\nCATEGORIES:节假日\r\n" +
	"BEGIN:VALARM\r\nDESCRIPTION:上班\r\nEND:VALARM\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270206\r\nSUMMARY:春节\r\n （班）\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270207\r\nDTEND;VALUE=DATE:20270208\r\nSUMMARY:春节\r\nCATEGORIES:放假\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270301\r\nSUMMARY:作废(休)\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\n" +
	"END:VCALENDAR\r\n"

func TestICSOfAHolidayNotice(t *testing.T) {
	got := ReadICS([]byte(ics27), notice27)
	want := Import{Rows: []Row{
		{MustDay("2027-01-01"), Off, "元旦", notice27},
		{MustDay("2027-01-02"), Off, "元旦", notice27},
		{MustDay("2027-01-03"), Off, "元旦", notice27},  // DTEND is exclusive
		{MustDay("2027-02-06"), Work, "春节", notice27}, // folded line
		{MustDay("2027-02-07"), Off, "春节", notice27},  // kind from the category
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFaultsInICSNameTheirLine(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"not a calendar", "hello", "第1行：“hello”不是日历文件的格式"},
		{"no start", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:元旦(休)\nEND:VEVENT\nEND:VCALENDAR", "第2行：事件“元旦(休)”没有开始日期"},
		{"unknown kind", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nSUMMARY:元旦\nEND:VEVENT\nEND:VCALENDAR", "第2行：事件“元旦”看不出是休还是班"},
		{"wrong date", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270230\nSUMMARY:休\nEND:VEVENT\nEND:VCALENDAR", "第3行：DTSTART：日期“20270230”不存在"},
		{"with a time", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101T083000\nSUMMARY:休\nEND:VEVENT\nEND:VCALENDAR", "第3行：DTSTART：“20270101T083000”带有时刻"},
		{"backwards", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270105\nDTEND:20270101\nSUMMARY:休\nEND:VEVENT\nEND:VCALENDAR", "第2行：事件“休”的结束早于开始"},
		{"a whole year", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nDTEND:20280101\nSUMMARY:休\nEND:VEVENT\nEND:VCALENDAR", "长达365天"},
		{"repeats", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nRRULE:FREQ=YEARLY\nSUMMARY:休\nEND:VEVENT\nEND:VCALENDAR", "第4行：不支持重复事件"},
		{"both", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nSUMMARY:休\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20270101\nSUMMARY:班\nEND:VEVENT\nEND:VCALENDAR", "第6行：2027年1月1日（周五） 前面写作“休”，这里写作“班”"},
		{"cut off", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101", "第2行：VEVENT 没有结束"},
	} {
		got := ReadICS([]byte(c.src), "")
		if len(got.Faults) == 0 || !strings.HasPrefix(got.Faults[0].Error(), strings.Split(c.want, "长达")[0]) || !strings.Contains(got.Faults[0].Error(), c.want) {
			t.Errorf("%s: %v; want %s", c.name, got.Faults, c.want)
		}
	}
}

func TestJSONInOurFormAndInTheCommonOne(t *testing.T) {
	want := Import{Years: []int{2027}, Rows: []Row{
		{MustDay("2027-01-01"), Off, "元旦", notice27}, {MustDay("2027-02-06"), Work, "春节", notice27},
	}}
	for name, src := range map[string]string{
		"ours":   `{"name":"国家","years":[2027],"rows":[{"date":"2027-01-01","kind":"off","name":"元旦","source":"` + notice27 + `"},{"date":"2027-02-06","kind":"work","name":"春节"}]}`,
		"common": `{"year":2027,"papers":["x"],"days":[{"name":"元旦","date":"2027-01-01","isOffDay":true},{"name":"春节","date":"2027-02-06","isOffDay":false}]}`,
	} {
		if d := cmp.Diff(want, ReadJSON([]byte(src), notice27)); d != "" {
			t.Error(name, d)
		}
	}
	whole := ReadJSON(seedJSON, "")
	if d := cmp.Diff(Seed().Rows, whole.Rows); d != "" || len(whole.Years) != 25 || whole.Faults != nil {
		t.Error("the seed does not read back:", d, whole.Faults)
	}
}

func TestFaultsInJSONNameTheirLine(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"wrong date", "[\n{\"date\":\"2027-01-01\",\"kind\":\"off\"},\n{\"date\":\"2027-02-30\",\"kind\":\"off\"}]", "第3行：日期“2027-02-30”不存在"},
		{"no kind", "[\n\n{\"date\":\"2027-01-01\"}]", "第3行：2027-01-01 没有写明休"},
		{"wrong type", "[\n{\"date\":20270101}]", "第2行：这一行的栏目类型不对"},
		{"comma", "[\n{\"date\":\"2027-01-01\",\"kind\":\"off\"}\n{}]", "第3行：不是正确的 JSON"},
		{"cut off", "[\n{\"date\":\"2027-01-01\",\"kind\":\"off\"},\n", "第3行：文件没有写完"},
		{"empty", "", "第1行：文件没有写完"},
		{"number", "7", "第1行：内容应为放假安排的数组"},
		{"no rows", "{\"a\":1}", "第1行：内容应为放假安排的数组"},
		{"odd year", "{\"year\":\"x\",\n\"rows\":[]}", "第1行：年度应为数字"},
	} {
		got := ReadJSON([]byte(c.src), "")
		if len(got.Faults) == 0 || !strings.HasPrefix(got.Faults[0].Error(), c.want) {
			t.Errorf("%s: %v; want %s", c.name, got.Faults, c.want)
		}
	}
}

func TestImportOfNextYearShowsWhatItChanges(t *testing.T) {
	old := national(t)
	im := ReadICS([]byte(ics27), notice27)
	tab := national(t, Layer{Name: "国家", Years: []int{2027}, Rows: im.Rows})
	var got []string
	for _, c := range Diff(old, tab) {
		if !c.New {
			t.Errorf("%v was covered before", c)
		}
		got = append(got, c.String())
	}
	want := []string{
		"2027年1月1日（周五）：班改为休（元旦）",
		"2027年1月2日（周六）：仍为休，名称或依据由“周末”改为“元旦”",
		"2027年1月3日（周日）：仍为休，名称或依据由“周末”改为“元旦”",
		"2027年2月6日（周六）：休改为班（春节）",
		"2027年2月7日（周日）：仍为休，名称或依据由“周末”改为“春节”",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := Diff(tab, old); len(d) != 5 || d[0].String() != "2027年1月1日（周五）：休改为班（取消“元旦”）" {
		t.Errorf("taking the notice back: %v", d)
	}
	doubts := strings.Join(Doubts(2027, im.Rows), "\n")
	for _, want := range []string{"没有“国庆”", "没有“清明”", "工作日，历年"} {
		if !strings.Contains(doubts, want) {
			t.Errorf("a notice of three events raised only: %s", doubts)
		}
	}
}

func FuzzParseDay(f *testing.F) {
	for _, s := range []string{"2026-11-23", "20261123", "2026年11月23日", "2026年2月29日", "年月日", "", "0000-00-00", "99999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDay(s)
		if err != nil {
			if !d.IsZero() {
				t.Errorf("%q: an error and %v", s, d)
			}
			return
		}
		if back, err := ParseDay(d.String()); err != nil || back != d {
			t.Errorf("%q is %v, which reads back as %v, %v", s, d, back, err)
		}
	})
}

func FuzzReadICS(f *testing.F) {
	f.Add([]byte(ics27))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:99991231\nDTEND:00010101\nSUMMARY:休班\nEND:VEVENT"))
	f.Add([]byte("END:VEVENT\n \n\t:\nBEGIN:\n;:"))
	f.Fuzz(func(t *testing.T, src []byte) {
		im := ReadICS(src, notice27)
		lines := strings.Count(string(src), "\n") + 1
		for _, e := range im.Faults {
			if e.Line < 1 || e.Line > lines {
				t.Errorf("fault in line %d of %d: %s", e.Line, lines, e.Text)
			}
		}
		for i, r := range im.Rows {
			if r.Day.IsZero() || i > 0 && !im.Rows[i-1].Day.Before(r.Day) {
				t.Errorf("rows out of order or without date: %v", im.Rows)
			}
		}
		if _, err := New(Layer{Rows: im.Rows}); err != nil {
			t.Error(err)
		}
	})
}
