package casework

import (
	"context"
	"fmt"
	"time"

	"tongban/handling/casework/internal/store"
	"tongban/kernel/check"
	"tongban/kernel/db"
	"tongban/kernel/flow"
	"tongban/kernel/number"
	"tongban/rules/licensing"
)

func (m *Module) invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "I5", Title: "办件只按流转表变更状态，审计记录重放得到现在的状态", Check: m.replay},
		{ID: "I10", Title: "五个工作日没有告知的，自收到之日起受理", Check: m.nobodyWaitsInSilence},
		{ID: "I11", Title: "每个在办件都有且只有一个负责单位", Check: m.everyCaseHasItsUnit},
		{ID: "I13", Title: "受理、审查、决定没有由同一人办理", Check: check.None(
			`SELECT count(*) FROM casework_deed`,
			`SELECT c.number || '：' || d.actor_name || ' 先' || e.act || '后' || d.act FROM casework_deed d
 JOIN casework_deed e ON e.case_id = d.case_id AND e.actor = d.actor AND e.id < d.id
 JOIN casework_case c ON c.id = d.case_id
 WHERE NOT c.instant AND (d.act IN ('assess', 'grant', 'refuse') AND e.act IN ('accept', 'open')
  OR d.act IN ('grant', 'refuse', 'extend') AND e.act = 'assess')`,
			"核实是谁用什么途径绕过了职责分离，该决定的效力由法制机构认定")},
		{ID: "I18", Title: "在办件用的是收件时的事项版本", Check: m.versionsArePinned},
		{ID: "I6-decision", Title: "一个办件只有一个决定", Check: check.None(
			`SELECT count(*) FROM casework_case`,
			`SELECT number FROM casework_case c WHERE (state IN ('granted', 'refused') OR state = 'closed') <>
 EXISTS (SELECT 1 FROM casework_deed d WHERE d.case_id = c.id AND d.act IN ('grant', 'refuse'))`,
			"决定与办理记录不符：用审计记录核对该办件")},
		{ID: "I7-case-number", Title: "办件编号只发一次，当天的办件数加跳过的号数等于计数器", Check: number.Complete("case",
			`SELECT 'case', substr(number, 3, 8), count(*), max(CAST(substr(number, 11) AS bigint)) FROM casework_case GROUP BY substr(number, 3, 8)`)},
	}
}

// replay walks the audit log of every case along the table (I3, I5).
func (m *Module) replay(ctx context.Context, v *db.View) (check.Finding, error) {
	f := check.Finding{Remedy: "该办件的状态被绕过命令改动过：用审计记录重放，查明写入来源"}
	rows, err := v.QueryContext(ctx, `SELECT c.id, c.number, c.state, COALESCE(e.from_state, '-'), COALESCE(e.to_state, '-') FROM casework_case c
 LEFT JOIN audit_entry e ON e.object_kind = 'case' AND e.object_id = c.id ORDER BY c.id, e.id`)
	if err != nil {
		return f, err
	}
	defer rows.Close()
	var last, number, state string
	var at State
	settle := func() {
		if last != "" && string(at) != state && f.Bad == "" {
			f.Bad = fmt.Sprintf("%s：审计记录到“%s”，库中是“%s”", number, StateLabel(at), StateLabel(State(state)))
		}
	}
	for rows.Next() {
		var id, no, now, from, to string
		if err := rows.Scan(&id, &no, &now, &from, &to); err != nil {
			return f, err
		}
		if id != last {
			settle()
			f.Rows++
			last, at = id, ""
		}
		number, state = no, now
		if !lawful(at, State(from), State(to)) && f.Bad == "" {
			f.Bad = fmt.Sprintf("%s：从“%s”到“%s”不在流转表内", no, StateLabel(State(from)), StateLabel(State(to)))
		}
		at = State(to)
	}
	settle()
	return f, rows.Err()
}

// lawful reports whether an audit entry follows the one before it by the table.
func lawful(at, from, to State) bool {
	if at == "" {
		return from == "" && to == Received
	}
	if from != at {
		return false
	}
	return from == to || hasMove(moves, from, to)
}

func hasMove(t flow.Table[State, Act], from, to State) bool {
	for _, m := range t.Allowed(from) {
		if m.To == to {
			return true
		}
	}
	return false
}

// grace is how long the sweeper may take to notice that the five days are over.
const grace = time.Hour

func (m *Module) nobodyWaitsInSilence(ctx context.Context, v *db.View) (check.Finding, error) {
	f := check.Finding{Remedy: "按收件日期办理受理（视为受理），并查明时限扫描为什么没有运行"}
	table := m.k.Clocks.Calendar().Table
	rows, err := v.QueryContext(ctx, `SELECT c.number, c.received_at, c.accepted_at, d.at FROM casework_case c
 LEFT JOIN casework_deed d ON d.case_id = c.id AND d.act IN ('accept', 'deem')
 WHERE c.stage = 'receive' OR d.id IS NOT NULL ORDER BY c.id`)
	if err != nil {
		return f, err
	}
	defer rows.Close()
	for rows.Next() {
		var number string
		var received, accepted, done db.Time
		if err := rows.Scan(&number, &received, &accepted, &done); err != nil {
			return f, err
		}
		f.Rows++
		last, err := licensing.NoticeDue(today(received.Time), table)
		if err != nil {
			continue // the calendar does not reach that far: its own alarm says so
		}
		waiting := done.IsZero() && v.Now.After(last.End().Add(grace))
		late := !done.IsZero() && !done.Before(last.End()) && !accepted.Equal(received.Time)
		if (waiting || late) && f.Bad == "" {
			f.Bad = number + "：" + last.Chinese() + "届满"
		}
	}
	return f, rows.Err()
}

func (m *Module) everyCaseHasItsUnit(ctx context.Context, v *db.View) (check.Finding, error) {
	f := check.Finding{Remedy: "把办件改派给现在负责的单位"}
	counted, err := store.New(v).CountWhere(ctx, "unit", " WHERE stage <> 'done'")
	for _, c := range counted {
		f.Rows += int64(c.N)
		if _, ok := m.org.Unit(c.Key); !ok && f.Bad == "" {
			f.Bad = fmt.Sprintf("单位 %s 不在机构目录里，名下有 %d 件", c.Key, c.N)
		}
	}
	return f, err
}

func (m *Module) versionsArePinned(ctx context.Context, v *db.View) (check.Finding, error) {
	f := check.Finding{Remedy: "从备份恢复办件的事项版本，已发布的版本不得改动"}
	rows, err := v.QueryContext(ctx, `SELECT item, item_version, edition, count(*), MIN(number) FROM casework_case GROUP BY item, item_version, edition`)
	if err != nil {
		return f, err
	}
	defer rows.Close()
	for rows.Next() {
		var item, number string
		var version, edition, n int64
		if err := rows.Scan(&item, &version, &edition, &n, &number); err != nil {
			return f, err
		}
		f.Rows += n
		ed, err := m.k.Library.At(ctx, v, edition)
		if (err != nil || ed.Version("item", item) != version) && f.Bad == "" {
			f.Bad = fmt.Sprintf("%s 等 %d 件：事项 %s 第 %d 版不在第 %d 期标准数据里", number, n, item, version, edition)
		}
	}
	return f, rows.Err()
}
