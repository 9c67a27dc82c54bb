package client_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"tongban/kernel/db"
)

// A token is good where it was issued, for what it was issued, as it was issued. Everything else that looks like one opens nothing: of
// another county, of another kind, changed, signed with nothing, or with an algorithm that its bearer names.
func TestATokenOfAnotherCountyOrKindOpensNothing(t *testing.T) {
	here, there := open(t, db.SQLite), open(t, db.SQLite)
	id, secret := here.register("bureau", 600, 1000, string(permStamp))
	_, own := here.exchange(id, secret, "")
	idThere, secretThere := there.register("bureau", 600, 1000, string(permStamp))
	_, foreign := there.exchange(idThere, secretThere, "")
	here.call("GET", "/api/v1/mill", own.AccessToken).Is(200)
	there.call("GET", "/api/v1/mill", foreign.AccessToken).Is(200)

	body, signature, ok := strings.Cut(strings.TrimPrefix(own.AccessToken, "tbt_"), ".")
	if !ok {
		t.Fatalf("a token of another form: %.20s", own.AccessToken)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	said, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		t.Fatal(err)
	}
	more := b64([]byte(strings.Replace(string(said), "mill.stamp", "mill.burns", 1)))
	for name, token := range map[string]string{
		"another county's":        foreign.AccessToken,
		"the secret itself":       secret,
		"with another signature":  "tbt_" + body + "." + b64(make([]byte, 32)),
		"without a signature":     "tbt_" + body + ".",
		"without its last part":   "tbt_" + body,
		"more than was given":     "tbt_" + more + "." + signature,
		"a JWT without algorithm": b64([]byte(`{"alg":"none"}`)) + "." + body + ".",
		"a JWT by its own word":   b64([]byte(`{"alg":"HS256"}`)) + "." + body + "." + signature,
		"of another form":         own.AccessToken + "." + signature,
		"with the other's body":   "tbt_" + strings.Split(strings.TrimPrefix(foreign.AccessToken, "tbt_"), ".")[0] + "." + signature,
		"a session's":             "tongban",
	} {
		if a := here.call("GET", "/api/v1/mill", token); a.Status != 401 {
			t.Errorf("%s: %d", name, a.Status)
		}
	}
}
