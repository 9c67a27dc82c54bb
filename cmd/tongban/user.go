package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"tongban/base/account"
	"tongban/kernel/authz"
	"tongban/kernel/db"
)

type users struct {
	Add  userAdd  `cmd:"" help:"新增工作人员账户；密码从标准输入读取一行。"`
	List userList `cmd:"" help:"列出工作人员账户。"`
}

type userAdd struct {
	Login string   `arg:"" help:"账户名。"`
	Name  string   `required:"" help:"姓名。"`
	Unit  string   `required:"" help:"单位代码。"`
	Role  []string `help:"角色代码，可重复。"`
}

// Run implements user add.
func (u *userAdd) Run(ctx context.Context, c *common) error {
	k, m, err := c.county(ctx, false)
	if err != nil {
		return err
	}
	defer k.Close()
	fmt.Fprint(os.Stderr, "密码：")
	password, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && password == "" {
		return fmt.Errorf("没有读到密码。用法：echo 密码 | tongban user add …")
	}
	_, err = k.DB.Run(ctx, db.Act{Actor: authz.Machine("command", "user add"), Name: "account.employ", Now: k.Watch.Now()}, func(tx *db.Tx) error {
		_, err := m.account.Employ(ctx, tx, account.Create{Login: u.Login, Name: u.Name, Unit: u.Unit, Roles: u.Role, Password: strings.TrimRight(password, "\r\n")})
		return err
	})
	if err == nil {
		fmt.Println("已开通账户", u.Login)
	}
	return err
}

type userList struct{}

// Run implements user list.
func (userList) Run(ctx context.Context, c *common) error {
	k, m, err := c.county(ctx, false)
	if err != nil {
		return err
	}
	defer k.Close()
	for after := ""; ; {
		list, err := m.account.StaffPage(ctx, k.View(authz.Machine("command", "user list")), after, 100)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, a := range list {
			fmt.Printf("%-16s %-8s %-20s %s\n", a.Login, a.Name, a.Unit, strings.Join(a.Roles, ","))
			after = a.Login
		}
	}
}
