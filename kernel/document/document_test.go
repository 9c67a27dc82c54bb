package document_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"tongban/kernel/document"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var day = time.Date(2026, 11, 23, 10, 15, 0, 0, time.FixedZone("", 8*3600))

func render(t testing.TB, r *document.Renderer, p document.Paper) []byte {
	t.Helper()
	b, err := r.Render(p, day)
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("PAPERS"); dir != "" {
		if tt, ok := t.(*testing.T); ok {
			os.WriteFile(filepath.Join(dir, strings.ReplaceAll(tt.Name(), "/", "-")+".pdf"), b, 0o644)
		}
	}
	return b
}

func newRenderer(t testing.TB) *document.Renderer {
	t.Helper()
	r, err := document.New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// copied is the text a reader takes out of the file, by poppler, an implementation that is not ours.
func copied(t testing.TB, pdf []byte) string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("pdftotext is not installed; CI must check the text layer (apt install poppler-utils)")
		}
		t.Skip("NOT CHECKED: pdftotext is not installed, so the text layer was not compared (apt install poppler-utils)")
	}
	cmd := exec.Command(tool, "-raw", "-enc", "UTF-8", "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("pdftotext: %v: %s", err, errs.String())
	}
	return string(out)
}

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func TestCopiedTextIsTheTextThatWasWritten(t *testing.T) {
	r := newRenderer(t)
	longTable := document.Table{Columns: []document.Column{{Title: "事项"}, {Title: "说明", Weight: 3}}}
	for range 60 {
		longTable.Rows = append(longTable.Rows, []string{"户外广告设置", "设置地点、期限、规格与〈方案〉一致；材料以1–3项为准，时间9:00～17:00·不〜休"})
	}
	tests := map[string]document.Paper{
		"notice":    notice(),
		"receipt80": receipt(document.Receipt80),
		"receipt58": receipt(document.Receipt58),
		"licence":   licence(),
		"rare":      {Title: "张𬱖 㛃 䶮 龘", Blocks: []document.Block{document.Paragraph{Text: "〈书〉～〜–‒·∙‑-~∼㮣槩卉𠦄⺀人食⼈"}}},
		"long table": {Title: "一次性告知书", Watermark: "内部资料", Blocks: []document.Block{longTable, document.Spacer{MM: 5},
			document.QR{Text: "https://nanling.example/x", Caption: "扫码补正"}, document.Seal{Name: "南岭县行政审批服务局"}}, Footer: "第一行\n第二行"},
		"lists": {Blocks: []document.Block{document.Heading{Text: "需要补正的内容"}, document.List{Style: document.Bracket, Items: []string{"甲", "乙"}},
			document.List{Style: document.Chinese, Items: []string{"丙", "丁"}}, document.Paragraph{Text: "左", Align: document.Right}, document.Paragraph{Text: strings.Repeat("长文，", 900)}}},
		"blank": {},
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) {
			got := squeeze(copied(t, render(t, r, p)))
			if diff := cmp.Diff(squeeze(document.Text(p)), got); diff != "" {
				t.Errorf("text layer differs from Text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSamePaperAndDateGiveTheSameBytes(t *testing.T) {
	a, b := newRenderer(t), newRenderer(t)
	want := render(t, a, notice())
	if !bytes.Equal(want, render(t, b, notice())) || !bytes.Equal(want, render(t, a, notice())) {
		t.Error("two renderings of one paper differ")
	}
	later, err := a.Render(notice(), day.Add(time.Second))
	if err != nil || bytes.Equal(want, later) {
		t.Errorf("the creation date does not show in the file (err %v)", err)
	}
	if !bytes.Contains(want, []byte("(D:20261123101500+08'00')")) {
		t.Error("the creation date is not the one passed in")
	}
}

func TestPapersDrawnAtOnceDoNotDisturbEachOther(t *testing.T) {
	r := newRenderer(t)
	papers := []document.Paper{notice(), receipt(document.Receipt80), licence(), receipt(document.Receipt58)}
	fresh := newRenderer(t)
	var wg sync.WaitGroup
	for i := range 24 {
		p := papers[i%len(papers)]
		want := render(t, fresh, p)
		wg.Go(func() {
			got, err := r.Render(p, day)
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s drawn beside others differs (err %v)", p.Title, err)
			}
		})
	}
	wg.Wait()
}

func TestOnePagePaperIsSmallEnoughForAMessage(t *testing.T) {
	r := newRenderer(t)
	for _, p := range []document.Paper{notice(), receipt(document.Receipt80), licence()} {
		b := render(t, r, p)
		t.Logf("%s: %d bytes, %d characters", p.Title, len(b), len([]rune(document.Text(p))))
		if len(b) >= 60<<10 {
			t.Errorf("%s takes %d bytes, want < 60 KB", p.Title, len(b))
		}
		if n := bytes.Count(b, []byte("/Type/Page/")); n != 1 {
			t.Errorf("%s runs over %d pages", p.Title, n)
		}
	}
}

func TestAHoleInANameIsRefusedByName(t *testing.T) {
	r := newRenderer(t)
	tests := map[string]document.Paper{
		"unassigned character": {Title: "张\U000EFFFD"},
		"hidden character":     {Blocks: []document.Block{document.Paragraph{Text: "金额\u200b100元"}}},
		"in the seal":          {Blocks: []document.Block{document.Seal{Name: "南岭\U0003FFFD"}}},
		"in a signature":       {Blocks: []document.Block{&document.Signature{Seal: &document.Seal{Note: "\U0003FFFD"}}}},
		"in the watermark":     {Watermark: "\u202e"},
		"control character":    {Footer: "a\x01b"},
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := r.Render(p, day)
			var missing *document.MissingGlyphError
			if !errors.As(err, &missing) {
				t.Fatalf("err = %v, want a missing glyph", err)
			}
			if !strings.Contains(err.Error(), "U+") || !strings.Contains(err.Error(), "字体") {
				t.Errorf("the error names neither code point nor way out: %v", err)
			}
			if r.Check(p) == nil {
				t.Error("Check lets pass what Render refuses")
			}
		})
	}
	if _, err := r.Render(document.Paper{Title: "a\xff"}, day); err == nil {
		t.Error("text that is not UTF-8 was printed")
	}
	if _, err := document.New([]byte("no font")); err == nil {
		t.Error("a broken font file was accepted")
	}
}

// Whatever a clerk types, the file says the same or there is an error; nothing panics.
func TestAnyTextComesOutAsItWentIn(t *testing.T) {
	r := newRenderer(t)
	piece := rapid.StringOf(rapid.SampledFrom([]rune("受理通知书张𬱖㛃（）《》“”，。、；：…—～〜%ABCxyz 0123456789-.\n")))
	rapid.Check(t, func(rt *rapid.T) {
		p := document.Paper{Title: piece.Draw(rt, "title"), Number: piece.Draw(rt, "number"), Footer: piece.Draw(rt, "footer"),
			Size: rapid.SampledFrom([]document.Size{document.A4, document.Receipt80, document.Receipt58, document.Landscape}).Draw(rt, "size")}
		for range rapid.IntRange(0, 6).Draw(rt, "blocks") {
			s := piece.Draw(rt, "text")
			p.Blocks = append(p.Blocks, rapid.SampledFrom([]document.Block{
				document.Heading{Text: s}, document.Paragraph{Text: s}, document.Fields{Rows: []document.Field{{Label: s, Value: s}}},
				document.Table{Columns: []document.Column{{Title: s}, {Title: "乙"}}, Rows: [][]string{{s}}}, document.List{Items: []string{s, s}},
				document.Signature{Issuer: s, Date: s}, document.Spacer{MM: 20},
			}).Draw(rt, "block"))
		}
		b, err := r.Render(p, day)
		if err != nil {
			rt.Fatal(err)
		}
		if got, want := squeeze(copied(t, b)), squeeze(document.Text(p)); got != want {
			rt.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	r := newRenderer(b)
	render(b, r, notice())
	for b.Loop() {
		render(b, r, notice())
	}
}

func BenchmarkFirstRender(b *testing.B) {
	for b.Loop() {
		render(b, newRenderer(b), notice())
	}
}
