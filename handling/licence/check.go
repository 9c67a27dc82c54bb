package licence

import (
	"tongban/kernel/pack"
	"tongban/rules/catalogue"
)

// Check says what in an edition would keep a granted case from getting its licence: better refused at publication than after a decision.
func Check(ed *pack.Edition) []pack.Finding {
	var found []pack.Finding
	prefixes := map[string]string{}
	for _, i := range catalogue.Items(ed) {
		report := func(path, message, remedy string) {
			found = append(found, pack.Finding{File: catalogue.KindItem + "/" + i.Code, Path: path, Severity: pack.Error, Message: message, Remedy: remedy})
		}
		r := i.Result
		if Kind(r.Kind) != KindLicence {
			continue
		}
		if _, err := NewIdentifier(r.LicenceType, "431199", "1", 1); err != nil {
			report("result.licence_type", "结果是证照，但证照类型代码不能用："+r.LicenceType, "写上定义机构的 18 位统一社会信用代码和 3 位数字")
		}
		if r.Prefix == "" {
			continue
		}
		if other, taken := prefixes[r.Prefix]; taken && other != r.LicenceType {
			report("result.prefix", "编号前缀 "+r.Prefix+" 已用于另一种证照 "+other, "换一个前缀，两种证照不能共用编号")
		}
		prefixes[r.Prefix] = r.LicenceType
	}
	return found
}
