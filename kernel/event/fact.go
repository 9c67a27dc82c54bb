package event

import (
	"context"
	"encoding/json"
	"fmt"

	"tongban/kernel/authz"
	"tongban/kernel/db"
)

// Fact is an event that programs outside may hear of too. The module that publishes the event opens it in its manifest; who may hear it is
// decided as if he read the thing.
type Fact struct {
	Event string
	Title string // 办件已作出决定
	Right authz.Permission
	Tell  func(payload []byte) (Notice, error)
}

// Notice is what is told outside: which thing, where it stands, where to read more. It names no person and holds nothing of what a person
// said: whoever wants more asks for it, under the rights he then has.
type Notice struct {
	Kind   string `json:"kind" enum:"case,submission,licence,parcel,test" doc:"什么变了：case 办件，submission 申报，licence 证照，parcel 送达件，test 测试" example:"case"`
	Number string `json:"number" doc:"它的编号" example:"TB2025010600001"`
	State  string `json:"state" doc:"到了哪一步" example:"granted"`
	Item   string `json:"item,omitempty" doc:"事项代码" example:"food-operation-licence"`
	Unit   string `json:"unit,omitempty" doc:"负责的单位，单位代码" example:"approval-bureau"`
	URL    string `json:"url" doc:"在接口里读详情的地址" example:"/api/v1/cases/TB2025010600001"`

	// Agent is the program that handed the thing in: it hears of it whatever else it may read.
	Agent string `json:"-"`
}

// Open opens an event to programs outside.
func Open[E db.Event](title string, right authz.Permission, tell func(E) Notice) Fact {
	var zero E
	return Fact{Event: zero.EventName(), Title: title, Right: right, Tell: func(payload []byte) (Notice, error) {
		var e E
		if err := json.Unmarshal(payload, &e); err != nil {
			return Notice{}, fmt.Errorf("event: payload of %s: %w", zero.EventName(), err)
		}
		return tell(e), nil
	}}
}

// OnFact makes a listener for a fact that hears it whole, while wants says that somebody cares.
func OnFact(name string, f Fact, wants func() bool, hear func(context.Context, *db.Tx, Heard) error) Listener {
	return Listener{Name: name, Event: f.Event, wants: wants, hear: func(ctx context.Context, tx *db.Tx, list []Heard) error {
		for _, h := range list {
			if err := hear(ctx, tx, h); err != nil {
				return err
			}
		}
		return nil
	}}
}
