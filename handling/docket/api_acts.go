package docket

import (
	"context"

	"tongban/handling/casework"
	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/web"
	"tongban/rules/licensing"
)

// What is sent with the acts beside the usual way of a case.
type (
	// Extending lengthens the term.
	Extending struct {
		Days     int    `json:"days" minimum:"1" maximum:"15" doc:"延长几个工作日；一般最多 10 个，联合办理的最多 15 个" example:"5"`
		Reason   string `json:"reason" minLength:"1" maxLength:"1000" doc:"理由，会写进告知书" example:"需要核实场地权属"`
		Approver string `json:"approver,omitempty" maxLength:"50" doc:"谁批准的；不写是这个应用自己" example:"刘局长"`
	}
	// Saying gives a reason.
	Saying struct {
		Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"理由" example:"申请人不再开办"`
	}
	// Assigning names who does the step.
	Assigning struct {
		Account string `json:"account,omitempty" maxLength:"40" doc:"交给谁，账户标识；不写是放回单位的待办" example:"assessor"`
	}
	// Marking sets the flags that are for the work.
	Marking struct {
		Urgent    bool   `json:"urgent" doc:"加急" example:"true"`
		Green     bool   `json:"green_channel" doc:"绿色通道" example:"false"`
		Contested bool   `json:"contested" doc:"申请人有异议" example:"false"`
		Note      string `json:"note,omitempty" maxLength:"500" doc:"说明" example:"重点项目"`
	}
	// Bare is an act that needs no words.
	Bare struct{}
)

// furtherActs are what happens to a case beside acceptance, assessment and decision.
func (m *Module) furtherActs() []web.Route {
	return []web.Route{
		act(m, "withdraw", "withdraw", authz.SignedIn, "撤回申请", "申请人撤回申请，办件随即终止。申报的应用和申请人本人可以撤回；有受理权限的，按申请人的要求代为撤回。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Saying) error {
				return m.cases.Withdraw(ctx, tx, c.ID, b.Reason)
			}),
		act(m, "supplement", "supplement", casework.PermOpen, "收到补正", "登记申请人已经补正，从收到之日起重新计算受理期限（行政许可法第三十二条）。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, _ Bare) error {
				_, err := m.cases.Supplement(ctx, tx, c.ID)
				return err
			}),
		act(m, "lapse", "lapse", casework.PermAccept, "确认逾期未补正", "补正期限已过，联系申请人后确认不再补正，办件终止。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Saying) error {
				return m.cases.Lapse(ctx, tx, c.ID, b.Reason)
			}),
		act(m, "send-back", "send_back", casework.PermDecide, "退回重审", "决定人员认为审查不够的，退回审查人员重新审查。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Saying) error {
				return m.cases.SendBack(ctx, tx, c.ID, b.Reason)
			}),
		act(m, "extend", "extend", casework.PermExtend, "延长期限", "不能在期限内决定的，经批准延长，理由告知申请人（行政许可法第四十二条）。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Extending) error {
				_, item, err := m.cases.Pinned(ctx, &tx.View, c)
				if err != nil {
					return err
				}
				_, by := licensing.ExtensionOf(casework.TermsOf(item).Joint)
				_, err = m.cases.Extend(ctx, tx, c.ID, casework.Extension{Days: b.Days, Reason: b.Reason, By: by, Approver: b.Approver})
				return err
			}),
		act(m, "assign", "assign", casework.PermRead, "指派", "把这一步交给本单位的一个人，或者放回单位的待办。自己领取不需要指派权限。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Assigning) error {
				return m.cases.Assign(ctx, tx, c.ID, b.Account)
			}),
		act(m, "mark", "mark", casework.PermAssign, "修改标记", "加急、绿色通道、申请人有异议：只供安排工作，不改变法律上的状态。没有写的标记去掉。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, b Marking) error {
				return m.cases.Mark(ctx, tx, c.ID, func(f *casework.Flags) { f.Urgent, f.Green, f.Contested = b.Urgent, b.Green, b.Contested }, b.Note)
			}),
		act(m, "close", "close", casework.PermClose, "办结", "结果已经由别的途径送达申请人的，登记办结。通过送达件交付的，平台自动办结。",
			func(ctx context.Context, tx *db.Tx, c casework.Case, _ Bare) error {
				return m.cases.Close(ctx, tx, c.ID)
			}),
	}
}
