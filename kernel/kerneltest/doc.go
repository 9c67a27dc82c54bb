// Package kerneltest is how the house is tested: it boots a county with any modules on a real database, acts as anybody, moves the
// clock, opens pages through the real door, and walks every declared route like an enemy.
//
// A test that boots a county here ends with `fsck`: every invariant of the kernel and of the modules must hold when it is done.
package kerneltest
