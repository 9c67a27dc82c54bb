package vault

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
)

// Spare makes an empty database beside a county's on the same server, for a drill. drop removes it again.
func Spare(ctx context.Context, database string) (spare string, drop func(), err error) {
	admin, err := sql.Open("pgx", database)
	if err != nil {
		return "", nil, err
	}
	name := "tongban_drill_" + strings.ToLower(rand.Text()[:8])
	if _, err := admin.ExecContext(ctx, "CREATE DATABASE "+name); err != nil {
		admin.Close()
		return "", nil, fmt.Errorf("不能建立演练用的数据库（账户需要 CREATEDB 权限）：%w", err)
	}
	u, err := url.Parse(database)
	if err != nil {
		admin.Close()
		return "", nil, err
	}
	u.Path = "/" + name
	return u.String(), func() {
		defer admin.Close()
		_, _ = admin.ExecContext(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)")
	}, nil
}
