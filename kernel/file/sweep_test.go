package file

import (
	"os"
	"testing"
	"time"
)

// The sweeper has seen old bytes that no row names. Before it removes them, somebody gives the same bytes again: the file at the path is
// a new one by then, and a row is about to name it.
func TestBytesGivenAgainWhileTheyAreSweptStay(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Put("lease.pdf", PDF, []byte("%PDF-1.4 lease"))
	if err != nil {
		t.Fatal(err)
	}
	if gone, err := s.discard(s.path(b.Hash)); gone || err != nil {
		t.Errorf("fresh bytes: gone %v, %v", gone, err)
	}
	if _, err := s.Read(b.Hash); err != nil {
		t.Errorf("bytes given again are lost: %v", err)
	}
	old := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(s.path(b.Hash), old, old); err != nil {
		t.Fatal(err)
	}
	if gone, err := s.discard(s.path(b.Hash)); !gone || err != nil {
		t.Errorf("old bytes: gone %v, %v", gone, err)
	}
	if _, err := s.Read(b.Hash); err == nil {
		t.Error("old bytes nobody names are still there")
	}
}
