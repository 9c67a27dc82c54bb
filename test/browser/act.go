package browser

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// Open goes to an address of the county, as by a bookmark.
func (p *Person) Open(path string) {
	p.t.Helper()
	_, err := call(p.ctx, page.Navigate, page.NavigateParams{URL: p.c.URL + path})
	p.must(nil, err)
	p.settle()
}

// Again reloads the page, as the browser's button does.
func (p *Person) Again() {
	p.t.Helper()
	before := p.requests()
	p.must(call(p.ctx, page.Reload, page.ReloadParams{}))
	p.await(before)
	p.settle()
}

// Back goes back one page.
func (p *Person) Back() {
	p.t.Helper()
	before := p.requests()
	if err := p.eval(`history.back()||true`, nil); err != nil {
		p.t.Fatalf("%s: back: %v", p.where(), err)
	}
	p.await(before)
	p.settle()
}

// Press presses the button or follows the link with these words.
func (p *Person) Press(words string) { p.t.Helper(); p.PressIn("", words) }

// PressIn presses it inside the part of the page, group or row that has the words.
func (p *Person) PressIn(within, words string) {
	p.t.Helper()
	t := p.need(pressable, words, within)
	p.click(t, 1)
	p.settle()
}

// PressTwice is the double click of an impatient hand.
func (p *Person) PressTwice(words string) {
	p.t.Helper()
	t := p.need(pressable, words, "")
	p.click(t, 2)
	p.settle()
}

// Sees tells whether such a button or link is there, without waiting.
func (p *Person) Sees(words string) bool {
	p.t.Helper()
	_, ok := pick(p.Things(), pressable, words, "")
	return ok
}

// target brings a control into view and says where to press it: on itself, or on its label when the label covers it.
const target = `function(){
 const size=r=>r.width>4&&r.height>4;
 let e=this.nodeType===1?this:this.parentElement;
 if(e.matches('input')&&e.labels&&e.labels.length&&(!size(e.getBoundingClientRect())||getComputedStyle(e).opacity==='0'))e=e.labels[0];
 e.scrollIntoView({block:'center',inline:'nearest',behavior:'instant'});
 let r=[...e.getClientRects()].find(size)||e.getBoundingClientRect();
 const x=r.x+r.width/2,y=r.y+r.height/2,over=document.elementFromPoint(x,y);
 const hit=!!over&&(over===e||e.contains(over)||over.contains(e)||(over.closest('label')&&over.closest('label').contains(e)));
 const a=e.closest('a[href]'),b=e.closest('button,input[type=submit]');
 const leads=a?!(a.getAttribute('href').startsWith('#')||a.hasAttribute('download')||a.target==='_blank'):!!(b&&b.form&&b.type==='submit');
 return {x,y,leads,size:size(r),hit,over:over?over.tagName+' '+(over.textContent||'').trim().slice(0,40):'nothing'}}`

func (p *Person) click(t Thing, times int64) {
	p.t.Helper()
	var at struct {
		X, Y      float64
		Size, Hit bool
		Leads     bool // to another page
		Over      string
	}
	if err := p.on(t.node, target, &at); err != nil {
		p.t.Fatalf("%s: %v: %v", p.where(), t, err)
	}
	if !at.Size || !at.Hit {
		p.Picture("covered")
		p.t.Fatalf("%s: %v cannot be pressed: at (%.0f,%.0f) lies %s", p.where(), t, at.X, at.Y, at.Over)
	}
	p.mice++
	before := p.requests()
	defer func() {
		if at.Leads {
			p.await(before)
		}
	}()
	p.must(call(p.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: "mouseMoved", X: at.X, Y: at.Y}))
	for n := int64(1); n <= times; n++ {
		p.must(call(p.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: "mousePressed", X: at.X, Y: at.Y, Button: "left", Buttons: 1, ClickCount: n}))
		p.must(call(p.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: "mouseReleased", X: at.X, Y: at.Y, Button: "left", ClickCount: n}))
	}
}

func (p *Person) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}

// await waits for the request that what was just pressed must cause; a busy machine needs a moment to begin.
func (p *Person) await(before int) {
	for wait := time.Now().Add(3 * time.Second); p.requests() == before && time.Now().Before(wait); {
		time.Sleep(5 * time.Millisecond)
	}
}

// Type writes into the field with the label, replacing what stands there.
func (p *Person) Type(label, words string) { p.t.Helper(); p.TypeIn("", label, words) }

// TypeIn writes into the field of a group, such as the year of a date.
func (p *Person) TypeIn(within, label, words string) {
	p.t.Helper()
	t := p.need(writable, label, within)
	if err := p.on(t.node, `function(){this.scrollIntoView({block:'center'});this.focus();this.select&&this.select();return true}`, nil); err != nil {
		p.t.Fatalf("%s: %v: %v", p.where(), t, err)
	}
	if words == "" {
		p.Key("Delete")
		return
	}
	p.must(call(p.ctx, input.InsertText, input.InsertTextParams{Text: words}))
}

// Date fills the three boxes of a date; the word is such as 2026-12-18.
func (p *Person) Date(label, day string) {
	p.t.Helper()
	parts := strings.Split(day, "-")
	for i, box := range []string{"年", "月", "日"} {
		p.TypeIn(label, box, parts[i])
	}
}

// Choose picks the answer with these words.
func (p *Person) Choose(answer string) { p.t.Helper(); p.Answer("", answer) }

// Answer picks the answer of the question; ticks stay ticked.
func (p *Person) Answer(question, answer string) {
	p.t.Helper()
	if t, ok := pick(p.Things(), tickable, answer, question); ok {
		p.tick(t)
		return
	}
	if question != "" {
		if t, ok := pick(p.Things(), []string{"combobox", "listbox", "MenuListPopup"}, question, ""); ok {
			p.selects(t, answer)
			return
		}
	}
	p.tick(p.need(tickable, answer, question))
}

func (p *Person) tick(t Thing) {
	p.t.Helper()
	if t.State["checked"] == "true" {
		return
	}
	p.click(t, 1)
}

// selects picks an option of a drop-down list, whose menu the browser draws outside the page.
func (p *Person) selects(t Thing, option string) {
	p.t.Helper()
	var got string
	if err := p.on(t.node, `function(words){const o=[...this.options].find(o=>o.text.trim()===words)||[...this.options].find(o=>o.text.includes(words));
 if(!o)return '';this.focus();this.value=o.value;this.dispatchEvent(new Event('input',{bubbles:true}));this.dispatchEvent(new Event('change',{bubbles:true}));return o.text}`, &got, option); err != nil {
		p.t.Fatalf("%s: %v: %v", p.where(), t, err)
	}
	if got == "" {
		p.t.Fatalf("%s: %v has no option 「%s」", p.where(), t, option)
	}
	p.settle()
}

// Upload gives files to the field with the label.
func (p *Person) Upload(label string, files ...string) {
	p.t.Helper()
	node, have := p.fileField(label)
	if node == 0 {
		p.Picture("missing")
		p.t.Fatalf("%s: there is no field for the file 「%s」. There are: %s", p.where(), label, have)
	}
	p.must(call(p.ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: files, BackendNodeID: node}))
	p.settle()
}

// fileField finds the input for files by the words of its label, for the field itself is hidden behind it.
func (p *Person) fileField(label string) (cdp.BackendNodeID, string) {
	p.t.Helper()
	var have []string
	for _, t := range p.Things() {
		if t.node == 0 || (t.Role != "button" && t.Role != "textbox" && t.Role != "LabelText" && t.Role != "generic") {
			continue
		}
		var is bool
		if err := p.on(t.node, `function(){return this.nodeType===1&&this.matches('input[type=file]')}`, &is); err != nil || !is {
			continue
		}
		have = append(have, t.Name)
		if strings.Contains(t.Name, label) {
			return t.node, ""
		}
	}
	return 0, strings.Join(have, ", ")
}

// Uploads are the names of all fields for files on the page.
func (p *Person) Uploads() []string {
	p.t.Helper()
	_, have := p.fileField("\x00")
	if have == "" {
		return nil
	}
	return strings.Split(have, ", ")
}

// Words is all that can be read on the page.
func (p *Person) Words() string {
	p.t.Helper()
	var words string
	if err := p.eval(`document.body?document.body.innerText:''`, &words); err != nil {
		p.t.Fatalf("%s: reading: %v", p.where(), err)
	}
	return words
}

// Main is what can be read in the main part of the page.
func (p *Person) Main() string {
	p.t.Helper()
	var words string
	if err := p.eval(`(document.querySelector('main')||document.body).innerText`, &words); err != nil {
		return err.Error()
	}
	return words
}

// See requires that the words can be read, waiting a moment for what comes late.
func (p *Person) See(words ...string) {
	p.t.Helper()
	for _, w := range words {
		if !p.sees(w, 4*time.Second) {
			p.Picture("not-seen")
			p.t.Fatalf("%s: 「%s」 cannot be read. The page says:\n%s", p.where(), w, clip(p.Main(), 1500))
		}
	}
}

// SeeNot requires that the words cannot be read.
func (p *Person) SeeNot(words ...string) {
	p.t.Helper()
	all := squeeze(p.Words())
	for _, w := range words {
		if strings.Contains(all, squeeze(w)) {
			p.t.Errorf("%s: 「%s」 can be read and must not be", p.where(), w)
		}
	}
}

// Reads tells whether the words can be read now.
func (p *Person) Reads(words string) bool { p.t.Helper(); return p.sees(words, 0) }

func (p *Person) sees(words string, within time.Duration) bool {
	p.t.Helper()
	for wait := time.Now().Add(within); ; time.Sleep(100 * time.Millisecond) {
		if strings.Contains(squeeze(p.Words()), squeeze(words)) {
			return true
		}
		if !time.Now().Before(wait) {
			return false
		}
	}
}

// SeeSoon reloads the page until the words can be read: what a person does who waits for somebody else's work.
func (p *Person) SeeSoon(words string, within time.Duration) {
	p.t.Helper()
	for wait := time.Now().Add(within); ; {
		if p.sees(words, 300*time.Millisecond) {
			return
		}
		if time.Now().After(wait) {
			break
		}
		p.Unwatched(p.Again)
	}
	p.See(words)
}

// Await waits for words to appear on the page as it stands, without asking for it again.
func (p *Person) Await(words string, within time.Duration) {
	p.t.Helper()
	if !p.sees(words, within) {
		p.See(words)
	}
}

// Find gives the first match of a pattern in what can be read: its first group, or all of it.
func (p *Person) Find(pattern string) string {
	p.t.Helper()
	words := p.Words()
	m := regexp.MustCompile(pattern).FindStringSubmatch(words)
	if m == nil {
		p.t.Fatalf("%s: nothing reads like %s:\n%s", p.where(), pattern, clip(words, 2000))
	}
	return m[len(m)-1]
}

// Value is what stands in the field with the label.
func (p *Person) Value(label string) string {
	p.t.Helper()
	t := p.need(writable, label, "")
	var v string
	if err := p.on(t.node, `function(){return this.value||''}`, &v); err != nil {
		p.t.Fatalf("%s: %v: %v", p.where(), t, err)
	}
	return v
}

// Download fetches what the link with the words leads to, with the person's login, and gives its bytes and type.
func (p *Person) Download(words string) ([]byte, string) {
	p.t.Helper()
	return p.Fetch(p.Leads(words))
}

// Leads is the address behind a link.
func (p *Person) Leads(words string) string {
	p.t.Helper()
	t := p.need([]string{"link"}, words, "")
	var path string
	if err := p.on(t.node, `function(){const a=(this.nodeType===1?this:this.parentElement).closest('a');return a.origin===location.origin?a.pathname+a.search:a.href}`, &path); err != nil {
		p.t.Fatalf("%s: %v: %v", p.where(), t, err)
	}
	return path
}

// Fetch asks for an address with the person's login, outside the window.
func (p *Person) Fetch(path string) ([]byte, string) {
	p.t.Helper()
	body, answer := p.ask(http.MethodGet, path)
	if answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s: %s answers %s: %s", p.name, path, answer.Status, clip(string(body), 300))
	}
	return body, answer.Header.Get("Content-Type")
}

func (p *Person) ask(method, path string) ([]byte, *http.Response) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.ctx, method, p.c.URL+path, nil)
	p.must(nil, err)
	jar, err := call(p.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{p.c.URL}})
	p.must(nil, err)
	for _, c := range jar.Cookies {
		req.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value})
	}
	client := http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(req)
	p.must(nil, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	p.must(nil, err)
	return body, answer
}

// Paper is the text of a PDF as pdftotext reads it.
func (p *Person) Paper(pdf []byte) string {
	p.t.Helper()
	if !strings.HasPrefix(string(pdf), "%PDF-") {
		p.t.Fatalf("%s: this is no PDF: %s", p.where(), clip(string(pdf), 200))
	}
	file := filepath.Join(p.t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		p.t.Fatal(err)
	}
	out, err := exec.CommandContext(p.ctx, "pdftotext", "-layout", file, "-").CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s: pdftotext: %v: %s", p.where(), err, out)
	}
	return string(out)
}

// Forget drops the login, as an expired session does; the page stays open.
func (p *Person) Forget() {
	p.t.Helper()
	p.must(call(p.ctx, network.ClearBrowserCookies, cdp.Empty{}))
}

// Unfold opens the part of the page that folds under the words, if it is closed.
func (p *Person) Unfold(words string) {
	p.t.Helper()
	t := p.need([]string{"DisclosureTriangle"}, words, "")
	if t.State["expanded"] != "true" {
		p.click(t, 1)
		p.settle()
	}
}

// Focus is what can be read where the keyboard now is.
func (p *Person) Focus() string {
	p.t.Helper()
	var words string
	if err := p.eval(`(e=>e?(e.getAttribute('aria-label')||e.labels&&e.labels[0]&&e.labels[0].innerText||e.innerText||e.value||e.tagName):'')(document.activeElement)`, &words); err != nil {
		p.t.Fatalf("%s: focus: %v", p.where(), err)
	}
	return squeeze(words)
}

// Announced is what the page's live regions tell a reader who does not see it.
func (p *Person) Announced() string {
	p.t.Helper()
	var words string
	if err := p.eval(`[...document.querySelectorAll('[role=status],[role=alert],[aria-live]')].map(e=>e.textContent.trim()).filter(Boolean).join(' | ')`, &words); err != nil {
		p.t.Fatalf("%s: announcements: %v", p.where(), err)
	}
	return words
}
