package tracking

import (
	"testing"
	"time"
)

// How many wrong answers of one receipt are judged in a day, whoever gives them and from however many machines: the waits grow by the
// receipt. Four characters of which the last may be X are 11,000 possibilities; a guess at one known receipt hits in a day with less than
// one chance in two hundred, and the owner is never locked out for longer than an hour.
func TestOneReceiptIsHardlyGuessedInADay(t *testing.T) {
	tries, passed := int64(0), time.Duration(0)
	for passed < wrongDay {
		tries++
		passed += pause(tries)
	}
	if chance := float64(tries) / 11_000; tries > 50 || chance > 1.0/200 {
		t.Errorf("%d guesses a day, chance %.4f", tries, chance)
	}
	t.Logf("%d guesses of one receipt are judged in a day: chance %.2f %%", tries, float64(tries)/110)
}
