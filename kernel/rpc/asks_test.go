package rpc

import (
	"testing"
	"time"
)

// A kernel is idle although somebody looks how it is, on one connection or again and
// again, but not while a client is there for more, nor when that one has just left.
func TestLookingKeepsNoKernel(t *testing.T) {
	r := newRig(t, Options{})
	look := func(c *Client) {
		t.Helper()
		if _, err := c.Status(background); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Sessions(background); err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(background); err != nil {
			t.Fatal(err)
		}
	}
	stays := r.dial(ClientOptions{})
	if idle := r.server.Idle(); idle != 0 {
		t.Errorf("with a new client it is idle for %v", idle)
	}
	look(stays)
	before := r.server.Idle()
	if before == 0 {
		t.Error("with a client that only looks it is not idle")
	}
	comes := r.dial(ClientOptions{})
	look(comes)
	comes.Close()
	within(t, patience, "one client", func() bool { return r.server.Clients() == 1 })
	if idle := r.server.Idle(); idle <= before {
		t.Errorf("it was idle for %v, and after a look for %v", before, idle)
	}
	if _, err := stays.Run(background, RunParams{Code: "return 1"}, RunHandlers{}); err != nil {
		t.Fatal(err)
	}
	look(stays)
	if idle := r.server.Idle(); idle != 0 {
		t.Errorf("with a client that has run something it is idle for %v", idle)
	}
	worked := time.Now()
	stays.Close()
	within(t, patience, "idle", func() bool { return r.server.Idle() > 0 })
	if idle := r.server.Idle(); idle > time.Since(worked) {
		t.Errorf("it is idle for %v, longer than its last client is gone", idle)
	}
}
