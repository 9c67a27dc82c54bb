// Package catalogue is the catalogue of service items (政务服务事项): what the county does on application, in which version, and the things (一件事) made of them.
//
// It models the result and not the form: an item says what it gives, and which data, materials, conditions, terms and fees that takes. Things join items under
// conditions over the answers to a shared dictionary of questions; [SituationsOf] makes one set of rules of them. [Check] keeps an edition from being
// published that leaves any combination of answers undecided; [Changes] says what a new edition changes for people.
//
// Pages: /items with facets, /items/{code} the guide sheet (办事指南). No tables: items are documents of the pack, published as editions (kernel/pack).
//
// Ground: GB/T 39554 (codes), 国办发〔2018〕23号 and C0109 (elements of the implementation list), 行政许可法第三十条 (what must be published), 优化营商环境条例第三十六条.
package catalogue
