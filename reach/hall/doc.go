// Package hall is the window of the service hall (政务大厅): general intake (综合受理), where a clerk reads the applicant's card, finds what is to be done, asks the
// situation, takes the papers in, and hands over a receipt — by keyboard, with no hand on the mouse.
//
// The matter itself belongs to handling/bundle: an intake leads to one draft there, filled on the channel "counter" with the clerk as receiver, and submitted by
// the same command that a citizen uses. hall keeps what only a window knows: whether the card itself was read, and for each paper what was shown (原件、复印、
// 电子、免交、容缺). A guide result that a citizen brings along opens at any window with the same answers.
//
// Cards and papers come through the device bridge, an open protocol of the machine at the window (GET {bridge}/v1/idcard, GET {bridge}/v1/camera); its address
// is the county's setting hall.bridge. A demo county answers the protocol itself with invented people at /bridge/v1.
//
// Tables: hall_intake, hall_mark. Events: none. Ground: 行政许可法第二十六条第二款 (one window), 第三十二条 (receipt of an application); 优化营商环境条例第三十六条.
package hall
