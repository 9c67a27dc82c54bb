package kerneltest

import (
	"io/fs"

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
