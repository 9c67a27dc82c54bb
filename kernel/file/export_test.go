package file

import "time"

// Hurry makes a scanner impatient.
func (s *Scanner) Hurry(patience time.Duration) *Scanner { s.patience = patience; return s }
