// Package party knows natural and legal persons (自然人, 法人) by their numbers: one record for each, numbers and phones sealed at rest,
// shown masked, and revealed only to a command or page that records why.
//
// Table: party_party.
package party
