package nanling_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tongban/kernel/pack"
	"tongban/rules/catalogue"
)

// outcome is what a thing comes to under the answers: the items to be handled, or the way out.
func outcome(t *testing.T, ed *pack.Edition, b catalogue.Bundle, answers map[string]any) (parts []string, stop string) {
	t.Helper()
	holds := func(when string) bool {
		ok, _, err := catalogue.Holds(ed, when, answers)
		if err != nil {
			t.Fatalf("%s: %s: %v", b.Code, when, err)
		}
		return ok
	}
	for _, s := range b.Stop {
		if holds(s.When) {
			return nil, s.Text
		}
	}
	for _, p := range b.Parts {
		if holds(p.When) {
			parts = append(parts, p.Item)
		}
	}
	return parts, ""
}

func TestPeopleGetTheItemsTheirSituationNeeds(t *testing.T) {
	c := load(t)
	ed := pack.Preview(c)
	bundles := map[string]catalogue.Bundle{}
	for _, b := range all[catalogue.Bundle](t, c, "bundle") {
		bundles[b.Code] = b
	}
	type answers = map[string]any
	noodle := answers{"owner_kind": "individual", "has_licence": false, "premises_kind": "shop", "food_kind": "cooked", "floor_area": 45.0, "renovates": false, "investment": 5.0,
		"fire_by_commitment": true, "drains_to_sewer": true, "sign_kind": "shop_sign", "sells_tobacco": false, "needs_gas": false, "by_agent": false}
	house := answers{"house_kind": "residential", "house_seized": false, "mortgaged": false, "buyer_loan": true, "needs_fund_loan": true, "moves_water": true, "moves_power": true, "moves_gas": false, "moves_tv": false, "by_agent": false}
	baby := answers{"birth_place": "county_hospital", "has_birth_certificate": false, "baby_months": 0.0, "birth_registered": true, "parents_hukou": "one", "parents_married": true, "joins_insurance": true, "wants_card": true, "mother_insured": false}
	closing := answers{"close_kind": "company", "debts": false, "abnormal": false, "court_ruling": false, "under_investigation": false, "has_tax_record": true, "has_customs": false, "has_insurance": true, "has_bank": true, "has_seal": true, "by_agent": false}
	trench := answers{"needs_water": true, "needs_power": false, "power_kva": 0.0, "needs_gas": false, "needs_net": false, "external_line": true, "line_length": 180.0, "digs_road": true, "trench_width": 0.8, "new_road": false,
		"occupies_road": false, "occupy_area": 0.0, "occupy_days": 0.0, "uses_green": false, "fells_tree": false, "by_agent": false}
	with := func(base answers, change answers) answers {
		out := maps.Clone(base)
		maps.Copy(out, change)
		return out
	}
	for name, c := range map[string]struct {
		bundle  string
		answers answers
		parts   []string
		stops   bool
	}{
		"a small noodle shop needs no fire check": {"open-restaurant", noodle, []string{"individual-registration", "tax-registration", "food-operation-licence", "sewer-discharge", "shop-sign"}, false},
		"above 50 square metres it does":          {"open-restaurant", with(noodle, answers{"floor_area": 50.5, "has_licence": true}), []string{"food-operation-licence", "fire-opening-check", "sewer-discharge", "shop-sign"}, false},
		"exactly 50 is not above":                 {"open-restaurant", with(noodle, answers{"floor_area": 50.0, "has_licence": true}), []string{"food-operation-licence", "sewer-discharge", "shop-sign"}, false},
		"a large renovated restaurant of a company": {"open-restaurant", with(noodle, answers{"owner_kind": "company", "floor_area": 480.0, "renovates": true, "investment": 60.0, "sells_tobacco": true, "needs_gas": true}),
			[]string{"company-registration", "seal-engraving", "tax-registration", "food-operation-licence", "fire-acceptance-record", "fire-opening-check", "sewer-discharge", "shop-sign", "tobacco-retail", "gas-connection"}, false},
		"a cheap renovation is not recorded, however large":  {"open-restaurant", with(noodle, answers{"has_licence": true, "floor_area": 480.0, "renovates": true, "investment": 30.0}), []string{"food-operation-licence", "fire-opening-check", "sewer-discharge", "shop-sign"}, false},
		"packaged food is filed, not licensed (食品安全法第三十五条)":  {"open-restaurant", with(noodle, answers{"has_licence": true, "food_kind": "prepackaged", "sign_kind": "none"}), []string{"food-prepackaged-filing"}, false},
		"no cooking in a block of flats (大气污染防治法第八十一条)":      {"open-restaurant", with(noodle, answers{"premises_kind": "dwelling"}), nil, true},
		"a loan: contract, tax, transfer, then the mortgage": {"second-hand-house", house, []string{"house-contract-filing", "house-transfer-tax", "property-transfer", "fund-loan", "mortgage-registration", "water-transfer", "power-transfer"}, false},
		"a seized house is not transferred":                  {"second-hand-house", with(house, answers{"house_seized": true}), nil, true},
		"a baby of the county":                               {"newborn", baby, []string{"birth-certificate", "vaccination-card", "birth-household", "resident-medical-insurance", "social-security-card"}, false},
		"a baby of strangers has no household here":          {"newborn", with(baby, answers{"parents_hukou": "none"}), []string{"birth-certificate", "vaccination-card"}, false},
		"born elsewhere: the certificate comes from there":   {"newborn", with(baby, answers{"birth_place": "other_hospital"}), nil, true},
		"simple deregistration (市场主体登记管理条例第三十三条)":            {"close-company", closing, []string{"tax-clearance", "simple-deregistration", "insurance-deregistration", "bank-account-closing", "seal-cancellation"}, false},
		"not simple when on the list of abnormal operation":  {"close-company", with(closing, answers{"abnormal": true}), []string{"tax-clearance", "general-deregistration", "insurance-deregistration", "bank-account-closing", "seal-cancellation"}, false},
		"a court order suffices (第三十四条)":                     {"close-company", with(closing, answers{"court_ruling": true, "debts": true, "has_insurance": false, "has_bank": false, "has_seal": false}), []string{"general-deregistration"}, false},
		"debts come first":                            {"close-company", with(closing, answers{"debts": true}), nil, true},
		"a short narrow trench goes by commitment":    {"connect-utilities", trench, []string{"water-connection", "road-digging-commitment"}, false},
		"a new road does not (城市道路管理条例第三十三条)":         {"connect-utilities", with(trench, answers{"new_road": true}), []string{"water-connection", "road-digging"}, false},
		"a long line needs the planning permit first": {"connect-utilities", with(trench, answers{"line_length": 300.0}), []string{"water-connection", "pipeline-planning-permit", "road-digging"}, false},
		"fifteen years of contributions (社会保险法第十六条)":  {"retirement", answers{"retire_kind": "normal", "contribution_years": 14.9, "file_reviewed": true, "withdraws_fund": true, "only_child": false}, nil, true},
		"an ordinary retirement":                      {"retirement", answers{"retire_kind": "normal", "contribution_years": 15.0, "file_reviewed": true, "withdraws_fund": true, "only_child": false}, []string{"normal-retirement", "medical-retirement", "fund-retirement-withdrawal"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			parts, stop := outcome(t, ed, bundles[c.bundle], c.answers)
			if (stop != "") != c.stops {
				t.Errorf("stop: %q", stop)
			}
			if diff := cmp.Diff(c.parts, parts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFeesFollowTheirRule(t *testing.T) {
	c := load(t)
	ed := pack.Preview(c)
	occupation, err := catalogue.FindItem(ed, "road-occupation")
	if err != nil {
		t.Fatal(err)
	}
	fee := occupation.Fees[0]
	rule, err := catalogue.Formula(ed, fee.Rule)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		area, days float64
		cents      float64 // 0: waived
	}{{50, 10, 0}, {60, 10, 18_000}, {50, 11, 16_500}, {100, 30, 90_000}} {
		answers := map[string]any{"occupies_road": true, "occupy_area": row.area, "occupy_days": row.days}
		due, _, err := catalogue.Holds(ed, fee.When, answers)
		if err != nil {
			t.Fatal(err)
		}
		got := 0.0
		if due {
			if got, err = rule.Number(answers); err != nil {
				t.Fatal(err)
			}
		}
		if got != row.cents {
			t.Errorf("%v m² for %v days: %v cents, want %v", row.area, row.days, got, row.cents)
		}
	}
}
