package webhook_test

import (
	"testing"
	"time"

	"tongban/base/webhook"
)

// The vector of the Standard Webhooks specification's own test suites.
func TestTheSignatureIsThatOfTheStandard(t *testing.T) {
	got, err := webhook.Sign(webhook.SHA256, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Error(got, err)
	}
	if _, err := webhook.Sign(webhook.SHA256, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "x", time.Unix(0, 0), nil); err == nil {
		t.Error("a text that is no secret signs")
	}
}
