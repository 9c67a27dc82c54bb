// Package crypto is the one place where the system touches keys: a key file in
// the data directory ([Keyring]); sealed fields in SM4-GCM and blind indexes in
// HMAC-SM3; SM3 digests and hash chains; SM2 signatures with certificates
// ([Signer]); passwords, one-time codes and random tokens.
//
// Algorithms: SM2 GB/T 32918, SM3 GB/T 32905, SM4 GB/T 32907, signatures in
// GB/T 35275 messages. Keys here are software keys: fit for running a county's
// own platform and for demonstration; seals with legal effect want a certified
// device behind the same calls.
package crypto
