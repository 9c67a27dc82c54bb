package main

import (
	"regexp"
	"strconv"
	"testing"

	"tongban/kernel/kerneltest"
)

// budgets are how many statements the steps of a matter may ask of the database, on average. What they cost grows with these, on both
// engines; a reading in a loop shows here before anybody waits for it.
var budgets = map[string]float64{
	"bundle.submit":           34,
	"casework.accept":         27,
	"casework.assess":         19,
	"casework.decide":         29,
	"delivery.hand":           30,
	"efficiency.case-decided": 9,
	"bundle.issued":           22,
	"licence.paper":           18,
}

var sample = regexp.MustCompile(`(?m)^tongban_(commands|command_statements)_total\{command="([^"]+)".*\} (\S+)$`)

// frugal compares what the steps of matters that were handled in the county asked of the database with their budgets.
func frugal(t *testing.T, kt *kerneltest.Kit) {
	t.Helper()
	text, _ := scrape(t, kt)
	asked, runs := map[string]float64{}, map[string]float64{}
	for _, m := range sample.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		if m[1] == "commands" {
			runs[m[2]] += n
		} else {
			asked[m[2]] += n
		}
	}
	for command, most := range budgets {
		switch each := asked[command] / runs[command]; {
		case runs[command] == 0:
			t.Errorf("%s was not run", command)
		case each > most:
			t.Errorf("%s asks %.1f statements of the database, its budget is %.0f", command, each, most)
		default:
			t.Logf("%-26s %5.1f statements, %3.0f runs", command, each, runs[command])
		}
	}
}
