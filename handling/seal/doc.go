// Package seal keeps the county's electronic seals (电子印章) and the register of their use (用印登记).
//
// A seal is a signing key with a certificate and a person who answers for it. Every use goes the same way: an intent with the SM3
// hash of the document is written down; a second person, or a rule a second person answers for, releases it; only then, outside any
// transaction, is the document signed; the signature is written beside the intent. A crash in between leaves an intent that is
// finished later or voided, never a signature without an intent (I8).
//
// Basis: 电子签名法第十三条、第十四条 (sole control of the key, later change detectable); 行政许可法第三十二条 (special seal on papers of
// acceptance). Four eyes: who decided does not release, and who administers seals does neither (D4).
//
// Tables: seal_seal, seal_use, seal_signature. Events out: seal.signed, seal.voided.
package seal
