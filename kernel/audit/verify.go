package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Verdict is the outcome of reading the whole chain.
type Verdict struct {
	Entries int64  // entries that verified before the first fault
	Head    string // hash of the last good row
	BadSeq  int64  // first row that does not follow from the one before; 0 when the chain is whole
	BadID   string
	Fault   string // what is wrong with it, in Chinese
}

// Whole reports whether every row follows from the one before.
func (v Verdict) Whole() bool { return v.Fault == "" }

// Verify reads the chain from genesis to head and stops at the first bad row. each, if not nil, is told how many rows
// of how many it has read.
//
// A chain proves its rows but not its length: whoever cuts off its end leaves a whole, shorter chain. Witnesses, heads that were
// written down outside the database (in a backup, on paper), show that too: each must lie on the chain.
func Verify(ctx context.Context, q Querier, each func(done, all int64), witnesses ...Head) (Verdict, error) {
	const page = 2000
	v := Verdict{Head: Genesis}
	var chained int64 // counted first: what is chained while this reads is no row that went missing
	if err := q.QueryRowContext(ctx, `SELECT count(*) FROM audit_chain`).Scan(&chained); err != nil {
		return v, err
	}
	seen := map[int64]string{} // what witnesses say of a row; two that differ cannot both be right, and the chain decides
	for _, w := range witnesses {
		if known, twice := seen[w.Seq]; twice && known != w.Hash {
			return Verdict{Head: Genesis, BadSeq: w.Seq, Fault: fmt.Sprintf("两份见证对第 %d 行说法不一", w.Seq)}, nil
		}
		seen[w.Seq] = w.Hash
	}
	for {
		rows, err := q.QueryContext(ctx, `SELECT `+columns+`, c.seq, c.hash FROM audit_chain c JOIN audit_entry e ON e.id = c.entry_id
 WHERE c.seq > $1 ORDER BY c.seq LIMIT $2`, v.Entries, page)
		if err != nil {
			return v, fmt.Errorf("audit: read chain: %w", err)
		}
		n := 0
		for rows.Next() {
			var seq int64
			var hash string
			e, err := scan(rows, &seq, &hash)
			if err != nil {
				rows.Close()
				return v, err
			}
			n++
			switch {
			case seq != v.Entries+1:
				v.BadSeq, v.BadID, v.Fault = v.Entries+1, "", fmt.Sprintf("第 %d 行缺失：链上或日志中的记录被删除", v.Entries+1)
			case Link(v.Head, e) != hash:
				v.BadSeq, v.BadID, v.Fault = seq, e.ID, fmt.Sprintf("第 %d 行（%s，%s）与链值不符：该行或其前一行被改动", seq, e.At, e.Action)
			}
			if w, witnessed := seen[seq]; v.Whole() && witnessed && w != hash {
				v.BadSeq, v.BadID, v.Fault = seq, e.ID, fmt.Sprintf("第 %d 行（%s，%s）与见证的链头不符：此前的记录被删除后重写", seq, e.At, e.Action)
			}
			if !v.Whole() {
				rows.Close()
				return v, nil
			}
			v.Entries, v.Head = seq, hash
		}
		// A connection lost in the middle ends the rows too: then nothing is known of the rest, and the chain is not whole.
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return v, fmt.Errorf("audit: read chain: %w", err)
		}
		if each != nil {
			each(v.Entries, max(chained, v.Entries))
		}
		if n < page {
			break
		}
	}
	return beyond(ctx, q, v, chained, witnesses)
}

// beyond looks at what the chain itself cannot show: rows cut off its end, and entries that never came into it.
func beyond(ctx context.Context, q Querier, v Verdict, chained int64, witnesses []Head) (Verdict, error) {
	longest := chained
	for _, w := range witnesses {
		longest = max(longest, w.Seq)
	}
	if longest > v.Entries {
		v.BadSeq, v.Fault = v.Entries+1, fmt.Sprintf("第 %d 行缺失：链上或日志中的记录被删除（应有 %d 行）", v.Entries+1, longest)
		return v, nil
	}
	err := q.QueryRowContext(ctx, `SELECT e.id FROM audit_entry e WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.entry_id = e.id)
 AND NOT EXISTS (SELECT 1 FROM audit_pending p WHERE p.entry_id = e.id) ORDER BY e.id LIMIT 1`).Scan(&v.BadID)
	if err == nil {
		v.Fault = fmt.Sprintf("记录 %s 不在链上：未经系统写入", v.BadID)
		return v, nil
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return v, err
	}
	err = q.QueryRowContext(ctx, `SELECT p.entry_id FROM audit_pending p WHERE NOT EXISTS (SELECT 1 FROM audit_entry e WHERE e.id = p.entry_id)
 ORDER BY p.entry_id LIMIT 1`).Scan(&v.BadID)
	switch {
	case err == nil:
		v.Fault = fmt.Sprintf("记录 %s 在入链之前被删除", v.BadID)
	case !errors.Is(err, sql.ErrNoRows):
		return v, err
	}
	return v, nil
}
