//go:build !unix

package crypto

// lockFile does nothing here: on such systems one process uses the key file.
func lockFile(string) (unlock func(), err error) { return func() {}, nil }
