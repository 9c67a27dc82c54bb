// Package client keeps the programs that may call the API (接入应用): business systems of a unit, township platforms, self-service devices.
// A program gets an id and a secret, exchanges them for a token (OAuth 2.0 client credentials, RFC 6749 section 4.4), and acts with the
// permissions it was given, over its unit and what is below it, within a rate and a daily quota. What it does stands in the audit log
// under its own name.
//
// A program is no person: separation of duties binds it like a clerk, so the one that accepts a case cannot decide it.
//
// Tables: client_client, client_use. Events: none.
package client
