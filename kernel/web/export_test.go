package web

import "time"

// SetWall moves the machine's own time, which sessions follow.
func (s *Site) SetWall(to time.Time) { s.wall = func() time.Time { return to } }
