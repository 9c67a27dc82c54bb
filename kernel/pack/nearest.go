package pack

import "slices"

// Nearest returns the code of that kind most like code, or "" when none is
// close enough to be worth suggesting.
func (c *Content) Nearest(kind, code string) string {
	codes := make([]string, 0, len(c.docs[kind]))
	for _, d := range c.docs[kind] {
		codes = append(codes, d.Code)
	}
	slices.Sort(codes)
	return nearest(code, codes)
}

// nearest compares by edit distance; up to a third of the letters may differ.
func nearest(word string, among []string) string {
	best, least := "", len([]rune(word))/3+1
	for _, other := range among {
		if d := distance(word, other, least); d <= least && (best == "" || d < least) {
			best, least = other, d
		}
	}
	return best
}

// distance is the Levenshtein distance, or anything above limit once it is certain to exceed it.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if diff := len(x) - len(y); diff > limit || -diff > limit || len(x) > 200 {
		return limit + 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(y)]
}
