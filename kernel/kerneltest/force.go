package kerneltest

import (
	"fmt"
	"io/fs"
	"testing/fstest"

	"tongban/kernel/authz"
	"tongban/kernel/db"
	"tongban/kernel/pack"
)

// PutInForce puts a small pack in force. A kind's documents are read from the folder of its plural, without a schema: the modules under
// test say what they need of them.
func (kt *Kit) PutInForce(files fs.FS, kinds ...string) {
	kt.T.Helper()
	var sections []pack.Section
	for _, kind := range kinds {
		sections = append(sections, pack.Section{Kind: kind, Glob: kind + "s/*.yaml", Key: "code"})
	}
	content, findings := pack.Load(files, sections)
	if len(findings) > 0 {
		kt.T.Fatal(findings)
	}
	kt.As(authz.Machine("test", "setup")).Must("pack.load", func(tx *db.Tx) error {
		_, err := kt.Library.Publish(kt.Ctx, tx, content, "")
		return err
	})
}

// ThreeUnits is a small pack of a county with a bureau, its centre below it (bureau-centre), and another bureau (other).
func ThreeUnits() fs.FS {
	unit := func(code, name, parent string) string {
		s := fmt.Sprintf("code: %s\nname: %s\nshort: %s\nkind: bureau\nregion: '431199001'\n", code, name, name)
		if parent != "" {
			s += "parent: " + parent + "\n"
		}
		return s
	}
	return fstest.MapFS{"pack.yaml": {Data: []byte("name: test\ntitle: 南岭县\narea: '431199'\nversion: '1'\ndescription: 测试\n")},
		"units/units.yaml": {Data: []byte(unit("bureau", "审批局", "") + "---\n" + unit("bureau-centre", "政务中心", "bureau") + "---\n" + unit("other", "别的局", ""))}}
}
