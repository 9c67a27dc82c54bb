package problem

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Invalid reports input that cannot be used as it is; name the fields with [Error.On].
func Invalid(format string, args ...any) *Error { return of(KindInvalid, format, args) }

// Unauthenticated reports that nobody is logged in, or that the login failed.
func Unauthenticated(format string, args ...any) *Error {
	return of(KindUnauthenticated, format, args)
}

// Forbidden reports that this person may not do this.
func Forbidden(format string, args ...any) *Error { return of(KindForbidden, format, args) }

// NotFound reports that there is no such thing, or none this person may know of.
func NotFound(format string, args ...any) *Error { return of(KindNotFound, format, args) }

// Conflict reports that the present state of the thing does not allow it.
func Conflict(format string, args ...any) *Error { return of(KindConflict, format, args) }

// Stale reports that the thing changed since the caller read it.
func Stale(format string, args ...any) *Error { return of(KindStale, format, args) }

// Unmatched reports that the caller did not say which version of the thing he has read.
func Unmatched(format string, args ...any) *Error { return of(KindUnmatched, format, args) }

// Gone reports a thing that was there and was withdrawn on purpose.
func Gone(format string, args ...any) *Error { return of(KindGone, format, args) }

// TooLarge reports a file or request above the limit; the sentence names the limit.
func TooLarge(format string, args ...any) *Error { return of(KindTooLarge, format, args) }

// TooMany reports that this caller asks too often and may ask again after the wait.
func TooMany(wait time.Duration, format string, args ...any) *Error {
	return of(KindTooMany, format, args).After(wait)
}

// Busy reports that we cannot serve this now; the same request may succeed after the wait.
func Busy(wait time.Duration, format string, args ...any) *Error {
	return of(KindBusy, format, args).After(wait)
}

// Internal reports a fault of our own. The text is for the log only and may be
// English; the person reads a general sentence.
func Internal(format string, args ...any) *Error { return of(KindInternal, format, args) }

// Of finds the outermost *Error in the chain of err.
func Of(err error) (*Error, bool) {
	var e *Error
	if errors.As(err, &e) && e != nil {
		return e, true
	}
	return nil, false
}

// KindOf returns the kind of err: that of the outermost *Error in its chain;
// [KindBusy] for a passed deadline, since trying again may help; else
// [KindInternal]. Ask it only about an error: for nil it returns KindInternal too.
func KindOf(err error) Kind {
	if e, ok := Of(err); ok {
		return e.Kind
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return KindBusy
	}
	return KindInternal
}

// Status returns the HTTP status err is answered with, 200 for nil.
func Status(err error) int {
	if err == nil {
		return http.StatusOK
	}
	switch KindOf(err) {
	case KindInvalid:
		if e, ok := Of(err); ok && len(e.Fields) > 0 {
			return http.StatusUnprocessableEntity
		}
		return http.StatusBadRequest
	case KindUnauthenticated:
		return http.StatusUnauthorized
	case KindForbidden:
		return http.StatusForbidden
	case KindNotFound:
		return http.StatusNotFound
	case KindConflict:
		return http.StatusConflict
	case KindStale:
		return http.StatusPreconditionFailed
	case KindUnmatched:
		return http.StatusPreconditionRequired
	case KindGone:
		return http.StatusGone
	case KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case KindTooMany:
		return http.StatusTooManyRequests
	case KindBusy:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// MessageFor returns the Chinese sentence a person may read about err. The text
// of an internal error never appears in it, nor does any cause; nil gives "".
func MessageFor(err error) string {
	if err == nil {
		return ""
	}
	kind := KindOf(err)
	if e, ok := Of(err); ok && kind != KindInternal && e.Message != "" {
		return e.Message
	}
	return general(kind)
}

// NextFor returns what the person should do now: the error's own Next, else a
// general advice for its kind; it may be empty, and is for nil.
func NextFor(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := Of(err); ok && e.Kind != KindInternal && e.Next != "" {
		return e.Next
	}
	switch KindOf(err) {
	case KindInternal:
		return "您填写的内容没有提交。请稍后再试；仍不行，请把出错时间告诉窗口工作人员。"
	case KindUnauthenticated:
		return "请登录后再试。"
	case KindForbidden:
		return "如确需办理，请联系本单位管理员开通权限。"
	case KindTooMany, KindBusy:
		return "请稍等片刻再试。"
	default:
		return ""
	}
}

// RetryAfter returns how long the caller should wait before asking again, zero
// when err gives no wait.
func RetryAfter(err error) time.Duration {
	if e, ok := Of(err); ok {
		return e.RetryAfter
	}
	return 0
}

// CodeOf returns the stable code of err for machines: its own, else the name of its kind; "" for nil.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := Of(err); ok && e.Code != "" {
		return e.Code
	}
	return KindOf(err).String()
}

// FieldsOf returns the complaints about form fields in err, nil if there are none.
func FieldsOf(err error) []Field {
	if e, ok := Of(err); ok && e.Kind != KindInternal {
		return e.Fields
	}
	return nil
}

// FieldMessage is what the error says about one control of the form; empty when it says nothing.
func FieldMessage(err error, name string) string {
	for _, f := range FieldsOf(err) {
		if f.Name == name {
			return f.Message
		}
	}
	return ""
}

// Mendable reports whether the person can mend the error on the page he sent it from.
func Mendable(err error) bool {
	switch KindOf(err) {
	case KindInvalid, KindTooLarge, KindTooMany:
		return err != nil
	}
	return false
}

// general is the sentence of a kind when the error brought none of its own.
func general(k Kind) string {
	switch k {
	case KindInvalid:
		return "填写的内容有误，请检查后再提交。"
	case KindUnauthenticated:
		return "您还没有登录，或者登录已过期。"
	case KindForbidden:
		return "您没有办理这件事的权限。"
	case KindNotFound:
		return "没有找到您要的内容。"
	case KindConflict:
		return "现在的状态不能这样办，请刷新页面看最新情况。"
	case KindStale:
		return "您读取之后，内容有了变化。"
	case KindUnmatched:
		return "请先读取最新情况再办。"
	case KindGone:
		return "这项内容已经撤下。"
	case KindTooLarge:
		return "文件或内容太大，请缩小后再提交。"
	case KindTooMany:
		return "操作太频繁。"
	case KindBusy:
		return "系统正忙。"
	default:
		return "系统出了问题，已经记录下来。"
	}
}
