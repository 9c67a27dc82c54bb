package client

import (
	"context"
	"slices"

	"tongban/kernel/authz"
	"tongban/kernel/db"
)

// DemoSecret is the key of every program of a demo county. It is no secret: there everybody may be anybody, and no program of a real
// county has it.
const DemoSecret = "tbs_demo-county-everybody-may-use-this-key" // #nosec G101 -- for everybody

// demonstrators are the programs of a demo county that anybody may call as; none anywhere else.
func (m *Module) demonstrators(ctx context.Context, v *db.View) ([]Client, error) {
	if !m.k.Settings.Demo {
		return nil, nil
	}
	machine := *v
	machine.Actor = authz.Machine("client", "try")
	all, err := m.Page(ctx, &machine, "", 50)
	public := hash(DemoSecret)
	return slices.DeleteFunc(all, func(c Client) bool { return c.secretHash != public || c.State != Active }), err
}
