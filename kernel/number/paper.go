package number

import (
	"fmt"
	"regexp"
	"strconv"
)

var paper = regexp.MustCompile(`^(.*)〔(\d{4})〕(\d+)号$`)

// Paper takes the number of a document apart: 南市监受〔2026〕12号 is the twelfth of 南市监受 in 2026.
func Paper(s string) (head, year string, no int64, ok bool) {
	m := paper.FindStringSubmatch(s)
	if m == nil {
		return "", "", 0, false
	}
	no, err := strconv.ParseInt(m[3], 10, 64)
	return m[1], m[2], no, err == nil
}

// PaperLike writes the number of a document like another.
func PaperLike(like, year string, no int64) string {
	head, _, _, _ := Paper(like)
	return fmt.Sprintf("%s〔%s〕%d号", head, year, no)
}
