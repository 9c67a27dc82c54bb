package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"tongban/base/account"
	"tongban/kernel/app"
	"tongban/kernel/db"
	"tongban/kernel/pack"
	"tongban/kernel/problem"
	"tongban/packs/nanling"
)

// general are the parts of the sample county that every county begins with: they hold no local body and no local item.
var general = []string{"roles/*.yaml", "letters/*.yaml", "thresholds/*.yaml"}

// founding makes the first edition of a new county: its division, its units by name, and the general roles, letters and thresholds.
// Items follow as a pack, or in the administration.
func founding(k *app.Kernel) func(context.Context, *db.Tx, string, string, []string) error {
	return func(ctx context.Context, tx *db.Tx, county, region string, units []string) error {
		if k.Library.Current().Number > 0 {
			return nil // a pack was loaded before the first administrator came
		}
		folder, err := starter(county, region, units)
		if err != nil {
			return err
		}
		content, findings := pack.Load(folder, k.Sections())
		if pack.Failed(findings) {
			for _, f := range findings {
				if f.Severity != pack.Warn {
					return problem.Invalid("初始数据有误：%s", f)
				}
			}
		}
		_, err = k.Publish(ctx, tx, content, "初始设置")
		return err
	}
}

func starter(county, region string, units []string) (fs.FS, error) {
	folder := fstest.MapFS{}
	put := func(name string, docs ...any) error {
		var text strings.Builder
		for _, d := range docs {
			b, err := json.Marshal(d) // JSON is YAML
			if err != nil {
				return err
			}
			text.WriteString("---\n" + string(b) + "\n")
		}
		folder[name] = &fstest.MapFile{Data: []byte(text.String())}
		return nil
	}
	for _, glob := range general {
		names, err := fs.Glob(nanling.FS, glob)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			text, err := fs.ReadFile(nanling.FS, name)
			if err != nil {
				return nil, err
			}
			folder[name] = &fstest.MapFile{Data: text}
		}
	}
	var bodies []any
	for i, name := range units {
		code := fmt.Sprintf("unit-%d", i+1)
		if i == 0 {
			code = account.FirstUnit
		}
		bodies = append(bodies, map[string]any{"code": code, "name": name, "short": name, "kind": "bureau", "region": region, "order": i + 1})
	}
	meta := map[string]any{"name": "county", "title": county, "area": region, "version": "1", "description": "由初始设置生成"}
	if err := put("pack.yaml", meta); err != nil {
		return nil, err
	}
	if err := put("regions/county.yaml", map[string]any{"code": region, "name": county, "kind": "county"}); err != nil {
		return nil, err
	}
	return folder, put("units/units.yaml", bodies...)
}
