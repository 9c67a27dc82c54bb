package main

import (
	"testing"
	"time"
)

// The harness must not rot: a tiny round on the real binary, books checked afterwards.
func TestHarnessTakesThingsThroughTheirLives(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	binary, err := build(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	c := &county{binary: binary, dir: dir + "/county"}
	h, err := open(ctx, c, nil, 2)
	if err != nil {
		t.Fatalf("%v\n%s", err, c.said())
	}
	defer func() {
		if err := c.stop(); err != nil {
			t.Error(err)
		}
		if err := c.audit(ctx); err != nil {
			t.Error(err)
		}
	}()
	w, err := h.round(ctx, 2, 1500*time.Millisecond, "")
	if err != nil {
		t.Fatal(err)
	}
	if w.decided == 0 || w.acts < acts || len(w.times) != w.acts || w.cpu <= 0 {
		t.Errorf("%d things decided, %d acts, %d times, %v of CPU", w.decided, w.acts, len(w.times), w.cpu)
	}
	if made := 2 + w.decided; len(h.known) != made || len(h.ready) == made {
		t.Errorf("%d parcels came to the outlet, there should be %d; %d of them still wait", len(h.known), made, len(h.ready))
	}
}
