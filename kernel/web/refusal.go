package web

import (
	"net/http"

	"tongban/kernel/problem"
)

// RefusalsPath is the page where the type of every problem leads, to the anchor that is called like its code.
const RefusalsPath = "/api"

// Refusal is a sort of problem as callers know it. A code once given never changes its meaning.
type Refusal struct {
	Code     string
	Statuses []int
	Means    string // what is wrong
	Mend     string // what the caller does about it
}

// Refusals are all sorts of problems that the API answers with: one for each kind, and those that say more than their kind.
func Refusals() []Refusal {
	kind := func(k problem.Kind, means, mend string, statuses ...int) Refusal {
		return Refusal{k.String(), statuses, means, mend}
	}
	return []Refusal{
		kind(problem.KindInvalid, "请求不完整、格式不对，或者有填写项不符合要求。", "errors 逐项写明哪一项、怎样改；改正后再发。", http.StatusBadRequest, http.StatusUnprocessableEntity),
		{"idempotency-key", []int{http.StatusBadRequest}, "改变数据的请求没有带 Idempotency-Key，或者写法不对。", "带上 8 到 100 个可见的英文字符，每办一次换一个。"},
		{"if-match", []int{http.StatusBadRequest}, "If-Match 的写法不对。", "原样写读取时答复头里的 ETag，连同引号。"},
		{"media-type", []int{http.StatusUnsupportedMediaType}, "请求体的 Content-Type 不是这个接口接受的。", "一般用 application/json；上传材料、换取令牌按各自的说明。"},
		kind(problem.KindUnauthenticated, "没有带令牌。", "先换取令牌，放在 Authorization: Bearer 请求头里。", http.StatusUnauthorized),
		{"token", []int{http.StatusUnauthorized}, "令牌不对、已过期，或者应用被停用、换过密钥。", "重新换取一次；还是不行，请联系平台管理员。"},
		kind(problem.KindForbidden, "有这项权限，但是管不到这一件；或者应当由不同的人来办，例如受理和决定。", "换有权的单位、另一个应用来办。", http.StatusForbidden),
		{"scope", []int{http.StatusForbidden}, "应用没有这个接口所需的权限。", "换取令牌时要上这项权限；应用没有的，请平台管理员增加。"},
		kind(problem.KindNotFound, "没有这个内容，或者您不能查看。两种情形的答复相同。", "核对编号；只能看到本单位范围内的和自己申报的。", http.StatusNotFound),
		kind(problem.KindConflict, "现在的状态不允许这样办，例如已经办结。", "重新读取，看清最新情况再办。", http.StatusConflict),
		kind(problem.KindStale, "读取之后被别人改过，If-Match 对不上。", "重新读取，看清改了什么，再用新的 ETag 办。", http.StatusPreconditionFailed),
		kind(problem.KindUnmatched, "这一步要写明是照哪一版办的，请求没有带 If-Match。", "先读取，带上答复头里的 ETag。", http.StatusPreconditionRequired),
		kind(problem.KindGone, "已经撤下或者删除。", "不用再试。", http.StatusGone),
		kind(problem.KindTooLarge, "请求体或者文件太大。", "按 detail 写明的限度缩小。", http.StatusRequestEntityTooLarge),
		kind(problem.KindTooMany, "请求太频繁。", "等 Retry-After 写明的秒数再发。", http.StatusTooManyRequests),
		{"rate", []int{http.StatusTooManyRequests}, "超过了应用每分钟的次数。", "等 Retry-After 写明的秒数再发。"},
		{"quota", []int{http.StatusTooManyRequests}, "应用当天的次数已用完。", "零点后恢复；确需增加，请联系平台管理员。"},
		kind(problem.KindBusy, "系统正忙，什么都没有办。", "等 Retry-After 写明的秒数，用同一个 Idempotency-Key 重发。", http.StatusServiceUnavailable, http.StatusRequestTimeout),
		kind(problem.KindInternal, "系统出了问题，已经记录。", "用同一个 Idempotency-Key 重发；还是不行，把 instance 里的编号告诉平台管理员。", http.StatusInternalServerError),
	}
}
