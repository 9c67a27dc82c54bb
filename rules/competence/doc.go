// Package competence says who decides (职权): for every item and every date exactly one unit, through all transfers of power (划转) and entrustments, and names
// it to the citizen with its phone.
//
// Ground: 行政许可法第二十三条 (authorised organisations), 第二十四条 (entrusted organs act in the name of the entrusting one), 第二十五条 (powers concentrated in one
// organ).
//
// No tables: transfers are part of the item in the pack.
package competence
