// Package portal is the public face of the county (门户): the first page, the search, who does what and where, and the pages every government site owes
// its readers (无障碍声明、隐私说明、网站地图、我要找错).
//
// It decides nothing about a case. What it shows comes from the edition in force (items, things, units, service points) and from handling/bundle (the reader's
// own running submissions). A link is shown only if a page of this build answers it, so that no reader meets a dead end.
//
// Tables: portal_miss (words nobody's search found, for the stewards of the catalogue), portal_demand (how often an item is asked for, by month),
// portal_report (找错: faults readers reported, each with its answer). Events in: casework.opened. To-do: portal.report.
//
// Ground: 无障碍环境建设法第三十二条 (pages that everybody can use) and 第三十五条 (large type and voice beside the hotline). How fast a reported fault is answered
// is the county's own promise.
package portal
