package problem_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tongban/kernel/problem"
)

func TestKindDecidesStatusThroughAnyWrapping(t *testing.T) {
	for _, c := range []struct {
		err  error
		kind problem.Kind
		name string
		want int
	}{
		{problem.Invalid("不能用"), problem.KindInvalid, "invalid", 400},
		{problem.Invalid("不能用").On("name", "请填写姓名"), problem.KindInvalid, "invalid", 422},
		{problem.Unauthenticated("未登录"), problem.KindUnauthenticated, "unauthenticated", 401},
		{problem.Forbidden("无权"), problem.KindForbidden, "forbidden", 403},
		{problem.NotFound("没有"), problem.KindNotFound, "not-found", 404},
		{problem.Conflict("已办结"), problem.KindConflict, "conflict", 409},
		{problem.Gone("已撤下"), problem.KindGone, "gone", 410},
		{problem.TooLarge("太大"), problem.KindTooLarge, "too-large", 413},
		{problem.TooMany(time.Second, "太频繁"), problem.KindTooMany, "too-many", 429},
		{problem.Busy(time.Second, "正忙"), problem.KindBusy, "busy", 503},
		{problem.Internal("index broken"), problem.KindInternal, "internal", 500},
		{io.ErrUnexpectedEOF, problem.KindInternal, "internal", 500},
		{context.DeadlineExceeded, problem.KindBusy, "busy", 503},
		{&problem.Error{}, problem.KindInternal, "internal", 500},
	} {
		for _, err := range []error{c.err, fmt.Errorf("casework: accept: %w", c.err), errors.Join(io.EOF, c.err)} {
			if got := problem.KindOf(err); got != c.kind || got.String() != c.name {
				t.Errorf("KindOf(%v) = %v, want %v", err, got, c.kind)
			}
			if got := problem.Status(err); got != c.want {
				t.Errorf("Status(%v) = %d, want %d", err, got, c.want)
			}
		}
	}
	if got := problem.Status(nil); got != 200 {
		t.Errorf("Status(nil) = %d", got)
	}
}

func TestInternalTextAndCausesNeverReachThePerson(t *testing.T) {
	secret := errors.New("dial tcp 10.0.0.7:5432: password authentication failed")
	for _, err := range []error{
		secret,
		problem.Internal("table casework_case is gone").Wrap(secret).On("x", "secret").WithNext("password"),
		problem.Conflict("办件已办结").Wrap(secret),
		problem.Invalid("").Wrap(secret),
		problem.Busy(0, "").Wrap(secret),
		fmt.Errorf("outer: %w", secret),
	} {
		shown := problem.MessageFor(err) + problem.NextFor(err) + fmt.Sprint(problem.FieldsOf(err))
		if strings.Contains(shown, "10.0.0.7") || strings.Contains(shown, "password") ||
			strings.Contains(shown, "casework_case") || strings.Contains(shown, "secret") {
			t.Errorf("the person would read %q", shown)
		}
		if problem.MessageFor(err) == "" {
			t.Errorf("no sentence for %v", err)
		}
		if !strings.Contains(err.Error(), "password") {
			t.Errorf("the log would not know the cause of %q", err)
		}
	}
}

func TestPersonReadsTheSentenceAndTheWayOut(t *testing.T) {
	err := fmt.Errorf("accept: %w", problem.Conflict("办件 %s 已办结，不能再补正", "A1").WithNext("请发起更正").Wrap(io.EOF))
	if got := problem.MessageFor(err); got != "办件 A1 已办结，不能再补正" {
		t.Errorf("message %q", got)
	}
	if got := problem.NextFor(err); got != "请发起更正" {
		t.Errorf("next %q", got)
	}
	if !errors.Is(err, io.EOF) {
		t.Error("the cause is lost")
	}
	// A sentence without arguments is taken literally: 百分比 in it is no verb.
	if got := problem.MessageFor(problem.Invalid("完成 100%")); got != "完成 100%" {
		t.Errorf("message %q", got)
	}
}

func TestChainingNeverChangesTheErrorItGrewFrom(t *testing.T) {
	base := problem.Invalid("填写有误").On("a", "甲")
	one, two := base.On("b", "乙"), base.On("c", "丙")
	if d := cmp.Diff([]problem.Field{{Name: "a", Message: "甲"}, {Name: "b", Message: "乙"}}, problem.FieldsOf(one)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]problem.Field{{Name: "a", Message: "甲"}, {Name: "c", Message: "丙"}}, problem.FieldsOf(two)); d != "" {
		t.Error(d)
	}
	if len(base.Fields) != 1 || base.Wrap(io.EOF) == base || errors.Is(base, io.EOF) {
		t.Error("base was changed")
	}
}

func TestIsAsksForAKind(t *testing.T) {
	err := fmt.Errorf("load: %w", problem.NotFound("没有这个办件"))
	if !errors.Is(err, &problem.Error{Kind: problem.KindNotFound}) {
		t.Error("kind not recognised")
	}
	if errors.Is(err, &problem.Error{Kind: problem.KindConflict}) {
		t.Error("another kind recognised")
	}
	if errors.Is(err, problem.NotFound("别的话")) {
		t.Error("another sentence is another error")
	}
	if problem.RetryAfter(fmt.Errorf("x: %w", problem.TooMany(90*time.Second, "太频繁"))) != 90*time.Second {
		t.Error("the wait is lost")
	}
}
