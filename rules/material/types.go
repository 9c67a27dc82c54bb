// Package material holds the material types (材料类型) that the items of the county share.
package material

// Type is one material type (材料类型) of the shared dictionary. Items name it; an applicant gives it once.
type Type struct {
	Code     string   `json:"code"`
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`    // certificate 证件证照, form 申请表格, other 其他
	Source   string   `json:"source"`  // 10 applicant, 20 government, 99 other
	Issuer   string   `json:"issuer"`  // 出具单位
	Help     string   `json:"help"`    // 填报须知 in plain words
	Accept   []string `json:"accept"`  // file kinds: jpg, png, pdf
	Pages    int      `json:"pages"`   // most files of this type in one application
	Licence  string   `json:"licence"` // licence type code that can stand for it, if any
	Sample   string   `json:"sample"`
	Personal bool     `json:"personal"`
}
