package licence

import (
	"context"

	"tongban/kernel/check"
	"tongban/kernel/crypto"
	"tongban/kernel/db"
	"tongban/kernel/number"
)

func (m *Module) invariants() []check.Invariant {
	return []check.Invariant{
		{ID: "I7", Title: "证照编号只发一次，已发加作废等于计数器，中间没有空号", Check: number.Complete("licence.",
			`SELECT series, period, count(*), max(seq) FROM licence_number GROUP BY series, period ORDER BY series, period`)},
		{ID: "I7-case", Title: "一个准予的办件一份证照，已有编号的都在编号登记簿里", Check: check.None(
			`SELECT count(*) FROM licence_licence`,
			`SELECT l.id FROM licence_licence l LEFT JOIN licence_number n ON n.licence = l.id AND n.number = l.number
 WHERE l.state <> 'ordered' AND (n.number IS NULL OR (l.state = 'voided') <> (n.voided_at IS NOT NULL))`,
			"核对该证照的办件和编号登记簿；不要重用编号")},
		{ID: "I8-licence", Title: "每份颁发的证照都有签章，签章的哈希就是文件的哈希", Check: m.signedAsStored},
	}
}

// recheck is how many of the newest documents are read again and verified whole; of all others the hashes are compared.
const recheck = 200

func (m *Module) signedAsStored(ctx context.Context, v *db.View) (check.Finding, error) {
	f, err := check.None(`SELECT count(*) FROM licence_licence WHERE issued_at IS NOT NULL`,
		`SELECT l.id FROM licence_licence l LEFT JOIN file_object o ON o.id = l.file WHERE l.issued_at IS NOT NULL AND (l.seal_use = '' OR o.hash IS NULL OR o.hash <> l.blob)`,
		"从备份恢复该证照的文件；签章与文件不符的证照应作废重发")(ctx, v)
	if err != nil || f.Bad != "" {
		return f, err
	}
	f.Remedy = "从备份恢复该证照的文件；签章与文件不符的证照应作废重发"
	rows, err := v.QueryContext(ctx, `SELECT id FROM licence_licence WHERE issued_at IS NOT NULL ORDER BY id DESC`)
	if err != nil {
		return f, err
	}
	defer rows.Close()
	var ids []ID
	for rows.Next() {
		var id ID
		if err := rows.Scan(&id); err != nil {
			return f, err
		}
		ids = append(ids, id)
	}
	if err := rows.Err(); err != nil {
		return f, err
	}
	for i, id := range ids {
		l, err := m.Find(ctx, v, id)
		if err != nil {
			return f, err
		}
		sig, err := m.seals.Signature(ctx, v, l.SealUse)
		if err != nil || sig.Hash != l.Hash {
			f.Bad = string(id) + "（" + l.Number + "）"
			return f, nil
		}
		if i >= recheck {
			continue
		}
		pdf, err := m.k.Files.Read(l.Blob)
		if err != nil || crypto.HashHex(pdf) != l.Hash || m.seals.Verify(sig, pdf) != nil {
			f.Bad = string(id) + "（" + l.Number + "）"
			return f, nil
		}
	}
	return f, nil
}
