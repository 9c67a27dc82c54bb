package party

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// published lists codes of public bodies and companies, each seen in print.
var published = []string{"11431022006554231J", "11430902006728916M", "12431123691806512C", "11511301008778183N",
	"115113010833722043", "11440116MB2D282878", "11330800MB0R57773W", "11441700007280420Y", "91350100M000100Y43"}

func TestPublishedCreditCodesAreAccepted(t *testing.T) {
	for _, s := range append([]string{"11431127MB1A2B3CX4"}, published...) {
		u, err := ParseUSCC(" " + strings.ToLower(s[:9]) + " " + s[9:])
		if err != nil || u.String() != s {
			t.Errorf("%s: %q %v", s, u, err)
		}
	}
	u, _ := ParseUSCC(published[0])
	if u.Area() != "431022" || u.Sort() != "机关" || u.OrgCode().String() != "00655423-1" {
		t.Errorf("%s %s %s", u.Area(), u.Sort(), u.OrgCode())
	}
	if got := USCC("").Area() + USCC("").Sort() + USCC("").OrgCode().String(); got != "" {
		t.Errorf("the zero code says %q", got)
	}
}

func TestPublishedCreditCodesHoldAConsistentOrgCode(t *testing.T) {
	for _, s := range published {
		u, err := ParseUSCC(s)
		if err != nil {
			t.Fatal(err)
		}
		if o, err := ParseOrgCode(u.OrgCode().String()); err != nil || o != u.OrgCode() {
			t.Errorf("%s: %v", u.OrgCode(), err)
		}
	}
	// A code whose inner check fails is still taken when the outer one holds.
	body := "11431199000000001"
	if u, err := ParseUSCC(body + string(usccCheck(body))); err != nil || u.OrgCode().Consistent() {
		t.Errorf("%s: %v", u, err)
	}
}

func TestWrongCreditCodeNamesTheCharacter(t *testing.T) {
	for _, c := range []struct{ typed, want string }{
		{"", "请填写"},
		{"1143102200655423", "少了 2 位"},
		{"11431O22006554231J", "第 6 位是字母 O，但代码里不用这个字母，是不是数字 0"},
		{"1143102200655423ZJ", "数字 2"},
		{"1143102200655423*J", "第 17 位“*”"},
		{"11A31022006554231J", "第 3 位不是"},
		{"11431022006554231K", "第 18 位校验不正确"},
	} {
		if _, err := ParseUSCC(c.typed); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %s", c.typed, err, c.want)
		}
	}
	for _, s := range []string{"", "0065542", "00655423-2", "00655423+1"} {
		if _, err := ParseOrgCode(s); err == nil {
			t.Errorf("organisation code %q accepted", s)
		}
	}
}

func TestEverySingleSlipInACreditCodeIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(rapid.StringMatching(`[1-9A-HJ-NPQRTUWXY][1-9A-G][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}`).Draw(t, "body"))
		full := string(b) + string(usccCheck(string(b)))
		if _, err := ParseUSCC(full); err != nil {
			t.Fatal(err)
		}
		b = []byte(full)
		b[rapid.IntRange(0, 17).Draw(t, "position")] = usccAlphabet[rapid.IntRange(0, 30).Draw(t, "to")]
		if _, err := ParseUSCC(string(b)); (err == nil) != (string(b) == full) {
			t.Fatalf("%s for %s: %v", b, full, err)
		}
		b = []byte(full)
		i := rapid.IntRange(0, 16).Draw(t, "swap")
		b[i], b[i+1] = b[i+1], b[i]
		if _, err := ParseUSCC(string(b)); (err == nil) != (string(b) == full) {
			t.Fatalf("%s for %s: %v", b, full, err)
		}
	})
}

// The old organisation code counts letters up to 35 against modulus 11, so some
// slips pass it. We must not promise more than the standard gives.
func TestOrgCodeCheckIsBlindToAChangeOfEleven(t *testing.T) {
	a, b := OrgCode("MA000000"), OrgCode("ML000000")
	check := func(o OrgCode) OrgCode {
		for _, c := range "0123456789X" {
			if full := o + OrgCode(c); full.Consistent() {
				return full
			}
		}
		return ""
	}
	if check(a)[8] != check(b)[8] {
		t.Error("A and L are told apart")
	}
}

func TestPhonesAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct {
		typed, full, masked string
		mobile              bool
	}{
		{"13812345678", "13812345678", "138****5678", true},
		{"138 1234 5678", "13812345678", "138****5678", true},
		{"138-1234-5678", "13812345678", "138****5678", true},
		{"+86 13812345678", "13812345678", "138****5678", true},
		{"008613812345678", "13812345678", "138****5678", true},
		{"１９９１２３４５６７８", "19912345678", "199****5678", true},
		{"0746-2345678", "0746-2345678", "0746-****678", false},
		{"(0746)2345678", "0746-2345678", "0746-****678", false},
		{"0746 234 5678", "0746-2345678", "0746-****678", false},
		{"07462345678", "0746-2345678", "0746-****678", false},
		{"010-62345678", "010-62345678", "010-****5678", false},
		{"+86-746", "", "", false},
		{"0746-2345678转801", "0746-2345678-801", "0746-****678", false},
		{"0746-2345678-801", "0746-2345678-801", "0746-****678", false},
		{"0746-12345", "0746-12345", "0746-12345", false},
		{"400-123-4567", "4001234567", "4001234567", false},
		{"2345678", "", "", false},
		{"0746", "", "", false},
		{"1381234567", "", "", false},
		{"12812345678", "", "", false},
		{"1381234567a", "", "", false},
		{"0746-1234567", "", "", false},
		{"0746-2345678-1234567", "", "", false},
		{"", "", "", false},
	} {
		p, err := ParsePhone(c.typed)
		if (err == nil) != (c.full != "") || p.Full() != c.full || p.Masked() != c.masked || p.IsMobile() != c.mobile {
			t.Errorf("%q: %q %q mobile=%v %v", c.typed, p.Full(), p.Masked(), p.IsMobile(), err)
		}
	}
}

func TestCredentialsFollowTheirKind(t *testing.T) {
	foreign := "91101019900101001"
	foreign += string(citizenCheck(foreign))
	for _, c := range []struct {
		kind  CredentialKind
		typed string
		full  string
	}{
		{IdentityCard, "11010519491231002x", "11010519491231002X"},
		{IdentityCard, "110105194912310021", ""},
		{Passport, "e 1234 5678", "E12345678"},
		{Passport, "护照", ""},
		{HongKongMacaoPermit, "H12345678", "H12345678"},
		{ForeignPermanentPermit, foreign, foreign},
		{ForeignPermanentPermit, "8" + foreign[1:], ""},
		{"999", "E12345678", ""},
		{Passport, "E1", ""},
	} {
		got, err := ParseCredential(c.kind, c.typed)
		if (err == nil) != (c.full != "") || got.Full() != c.full {
			t.Errorf("%s %q: %v", c.kind, c.typed, err)
		}
		if n, ok := got.CitizenNumber(); ok != (c.kind == IdentityCard && c.full != "") || ok && n.Full() != c.full {
			t.Errorf("%s %q holds a citizen number: %v", c.kind, c.typed, ok)
		}
	}
	for _, k := range CredentialKinds() {
		if k.Label() == "" || len(k) != 3 {
			t.Errorf("kind %q has no label", k)
		}
	}
}

func FuzzParseNumbers(f *testing.F) {
	for _, s := range append([]string{"0746-2345678转801", "+86 138", "E12345678", "(((", "\xff\x00"}, published...) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := ParsePhone(s); err == nil {
			if q, err := ParsePhone(p.Full()); err != nil || p != q {
				t.Fatalf("%q: phone does not parse back: %v", p.Full(), err)
			}
		}
		if u, err := ParseUSCC(s); err == nil {
			if v, err := ParseUSCC(u.String()); err != nil || u != v {
				t.Fatalf("%q: code does not parse back", u)
			}
		}
		if o, err := ParseOrgCode(s); err == nil {
			if v, err := ParseOrgCode(o.String()); err != nil || o != v {
				t.Fatalf("%q: code does not parse back", o)
			}
		}
		for _, k := range CredentialKinds() {
			if c, err := ParseCredential(k, s); err == nil {
				if d, err := ParseCredential(k, c.Full()); err != nil || c != d {
					t.Fatalf("credential does not parse back")
				}
			}
		}
	})
}
