package passkey

import "encoding/base64"

// The questions, as navigator.credentials takes them once the script has turned base64url into bytes.
type (
	// Person is for whom a key is made. Holder is what the key will answer instead of a name; it must not say who he is.
	Person struct {
		Holder []byte
		Login  string
		Name   string
	}
	// Creation asks the browser to make a key.
	Creation struct {
		Challenge   string        `json:"challenge"`
		RP          site          `json:"rp"`
		User        user          `json:"user"`
		Params      []param       `json:"pubKeyCredParams"`
		Exclude     []credential  `json:"excludeCredentials"`
		Selection   authenticator `json:"authenticatorSelection"`
		Attestation string        `json:"attestation"`
		Timeout     int           `json:"timeout"`
	}
	// Request asks the browser to use any key of the site.
	Request struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		Verify    string `json:"userVerification"`
		Timeout   int    `json:"timeout"`
	}

	site struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	user struct {
		ID          string `json:"id"`
		Name        string `json:"name"`
		DisplayName string `json:"displayName"`
	}
	param struct {
		Type string `json:"type"`
		Alg  int    `json:"alg"`
	}
	credential struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	}
	authenticator struct {
		Resident string `json:"residentKey"`
		Require  bool   `json:"requireResidentKey"`
		Verify   string `json:"userVerification"`
	}
)

// patience is how long a browser waits for the person, in milliseconds.
const patience = 120_000

// AskCreate is the question for a new key; one that the person already has is not made again on the same authenticator.
func (s Site) AskCreate(challenge, name string, p Person, have []Key) Creation {
	c := Creation{Challenge: challenge, RP: site{s.Host, name}, User: user{encode(p.Holder), p.Login, p.Name}, Exclude: []credential{},
		Selection: authenticator{"required", true, "required"}, Attestation: "none", Timeout: patience}
	for _, alg := range Algorithms() {
		c.Params = append(c.Params, param{"public-key", alg})
	}
	for _, k := range have {
		c.Exclude = append(c.Exclude, credential{"public-key", encode(k.ID)})
	}
	return c
}

// AskUse is the question for the use of a key. It names no key: whoever asks does not learn who has one.
func (s Site) AskUse(challenge string) Request {
	return Request{Challenge: challenge, RPID: s.Host, Verify: "required", Timeout: patience}
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
