package account

// UsualWords are the words that no password may be built of, besides those about the account.
func UsualWords() []string { return usual }
