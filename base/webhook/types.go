package webhook

import (
	"time"

	"tongban/base/client"
	"tongban/kernel/event"
)

// ID names a subscription.
type ID string

// Algorithm is the keyed hash of a signature.
type Algorithm string

// The algorithms.
const (
	SHA256 Algorithm = "sha256" // v1 of Standard Webhooks
	SM3    Algorithm = "sm3"    // v1sm3, ours
)

// State tells whether a subscription is served.
type State string

// The states of a subscription.
const (
	Active State = "active" // 推送中
	Paused State = "paused" // 已暂停: what happens meanwhile is kept
	Ended  State = "ended"  // 已终止: the log remains
)

// Subscription is that a program wants to be told of some kinds of events.
type Subscription struct {
	ID          ID
	Client      client.ID
	Unit        string
	URL         string
	Events      []string
	Algorithm   Algorithm
	State       State
	Reason      string    // why it was paused
	FormerUntil time.Time // until when messages are signed with the former secret too
	Failures    int       // in a row, over all messages
	QuietUntil  time.Time // the receiver is left alone till then
	SentAt      time.Time // when a message last arrived
	MadeAt      time.Time
	Version     int64

	secret, former string // sealed
}

// Wish is what a person says of a subscription.
type Wish struct {
	URL       string
	Events    []string
	Algorithm Algorithm
}

// MessageState tells how far a message got.
type MessageState string

// The states of a message.
const (
	Waiting  MessageState = "waiting"  // 待推送
	Sent     MessageState = "sent"     // 已送达
	Dead     MessageState = "dead"     // 没有送达
	Dropped  MessageState = "dropped"  // 不再推送
	Withheld MessageState = "withheld" // 已无权得知
)

// Message is one event on its way to one program.
type Message struct {
	ID           string
	Subscription ID
	Event        string // id of the event, and the webhook-id
	Name         string // casework.decided
	Subject      string // number of the thing
	Unit         string
	Agent        string
	Body         string
	State        MessageState
	Tries        int
	NextAt       time.Time
	MadeAt       time.Time
	EndedAt      time.Time
	Reason       string
}

// Try is one attempt to deliver a message.
type Try struct {
	At     time.Time
	Status int // 0: no answer came
	Millis int64
	Reason string // why it does not count as delivered; empty: it does
	Answer string // beginning of what the receiver said
}

// Event is a message as it is sent (CloudEvents 1.0, structured mode).
type Event struct {
	SpecVersion     string       `json:"specversion" enum:"1.0" doc:"CloudEvents 的版本" example:"1.0"`
	ID              string       `json:"id" doc:"事件的编号，与请求头 webhook-id 相同；重发不变，收到两次的只算一次" example:"01JDQ6Z3K8V7M2N4P6R8T0W2Y4"`
	Source          string       `json:"source" doc:"哪个平台；data.url 是它下面的地址" example:"https://zw.nanling.example"`
	Type            string       `json:"type" doc:"事件的种类" example:"tongban.casework.decided"`
	Subject         string       `json:"subject" doc:"事物的编号" example:"TB2025010600001"`
	Time            time.Time    `json:"time" doc:"什么时候发生的"`
	DataContentType string       `json:"datacontenttype" enum:"application/json" doc:"data 的格式" example:"application/json"`
	Data            event.Notice `json:"data" doc:"什么变了、到了哪一步；详情另用接口读"`
}

// Label is the state in Chinese.
func (s State) Label() string {
	return map[State]string{Active: "推送中", Paused: "已暂停", Ended: "已终止"}[s]
}

// Label is the state in Chinese.
func (s MessageState) Label() string {
	return map[MessageState]string{Waiting: "待推送", Sent: "已送达", Dead: "没有送达", Dropped: "不再推送", Withheld: "已无权得知"}[s]
}

// Label is the algorithm in words.
func (a Algorithm) Label() string {
	if a == SM3 {
		return "HMAC-SM3（v1sm3，国密）"
	}
	return "HMAC-SHA256（v1，Standard Webhooks）"
}
