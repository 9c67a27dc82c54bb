package licence_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"tongban/handling/licence"
	"tongban/kernel/crypto"
	"tongban/kernel/kerneltest"
)

// QR codes that are forged: one character changed anywhere, the code of another licence pasted onto this paper, a PDF changed after it
// was signed. The first is unknown, the second shows what it really belongs to, the third has another SM3 than the page says.
func TestForgedCodeVerifiesNothing(t *testing.T) {
	c, l := issued(t)
	other := c.grant(t, "food-operation-licence", rare, face)
	c.drain(t)
	other = c.again(t, other.ID)
	ask := func(code string, n int) *kerneltest.Answer {
		r := httptest.NewRequest("GET", "/verify/"+code, nil)
		r.RemoteAddr = "198.51.100." + string(rune('0'+n%10)) + string(rune('0'+n/10%10)) + ":1" // who tries so many is slowed down otherwise
		return c.Ask(r, kerneltest.Nobody)
	}
	tried := 0
	for at := range l.Code {
		for _, letter := range "0123456789ABCDEFGHJKMNPQRSTVWXYZ" {
			if tried++; tried%5 != 0 || rune(l.Code[at]) == letter {
				continue
			}
			forged := l.Code[:at] + string(letter) + l.Code[at+1:]
			if a := ask(forged, tried/40); forged != other.Code && a.Status == 200 && !strings.Contains(a.Body, l.Number) {
				t.Errorf("%s verifies", forged)
			} else if a.Status == 200 && licence.MaxAsking > 0 && forged != l.Code && !strings.EqualFold(forged, l.Code) {
				t.Errorf("%s is taken for %s", forged, l.Code)
			}
		}
	}
	if a := ask(other.Code, 98); !strings.Contains(a.Body, other.Number) || strings.Contains(a.Body, l.Number) {
		t.Error("the code of another licence does not show that it is another's")
	}
	page := ask(l.Code, 97)
	pdf := c.Get("/licences/"+string(l.ID)+"/pdf", holder(l)).Is(200).Body
	if !strings.Contains(page.Body, crypto.HashHex([]byte(pdf))) {
		t.Error("the page does not show the SM3 of the file that was issued")
	}
	if changed := strings.Replace(pdf, "%PDF", "%PDf", 1); strings.Contains(page.Body, crypto.HashHex([]byte(changed))) {
		t.Error("a changed file has the same SM3")
	}
	for _, hidden := range []string{chen.Number, "陈秀兰"} {
		if strings.Contains(page.Body, hidden) {
			t.Errorf("the page tells %s to whoever found the code", hidden)
		}
	}
}
