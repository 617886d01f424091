package dap

import (
	"errors"
	"net"
	"testing"
)

// TestRemoteGoneAtWrite asks a server that has gone before reading has shown it.
func TestRemoteGoneAtWrite(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	far.Close()
	p := newRemote(near, newReader(near, 0))
	if _, err := p.call(t.Context(), "threads", nil); !errors.Is(err, errRemoteGone) {
		t.Error(err)
	}
}
