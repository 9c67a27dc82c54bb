package audit

import (
	"context"
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

// Verify reads the chain from genesis to head and stops at the first bad row. each, if not nil, is told how far it has come.
func Verify(ctx context.Context, q Querier, each func(done int64)) (Verdict, error) {
	const page = 2000
	v := Verdict{Head: Genesis}
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
			if !v.Whole() {
				rows.Close()
				return v, nil
			}
			v.Entries, v.Head = seq, hash
		}
		if err := rows.Close(); err != nil {
			return v, err
		}
		if each != nil {
			each(v.Entries)
		}
		if n < page {
			break
		}
	}
	var chained, entries, pending int64
	if err := q.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM audit_chain), (SELECT count(*) FROM audit_entry), (SELECT count(*) FROM audit_pending)`).Scan(&chained, &entries, &pending); err != nil {
		return v, err
	}
	switch {
	case chained > v.Entries:
		v.BadSeq, v.Fault = v.Entries+1, fmt.Sprintf("第 %d 行缺失：链上或日志中的记录被删除", v.Entries+1)
	case entries != chained+pending:
		v.Fault = fmt.Sprintf("日志 %d 行，链上 %d 行，待链 %d 行：有日志未经系统写入或被删除", entries, chained, pending)
	}
	return v, nil
}
