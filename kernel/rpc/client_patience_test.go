package rpc

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDialSilentKernel dials one that takes connections and never answers, as a
// process does that is stopped.
func TestDialSilentKernel(t *testing.T) {
	dir, err := os.MkdirTemp("", "rpc") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ln, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	ctx, cancel := context.WithTimeout(background, patience)
	defer cancel()
	_, err = Dial(ctx, ln.Addr().String(), ClientOptions{Patience: 50 * time.Millisecond})
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "does not answer within 50ms") {
		t.Errorf("ended with %v", err)
	}
	cancel()
	conn, err := net.Dial("unix", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err = NewClient(ctx, conn, ClientOptions{}); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUnreachable) {
		t.Errorf("cancelled by the caller, it ended with %v", err)
	}
}
