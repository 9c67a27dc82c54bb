// Package form is the one form (一张表单): computed from the data elements of the items, filled as far as the county already knows, checked in words, and kept.
//
// A form is never drawn by hand. [Merge] joins the elements (数据元) that the items of a submission need under the applicant's answers, so that everything is
// asked once; what the guide asked is not asked again. [Form.Read] takes what was posted and says what is wrong and how to mend it. [Form.Components] shows it.
// Values come from sources before anyone types ([Prefiller]); the applicant may correct them, and both values are kept.
//
// Tables: form_value (personal values sealed, bound to this table), form_group (whose group it was, for re-use in later submissions).
// A group is a draft and later the submission of the same id; the modules above own its life and its rights, so the commands here ask for no permission.
//
// Ground: 优化营商环境条例第三十六、三十七条 (what can be had by sharing is not asked); 个人信息保护法第六条 (no more than needed), 第五十一条 (encryption).
package form
