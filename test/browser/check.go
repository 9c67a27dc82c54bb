package browser

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

//go:embed testdata/axe.min.js
var axe string

// Budgets of a public page over the wire, compressed, headers included.
const (
	scriptAndStyle = 30 << 10
	wholePage      = 120 << 10
)

// look judges the page that has just come to rest. Each finding fails the test once per page.
func (p *Person) look() {
	p.t.Helper()
	p.mu.Lock()
	news := p.served != p.inspected
	p.inspected = p.served
	status := p.status
	p.mu.Unlock()
	if status >= 500 || status >= 400 && status != 422 && !slices.Contains(p.allowed, status) {
		p.fail("answer", fmt.Sprintf("the page answers %d: %s", status, clip(squeeze(p.Words()), 300)))
	}
	for _, complaint := range p.problems() {
		p.fail("console", complaint)
	}
	if !news || p.unwatched {
		return
	}
	p.weigh()
	p.accessible()
	p.narrow()
	if os.Getenv("TONGBAN_SHOTS") != "" {
		p.Picture("")
	}
}

// fail reports a finding once per page and kind of text.
func (p *Person) fail(kind, text string) {
	p.t.Helper()
	at := p.Address()
	path, _, _ := strings.Cut(at, "?")
	if key := kind + path + text; !p.seen[key] {
		p.seen[key] = true
		p.t.Errorf("%s at %s: %s: %s", p.name, at, kind, text)
	}
}

// weigh adds up what the page and its files weighed on the way.
func (p *Person) weigh() {
	p.t.Helper()
	p.mu.Lock()
	loader := p.traffic[p.document].page
	var own, all float64
	for _, r := range p.traffic {
		if r.page != loader || r.kind == network.ResourceTypeFetch {
			continue
		}
		all += r.bytes
		if r.kind == network.ResourceTypeScript || r.kind == network.ResourceTypeStylesheet {
			own += r.bytes
		}
	}
	p.mu.Unlock()
	if own > scriptAndStyle {
		p.fail("weight", fmt.Sprintf("script and style weigh %.0f bytes, more than %d", own, scriptAndStyle))
	}
	if all > wholePage {
		p.fail("weight", fmt.Sprintf("the page weighs %.0f bytes, more than %d", all, wholePage))
	}
}

type violation struct {
	ID, Impact, Help string
	Nodes            []struct {
		Target []any
		HTML   string
		Any    []struct{ Message string }
	}
}

// accessible asks axe-core; no violation of any rank is allowed.
func (p *Person) accessible() {
	p.t.Helper()
	if p.view.NoScript {
		var ran bool
		if err := p.eval(`document.documentElement.classList.contains('js')`, &ran); err != nil || ran {
			p.fail("script", fmt.Sprintf("the page's script ran although scripts are off (%v)", err))
		}
	}
	p.scripts(true)
	defer p.scripts(!p.view.NoScript)
	var found []violation
	if err := p.eval(axe+`;axe.run(document,{resultTypes:['violations']}).then(r=>r.violations)`, &found); err != nil {
		p.t.Fatalf("%s: axe: %v", p.where(), err)
	}
	for _, v := range found {
		var places []string
		for _, n := range v.Nodes {
			places = append(places, fmt.Sprint(n.Target))
		}
		node, why := "", ""
		if len(v.Nodes) > 0 {
			node = fmt.Sprint(v.Nodes[0].Target) + " " + clip(v.Nodes[0].HTML, 200)
			if len(v.Nodes[0].Any) > 0 {
				why = v.Nodes[0].Any[0].Message
			}
		}
		p.fail("axe "+v.ID, fmt.Sprintf("%s: %s (%d places, the first: %s) %s", v.Impact, v.Help, len(v.Nodes), node, why+clip(" "+strings.Join(places, " "), 300)))
	}
}

func (p *Person) scripts(run bool) {
	p.t.Helper()
	p.must(call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run}))
}

// sideways measures how far the page can be pushed sideways and names what sticks out furthest.
const sideways = `(()=>{const s=document.scrollingElement,over=s.scrollWidth-s.clientWidth;if(over<1)return '';
 let worst=null,far=s.clientWidth;
 for(const e of document.body.querySelectorAll('*')){const r=e.getBoundingClientRect();if(r.width&&r.right>far+.5){let a=e.parentElement,clip=false;
  while(a&&a!==document.body){const o=getComputedStyle(a).overflowX;if(o==='auto'||o==='scroll'||o==='hidden'){clip=true;break}a=a.parentElement}
  if(!clip){far=r.right;worst=e}}}
 return over+' px'+(worst?' by '+worst.tagName.toLowerCase()+' '+(worst.textContent||'').trim().slice(0,40):'')})()`

// narrow looks whether the page fits a phone of 320 CSS pixels, whatever window the person has.
func (p *Person) narrow() {
	p.t.Helper()
	if p.view.Width > 320 || p.view.Zoom > 1 {
		p.resize(Narrow)
		defer p.resize(p.view)
	}
	var over string
	if err := p.eval(sideways, &over); err != nil {
		p.t.Fatalf("%s: width: %v", p.where(), err)
	}
	if over != "" {
		p.fail("narrow", "at 320 px the page scrolls sideways: "+over)
	}
}

// SmallTargets lists what can be pressed and is smaller than the given CSS pixels; links inside running text are exempt (WCAG 2.2, 2.5.8).
func (p *Person) SmallTargets(least float64) []string {
	p.t.Helper()
	var out []string
	if err := p.eval(fmt.Sprintf(`(()=>{const out=[];for(const e of document.querySelectorAll('a[href],button,input,select,textarea,summary')){
 if(e.type==='hidden'||e.disabled||e.checkVisibility&&!e.checkVisibility())continue;let t=e;if(e.matches('input')&&e.labels&&e.labels[0]&&/radio|checkbox|file/.test(e.type))t=e.labels[0];
 const r=t.getBoundingClientRect();if(r.width<2||r.height<2||r.right<0)continue;const st=getComputedStyle(t);if(st.visibility==='hidden'||st.clip==='rect(0px, 0px, 0px, 0px)')continue;
 if(e.tagName==='A'&&st.display==='inline')continue;
 if(r.height<%[1]v-.5||r.width<%[1]v-.5)out.push(e.tagName.toLowerCase()+' 「'+(t.innerText||e.getAttribute('aria-label')||e.value||'').trim().slice(0,20)+'」 '+Math.round(r.width)+'×'+Math.round(r.height))}
 return out})()`, least), &out); err != nil {
		p.t.Fatalf("%s: targets: %v", p.where(), err)
	}
	return out
}

// SmallText lists words set smaller than the given CSS pixels.
func (p *Person) SmallText(least float64) []string {
	p.t.Helper()
	var out []string
	if err := p.eval(fmt.Sprintf(`(()=>{const out=[],w=document.createTreeWalker(document.body,NodeFilter.SHOW_TEXT);let n;while(n=w.nextNode()){
 const s=n.textContent.trim(),e=n.parentElement;if(!s||!e||e.closest('.seal,svg')||/^(SCRIPT|STYLE|NOSCRIPT|OPTION)$/.test(e.tagName))continue;const r=document.createRange();r.selectNodeContents(n);
 const b=r.getBoundingClientRect();if(b.width<2||b.height<2)continue;const z=parseFloat(getComputedStyle(e).fontSize);if(z<%v-.01)out.push(s.slice(0,20)+' '+z)}
 return out})()`, least), &out); err != nil {
		p.t.Fatalf("%s: text size: %v", p.where(), err)
	}
	return out
}

// Picture keeps a picture of the whole page in the folder named by TONGBAN_SHOTS, in the order of the journey.
func (p *Person) Picture(word string) {
	p.t.Helper()
	folder := os.Getenv("TONGBAN_SHOTS")
	if folder == "" {
		return
	}
	folder = filepath.Join(folder, strings.NewReplacer("/", "-").Replace(p.t.Name()))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	whole := true
	shot, err := call(p.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: "png", CaptureBeyondViewport: &whole, Clip: p.extent()})
	if err != nil {
		p.t.Logf("%s: no picture: %v", p.name, err)
		return
	}
	p.pictures++
	path, _, _ := strings.Cut(p.Address(), "?")
	name := fmt.Sprintf("%s-%02d%s%s.png", p.name, p.pictures, strings.ReplaceAll(path, "/", "_"), word)
	if err := os.WriteFile(filepath.Join(folder, name), shot.Data, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// extent is the whole page, but no more than a reader would scroll through.
func (p *Person) extent() *page.Viewport {
	var size struct{ W, H float64 }
	if err := p.eval(`({w:innerWidth,h:Math.min(document.documentElement.scrollHeight,4000)})`, &size); err != nil || size.W == 0 {
		return nil
	}
	return &page.Viewport{Width: size.W, Height: max(size.H, 200), Scale: 1}
}
