package app

import (
	"context"
	"log/slog"
	"time"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/number"
	"tongban/kernel/vault"
)

// goOnAfterRestore draws the consequences of a restore before the county runs its first command, whoever opens it: numbers that may
// have been issued after the backup are left out (I7). The mark of the restore goes only when that is on disk.
func (k *Kernel) goOnAfterRestore(ctx context.Context) error {
	backup, restored, err := vault.Restored(k.Settings.DataDir)
	if err != nil || !restored {
		return err
	}
	act := db.Act{Actor: authz.Machine("kernel", "restore"), Name: "number.restored", Now: k.Watch.Now(), Key: "restored:" + backup.UTC().Format(time.RFC3339Nano)}
	_, err = k.DB.Run(ctx, act, func(tx *db.Tx) error {
		raised, err := number.Restored(ctx, tx, backup)
		if err != nil {
			return err
		}
		tx.Record("county", "", "", "restored", map[string]any{"backup": backup, "raised": len(raised)})
		for _, c := range raised {
			slog.InfoContext(ctx, "numbers left out after a restore", "series", c.Series, "period", c.Period, "next", c.Value+1, "skipped", c.Skipped)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return vault.Accepted(k.Settings.DataDir)
}
