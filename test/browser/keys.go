package browser

import (
	"strings"
	"time"

	"github.com/chromedp/cdproto/input"
)

// codes are the keys that are no characters.
var codes = map[string]int64{"Enter": 13, "Tab": 9, "Escape": 27, "Delete": 46, "Backspace": 8, "ArrowDown": 40, "ArrowUp": 38, "ArrowLeft": 37,
	"ArrowRight": 39, "Home": 36, "End": 35, " ": 32, "F2": 113, "F4": 115, "F6": 117, "F8": 119, "F9": 120}

// Key presses one key, such as "Enter", "F4", "Alt+S" or "j", and waits for what it causes.
func (p *Person) Key(key string) {
	p.t.Helper()
	p.stroke(key)
	p.settle()
}

// Keys presses keys one after the other and waits once, at the end.
func (p *Person) Keys(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		p.stroke(k)
	}
	p.settle()
}

// Write types a text key by key into whatever has the focus.
func (p *Person) Write(text string) {
	p.t.Helper()
	for _, r := range text {
		p.stroke(string(r))
	}
	p.settle()
}

// Burst types a text as a scanner does: faster than any hand, and Enter.
func (p *Person) Burst(text string) {
	p.t.Helper()
	for _, r := range text {
		p.stroke(string(r))
	}
	p.stroke("Enter")
	p.settle()
}

// Slowly types a text as a hand does, which no scanner listener may take for a scan.
func (p *Person) Slowly(text string) {
	p.t.Helper()
	for _, r := range text {
		p.stroke(string(r))
		time.Sleep(80 * time.Millisecond)
	}
	p.settle()
}

// TabTo goes on with Tab until the words have the focus.
func (p *Person) TabTo(words string) {
	p.t.Helper()
	for range 120 {
		p.stroke("Tab")
		if strings.Contains(p.Focus(), words) {
			p.settle()
			return
		}
	}
	p.t.Fatalf("%s: Tab does not lead to %q; the focus is on %q", p.where(), words, p.Focus())
}

// Strokes is how many keys were pressed so far, Clicks how many times the mouse.
func (p *Person) Strokes() int { return p.keys }

// Clicks is how many times the mouse was pressed so far.
func (p *Person) Clicks() int { return p.mice }

// CountAgain starts the counting of keys and clicks anew.
func (p *Person) CountAgain() { p.keys, p.mice = 0, 0 }

func (p *Person) stroke(key string) {
	p.t.Helper()
	p.keys++
	var with int64
	for {
		if rest, ok := strings.CutPrefix(key, "Alt+"); ok {
			with, key = with|1, rest
		} else if rest, ok := strings.CutPrefix(key, "Shift+"); ok {
			with, key = with|8, rest
		} else {
			break
		}
	}
	down := input.DispatchKeyEventParams{Type: "keyDown", Modifiers: with, Key: key}
	switch code, special := codes[key]; {
	case special:
		down.WindowsVirtualKeyCode, down.Code = code, key
		if key == "Enter" {
			down.Text = "\r"
		}
		if key == " " {
			down.Text, down.Code = " ", "Space"
		}
	case len(key) == 1:
		upper := strings.ToUpper(key)
		if c := upper[0]; c >= 'A' && c <= 'Z' {
			down.Code, down.WindowsVirtualKeyCode = "Key"+upper, int64(c)
		} else if c >= '0' && c <= '9' {
			down.Code, down.WindowsVirtualKeyCode = "Digit"+upper, int64(c)
		}
		if with&1 == 0 {
			down.Text = key
		}
	default:
		down.Text = key
	}
	up := down
	up.Type, up.Text = "keyUp", ""
	p.must(call(p.ctx, input.DispatchKeyEvent, down))
	p.must(call(p.ctx, input.DispatchKeyEvent, up))
}
