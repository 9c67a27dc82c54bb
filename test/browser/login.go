package browser

import (
	"net/http"
	"testing"
	"time"
)

// Patience is how long a test waits for the demonstration county to be filled.
const Patience = 90 * time.Second

// As is Person for a subtest: findings belong to that subtest.
func (c *County) As(t *testing.T, name string, v View) *Person {
	t.Helper()
	mine := *c
	mine.t = t
	return mine.Person(name, v)
}

// Enter takes one of the roles of the demonstration county, by its account name, through the login page.
func (p *Person) Enter(login string) {
	p.t.Helper()
	p.Unwatched(func() { p.Open("/login") })
	var label string
	if err := p.eval(`(v=>{const b=[...document.querySelectorAll('button[name=login]')].find(b=>b.value===v);return b?(b.querySelector('b')||b).textContent.trim():''})(`+quote(login)+`)`, &label); err != nil || label == "" {
		p.t.Fatalf("%s: the login page offers no role %q (%v)", p.where(), login, err)
	}
	if label = squeeze(label); !p.Sees(label) {
		p.Unwatched(func() { p.Press("其他单位的人员") })
	}
	p.Press(label)
}

// Leave signs out.
func (p *Person) Leave() {
	p.t.Helper()
	p.Forget()
	p.Open("/")
}

// Page is what an address answers outside the window.
type Page struct {
	Status         int
	Type, Location string
	Body           string
}

// Get asks for an address with the person's login and without following redirections.
func (p *Person) Get(path string) Page {
	p.t.Helper()
	body, answer := p.ask(http.MethodGet, path)
	return Page{Status: answer.StatusCode, Type: answer.Header.Get("Content-Type"), Location: answer.Header.Get("Location"), Body: string(body)}
}

// String names the person in messages.
func (p *Person) String() string { return p.name }
