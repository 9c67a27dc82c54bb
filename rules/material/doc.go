// Package material is the one set of materials (一套材料): computed from the items, given once, re-used where the law allows, and spared where the county already has it.
//
// [Merge] joins what the items of a submission need: by type, with the strongest necessity, the reason (item, answer, article) and every way of being spared
// (免提交: result of an earlier part, e-licence, shared data, commitment, the department's own check). Pieces are what was handed in or noted as spared or lacking.
//
// Tables: material_piece, material_group (whose group it was, for re-use), material_phone (sessions in which a phone uploads for a computer).
// A group is a draft and later the submission of the same id; the modules above own its life and its rights. Files are served at /files/{id} only to those for
// whom a module above vouches ([Module.AllowReaders]); to all others they do not exist.
//
// Ground: 优化营商环境条例第三十六条 (corrections are asked once), 第三十七条 (what can be had by sharing is not asked for); 行政许可法第三十一条 (no materials without relation to the matter).
package material
