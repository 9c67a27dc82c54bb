//go:build unix

package crypto

import (
	"os"
	"syscall"
)

// lockFile holds an exclusive lock beside the key file while it is changed, also
// against other processes; the system drops it when a process dies.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
