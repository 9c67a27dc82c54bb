package db_test

import (
	"strings"
	"testing"

	"tongban/kernel/audit"
	"tongban/kernel/db"
	"tongban/kernel/kerneltest"
)

func TestNobodyReadsPersonalDataWithoutSayingWhy(t *testing.T) {
	kerneltest.Both(t, func(t *testing.T, kt *kerneltest.Kit) {
		clerk := kt.As(kerneltest.Clerk("c1"))
		whole := db.Reading{Party: "party-chen", Kind: "case", ID: "1", What: "申请表全文", Purpose: "核对证件号码 431199198001010012，电话 13900000001", About: "TB1 开餐饮店"}
		for lacking, r := range map[string]db.Reading{
			"purpose": {Party: "party-chen", Kind: "case", ID: "1", What: "申请表全文"}, "contents": {Party: "party-chen", Kind: "case", ID: "1", Purpose: "办理"}, "thing": {Party: "party-chen", What: "x", Purpose: "办理"},
		} {
			if err := clerk.Run("test.read", func(tx *db.Tx) error { return tx.Read(r) }); err == nil {
				t.Errorf("read without %s", lacking)
			}
		}
		for range 3 {
			clerk.Must("test.read", func(tx *db.Tx) error { return tx.Read(whole) })
		}
		other := whole
		other.Party = "party-zhou"
		clerk.Must("test.read", func(tx *db.Tx) error { return tx.Read(other) })
		first, err := audit.Readings(kt.Ctx, kt.Look(), "party-chen", "", 2)
		if err != nil || len(first) != 2 || first[0].What != whole.What || first[0].ActorName != "经办c1" || first[0].About != whole.About {
			t.Fatalf("%+v, %v", first, err)
		}
		if strings.Contains(string(first[0].Detail), "198001010012") || strings.Contains(first[0].Purpose, "13900000001") {
			t.Errorf("a number typed into the purpose stays in the log for ever: %s", first[0].Detail)
		}
		rest, err := audit.Readings(kt.Ctx, kt.Look(), "party-chen", first[1].ID, 2)
		if err != nil || len(rest) != 1 || rest[0].ID >= first[1].ID {
			t.Errorf("the next page: %+v, %v", rest, err)
		}
	})
}

// The broken twin: a reading written past Read, with no purpose, is found by fsck.
func TestReadingWithoutPurposeIsFoundByFsck(t *testing.T) {
	kt := kerneltest.New(t, db.SQLite)
	kt.Broken()
	kt.As(kerneltest.Clerk("c1")).Must("test.read", func(tx *db.Tx) error {
		tx.Record("case", "1", "", "", map[string]string{"read": "x", "purpose": ""})
		return nil
	})
	kt.Tamper(`INSERT INTO audit_reading (party, entry_id) SELECT 'party-chen', id FROM audit_entry`)
	if bad := kt.Unsound(); len(bad) != 1 || bad[0].ID != "I16" {
		t.Errorf("fsck: %+v", bad)
	}
}
