// Package efficiency watches every clock in the county (效能监察): it gives blue, yellow, red and grave cards to whoever held the matter when
// a mark was crossed, dated with the legal instant; it follows each card through its life (签收、申辩、核实、整改反馈、销号), lets leaders
// urge (催办) and instruct (督办), and keeps the on-time and speed-up rates of domain practice as sums a day.
//
// Which share of which term gives which card is local: documents of kind "threshold" in the pack. There is no national rule.
//
// Tables: efficiency_case, efficiency_day, efficiency_card, efficiency_entry, efficiency_urge.
// Hears clock.crossed and every casework event. Tells efficiency.carded, efficiency.withdrawn and efficiency.urged.
package efficiency
