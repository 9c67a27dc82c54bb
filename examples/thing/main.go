// Command thing carries a whole matter through the API of a county as four business systems would: the front office asks the guide, fills
// in a draft, submits and accepts it; an examiner and a decider, who may not be the same (职责分离), examine and grant it; the outlet hands
// the result over. It uses nothing but the standard library. What each call means stands on the page /api of the county.
//
// The programs are registered by the administrator under 接入应用; their credentials come as id:secret in FRONT (bundle.intake,
// casework.accept), EXAMINER (casework.assess), DECIDER (casework.decide) and OUTLET (delivery.read, delivery.hand). TONGBAN is the address:
//
//	TONGBAN=http://localhost:8080 FRONT=app-…:tbs_… EXAMINER=… DECIDER=… OUTLET=… go run ./examples/thing
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// applicant is an invented person; her number lies under an area code that is not allocated.
var applicant = map[string]any{"kind": "person", "name": "李小满", "number": "431199199003070012", "phone": "13900000002"}

// plausible values by kind of field.
var plausible = map[string]string{"text": "测试", "long_text": "测试", "name": "李小满", "citizen_number": "431199199003070012", "credit_code": "11431199MB0010372D",
	"phone": "13900000002", "day": "2026-11-20", "money": "100", "area": "50", "count": "2", "yes_no": "no", "region": "431199001", "address": "431199001|解放路1号"}

// program is a registered application with its token.
type program struct{ base, token string }

func main() {
	log.SetFlags(0)
	var programs [4]program
	for i, name := range []string{"FRONT", "EXAMINER", "DECIDER", "OUTLET"} {
		p, err := signIn(strings.TrimSuffix(os.Getenv("TONGBAN"), "/"), os.Getenv(name))
		if err != nil {
			log.Fatalf("%s: %v", name, err)
		}
		programs[i] = p
	}
	if err := run(programs[0], programs[1], programs[2], programs[3]); err != nil {
		log.Fatal(err)
	}
}

func run(front, examiner, decider, outlet program) error {
	draft, err := apply(front, "item:food-operation-licence")
	if err != nil {
		return err
	}
	var received struct {
		Number string
		Parts  []struct{ Case string }
	}
	if _, err := front.call("POST", draft+"/submit", map[string]any{"way": "window", "declared": true}, &received); err != nil {
		return err
	}
	fmt.Println("已提交", received.Number)
	for _, part := range received.Parts {
		if err := handle(front, examiner, decider, "/api/v1/cases/"+part.Case); err != nil {
			return err
		}
		fmt.Println("已准予", part.Case)
	}
	return handOver(outlet, received.Parts[0].Case)
}

// ask answers the questions of the guide until it knows the situation. A real system asks a person.
func ask(front program, thing string, answers map[string]any) error {
	for range 50 {
		var guide struct {
			Decided   bool
			Questions []struct {
				Code, Kind string
				Options    []struct{ Code string }
			}
		}
		if _, err := front.call("POST", "/api/v1/guide", map[string]any{"things": []string{thing}, "answers": answers}, &guide); err != nil || guide.Decided {
			return err
		}
		switch q := guide.Questions[0]; q.Kind {
		case "bool":
			answers[q.Code] = false
		case "number":
			answers[q.Code] = 50
		default:
			answers[q.Code] = q.Options[0].Code
		}
	}
	return errors.New("the guide never ends")
}

// apply makes a draft that is ready to be submitted.
func apply(front program, thing string) (address string, err error) {
	answers := map[string]any{}
	situation := map[string]any{"things": []string{thing}, "answers": answers, "applicant": applicant}
	if err := ask(front, thing, answers); err != nil {
		return "", err
	}
	var draft struct {
		ID     string
		Fields []struct {
			Code, Kind      string
			Asked, Optional bool
			Options         []struct{ Code string }
		}
		Materials []struct{ Type, Necessity, Waived string }
		Missing   []struct{ Message string }
		Ready     bool
	}
	version, err := front.call("POST", "/api/v1/drafts", situation, &draft)
	if err != nil {
		return "", err
	}
	address = "/api/v1/drafts/" + draft.ID
	values := map[string]string{}
	for _, f := range draft.Fields {
		switch {
		case !f.Asked || f.Optional:
		case len(f.Options) > 0:
			values[f.Code] = f.Options[0].Code
		default:
			values[f.Code] = plausible[f.Kind]
		}
	}
	if _, err := front.call("PUT", address+"/fields", map[string]any{"values": values}, &draft, "If-Match", version); err != nil {
		return "", err
	}
	var photograph bytes.Buffer
	_ = png.Encode(&photograph, image.NewGray(image.Rect(0, 0, 30, 30))) // memory takes every byte
	for _, n := range draft.Materials {
		if n.Waived != "" || n.Necessity == "optional" {
			continue
		}
		if _, err := front.call("POST", address+"/materials/"+n.Type+"?name="+url.QueryEscape("照片.png"), photograph.Bytes(), &draft); err != nil {
			return "", err
		}
	}
	if !draft.Ready {
		return "", fmt.Errorf("the draft is not ready: %v", draft.Missing)
	}
	return address, nil
}

// handle takes one case from acceptance to a grant. Each act says which version it was decided on.
func handle(front, examiner, decider program, address string) error {
	var c struct {
		Points []string
	}
	version, err := front.call("GET", address, nil, &c)
	if err != nil {
		return err
	}
	if _, err := front.call("POST", address+"/accept", map[string]any{}, &c, "If-Match", version); err != nil {
		return err
	}
	points := []map[string]any{}
	for n := range c.Points { // a real system looks at the papers
		points = append(points, map[string]any{"point": n, "passed": true})
	}
	if version, err = examiner.call("POST", address+"/assess", map[string]any{"points": points, "grant": true, "text": "材料齐全，符合条件"}, &c); err != nil {
		return err
	}
	_, err = decider.call("POST", address+"/decide", map[string]any{"granted": true}, &c, "If-Match", version)
	return err
}

// handOver waits until the licence is made and signed, and gives it to the applicant at the window.
func handOver(outlet program, number string) error {
	for range 120 {
		var parcels []struct {
			ID      string
			Results []struct{ Case string }
		}
		if _, err := outlet.call("GET", "/api/v1/parcels?state=ready", nil, &parcels); err != nil {
			return err
		}
		for _, p := range parcels {
			if len(p.Results) == 0 || p.Results[0].Case != number {
				continue
			}
			var given struct{ State string }
			if _, err := outlet.call("POST", "/api/v1/parcels/"+p.ID+"/hand", map[string]any{"tail": "0012", "receiver": "李小满"}, &given); err != nil {
				return err
			}
			fmt.Println("送达", p.ID, given.State)
			return nil
		}
		time.Sleep(time.Second)
	}
	return errors.New("nothing to hand over after two minutes")
}

// signIn exchanges id:secret for a token (RFC 6749 section 4.4).
func signIn(base, credentials string) (program, error) {
	id, secret, _ := strings.Cut(credentials, ":")
	r, err := http.NewRequest("POST", base+"/api/v1/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		return program{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(id, secret)
	var said struct {
		Token string `json:"access_token"`
	}
	_, err = send(r, &said)
	return program{base, said.Token}, err
}

// call sends a body as JSON, or as it is when it is bytes, and reads the answer into out. It gives the version of what was answered.
func (p program) call(method, path string, body, out any, headers ...string) (version string, err error) {
	content, kind := []byte(nil), "application/json"
	if raw, ok := body.([]byte); ok {
		content, kind = raw, "application/octet-stream"
	} else if body != nil {
		if content, err = json.Marshal(body); err != nil {
			return "", err
		}
	}
	r, err := http.NewRequest(method, p.base+path, bytes.NewReader(content))
	if err != nil {
		return "", err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	if body != nil {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Idempotency-Key", rand.Text()) // keep it and send it again when no answer comes
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return send(r, out)
}

func send(r *http.Request, out any) (version string, err error) {
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	if answer.StatusCode >= 300 {
		return "", fmt.Errorf("%s %s: %s: %s", r.Method, r.URL.Path, answer.Status, text) // a problem (RFC 9457) says what is wrong and what to do
	}
	return answer.Header.Get("ETag"), json.Unmarshal(text, out)
}
