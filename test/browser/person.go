package browser

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// View is the window through which a person looks.
type View struct {
	Width, Height int64
	Zoom          float64 // 2 is 200 %: the same window shows half as many CSS pixels, each twice as large
	Touch         bool
	NoScript      bool
}

// The windows of the journeys.
var (
	Desktop = View{Width: 1440, Height: 900}
	Phone   = View{Width: 390, Height: 844, Touch: true}
	Narrow  = View{Width: 320, Height: 568, Touch: true}
	Zoomed  = View{Width: 1280, Height: 900, Zoom: 2}
)

// WithoutScript is the same window in a browser that runs no script.
func (v View) WithoutScript() View { v.NoScript = true; return v }

// Person is somebody in front of a browser. Every person has a profile of their own: own cookies, own login.
type Person struct {
	c    *County
	t    *testing.T
	ctx  context.Context
	view View
	name string // for messages and pictures

	mu       sync.Mutex
	traffic  map[network.RequestID]request
	open     map[network.RequestID]bool
	loading  bool
	sent     int // documents and fetches asked for so far
	served   int // documents and fetches answered so far
	status   int64
	document network.RequestID
	console  []string
	allowed  []int64
	seen     map[string]bool
	pictures int
	keys     int
	mice     int

	inspected int // value of served at the last look
	unwatched bool
}

type request struct {
	url    string
	kind   network.ResourceType
	status int64
	bytes  float64
	page   string // loader of the page it belongs to
}

// Person opens a window in the county. The name stands in messages and in the names of pictures.
func (c *County) Person(name string, v View) *Person {
	c.t.Helper()
	root, err := c.stage.launch()
	if err != nil {
		c.t.Fatalf("Chromium does not start: %v", err)
	}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	c.t.Cleanup(cancel)
	p := &Person{c: c, t: c.t, ctx: ctx, view: v, name: name,
		traffic: map[network.RequestID]request{}, open: map[network.RequestID]bool{}, seen: map[string]bool{}}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		c.t.Fatal(err)
	}
	p.must(call(ctx, page.Enable, page.EnableParams{}))
	p.must(call(ctx, network.Enable, network.EnableParams{}))
	p.must(call(ctx, log.Enable, cdp.Empty{}))
	p.must(call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})) // every page shows its full weight
	p.must(call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.NoScript}))
	p.resize(v)
	return p
}

// Tab opens a second tab of the same person: same cookies.
func (p *Person) Tab() *Person {
	p.t.Helper()
	ctx, cancel := chromedp.NewContext(p.ctx)
	p.t.Cleanup(cancel)
	q := &Person{c: p.c, t: p.t, ctx: ctx, view: p.view, name: p.name + "-tab",
		traffic: map[network.RequestID]request{}, open: map[network.RequestID]bool{}, seen: map[string]bool{}}
	if err := chromedp.Listen(ctx, q.hear); err != nil {
		p.t.Fatal(err)
	}
	q.must(call(ctx, page.Enable, page.EnableParams{}))
	q.must(call(ctx, network.Enable, network.EnableParams{}))
	q.must(call(ctx, log.Enable, cdp.Empty{}))
	q.must(call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}))
	q.must(call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: p.view.NoScript}))
	q.resize(p.view)
	return q
}

// Unwatched stops looking at the rules that every page must keep; for pages already looked at in the same journey.
func (p *Person) Unwatched(do func()) {
	p.unwatched = true
	defer func() { p.unwatched = false }()
	do()
}

func (p *Person) must(_ any, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: the browser: %v", p.name, err)
	}
}

func call[P, R any](ctx context.Context, cmd cdp.Command[P, R], params P) (R, error) {
	return chromedp.Call(ctx, cmd, params)
}

func (p *Person) resize(v View) {
	p.t.Helper()
	zoom := max(v.Zoom, 1)
	p.must(call(p.ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(float64(v.Width) / zoom), Height: int64(float64(v.Height) / zoom), DeviceScaleFactor: zoom, Mobile: v.Touch}))
}

// hear follows what the browser does: requests, loads, complaints.
func (p *Person) hear(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.traffic[e.RequestID] = request{url: e.Request.URL, kind: e.Type, page: string(e.LoaderID)}
		if e.Type != network.ResourceTypeEventSource && !strings.HasPrefix(e.Request.URL, "data:") {
			p.open[e.RequestID] = true
		}
		if e.Type == network.ResourceTypeDocument {
			p.document = e.RequestID
		}
		if e.Type == network.ResourceTypeDocument || e.Type == network.ResourceTypeFetch {
			p.sent++
		}
	case *network.EventResponseReceived:
		r := p.traffic[e.RequestID]
		r.status = e.Response.Status
		p.traffic[e.RequestID] = r
		if e.RequestID == p.document {
			p.status = e.Response.Status
		}
	case *network.EventLoadingFinished:
		r := p.traffic[e.RequestID]
		r.bytes = e.EncodedDataLength
		p.traffic[e.RequestID] = r
		delete(p.open, e.RequestID)
		if r.kind == network.ResourceTypeDocument || r.kind == network.ResourceTypeFetch {
			p.served++
		}
	case *network.EventLoadingFailed:
		delete(p.open, e.RequestID)
	case *page.EventFrameStartedLoading:
		p.loading = true
	case *page.EventFrameStoppedLoading:
		p.loading = false
	case *log.EventEntryAdded:
		p.complain(e)
	case *runtime.EventConsoleAPICalled:
		if e.Type == "error" || e.Type == "assert" {
			var words []string
			for _, a := range e.Args {
				words = append(words, strings.Trim(string(a.Value), `"`)+a.Description)
			}
			p.console = append(p.console, "console."+string(e.Type)+": "+strings.Join(words, " "))
		}
	case *runtime.EventExceptionThrown:
		p.console = append(p.console, "uncaught: "+e.ExceptionDetails.Text+" "+describe(e.ExceptionDetails))
	}
}

func describe(d *runtime.ExceptionDetails) string {
	if d.Exception != nil {
		return d.Exception.Description
	}
	return ""
}

// complain keeps what the browser itself complains about. That the page itself answered 4xx is judged elsewhere.
func (p *Person) complain(e *log.EventEntryAdded) {
	if e.Entry.Level != "error" {
		return
	}
	if e.Entry.Source == "network" && p.traffic[e.Entry.NetworkRequestID].kind == network.ResourceTypeDocument {
		return
	}
	p.console = append(p.console, fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL))
}

// settle waits until the browser has nothing more to do because of what was just done.
func (p *Person) settle() {
	p.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for quiet := 0; quiet < 5; {
		if time.Now().After(deadline) {
			p.mu.Lock()
			var waiting []string
			for id := range p.open {
				waiting = append(waiting, p.traffic[id].url)
			}
			p.mu.Unlock()
			p.t.Fatalf("%s: the page never comes to rest; still waiting for %v", p.where(), waiting)
		}
		time.Sleep(15 * time.Millisecond)
		p.mu.Lock()
		busy := p.loading || len(p.open) > 0
		p.mu.Unlock()
		if busy {
			quiet = 0
		} else {
			quiet++
		}
	}
	p.look()
}

// MayAnswer says which error answers the story expects from the next page on; 422 (a form to be mended) is always one.
func (p *Person) MayAnswer(status ...int64) { p.allowed = status }

func (p *Person) where() string { return p.name + " at " + p.Address() }

// Address is the path and query of the page now shown.
func (p *Person) Address() string {
	var url string
	if err := p.eval(`location.pathname+location.search`, &url); err != nil {
		return "?"
	}
	return url
}

// Status is the answer code of the page now shown.
func (p *Person) Status() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

func (p *Person) problems() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := slices.Clone(p.console)
	p.console = nil
	return out
}
