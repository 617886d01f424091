//go:build unix

package socket

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// pair returns both ends of a connection.
func pair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	dir, err := os.MkdirTemp("", "sock") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	ln, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if a, err = net.Dial("unix", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

func TestDirectRead(t *testing.T) {
	a, b := pair(t)
	d := NewDirect(a)
	buf := make([]byte, 10)
	if n, err := d.Read(buf, 0, nil); n != 0 || err != ErrNothing {
		t.Errorf("nothing was sent: %d, %v", n, err)
	}
	if _, err := io.WriteString(b, "one"); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Read(buf, 0, nil); string(buf[:n]) != "one" || err != nil {
		t.Errorf("%q, %v", buf[:n], err)
	}
	if n, err := d.Read(buf, time.Millisecond, nil); n != 0 || err != ErrNothing {
		t.Errorf("nothing more was sent: %d, %v", n, err)
	}
	// What the other end sends when it sees that we ask is found, unless other
	// goroutines have work: then it is the next time.
	asked := 0
	n, err := d.Read(buf, time.Minute, func() bool {
		if asked++; asked == 1 {
			_, _ = io.WriteString(b, "two")
		}
		return false
	})
	if err == ErrNothing && asked == 1 {
		n, err = d.Read(buf, 0, nil)
	}
	if d.waits && (string(buf[:n]) != "two" || err != nil || asked != 1) {
		t.Errorf("%q, %v after %d", buf[:n], err, asked)
	}
	if n, err := d.Read(buf, time.Minute, func() bool { return true }); n != 0 || err != ErrNothing {
		t.Errorf("quit does not end it: %d, %v", n, err)
	}
	b.Close()
	if n, err := d.Read(buf, 0, nil); n != 0 || err != io.EOF {
		t.Errorf("the other end has closed: %d, %v", n, err)
	}
	a.Close()
	if n, err := d.Read(buf, time.Minute, nil); n != 0 || err == nil || err == ErrNothing {
		t.Errorf("this end is closed: %d, %v", n, err)
	}
}

func TestDirectWrite(t *testing.T) {
	a, b := pair(t)
	d := NewDirect(a)
	sent, text := 0, make([]byte, 64<<10)
	for n := d.Write(text); n > 0; n = d.Write(text) {
		sent += n
	}
	got, err := io.CopyN(io.Discard, b, int64(sent))
	if sent == 0 || err != nil {
		t.Errorf("%d bytes were taken, %d arrived: %v", sent, got, err)
	}
	if n := d.Write([]byte("more")); n != 4 {
		t.Errorf("there is room again: %d", n)
	}
	b.Close()
	if n := d.Write(text); n != 0 {
		t.Errorf("%d bytes were taken by nobody", n)
	}
	if n := (*Direct)(nil).Write(text); n != 0 {
		t.Errorf("nil has taken %d bytes", n)
	}
}

// Wait ends when something comes, and what a deadline or Close ends it with; what
// was there before it began counts.
func TestDirectWait(t *testing.T) {
	a, b := pair(t)
	d := NewDirect(a)
	waited := make(chan error)
	wait := func() { waited <- d.Wait() }
	_, _ = io.WriteString(b, "one")
	for range 2 { // also when nobody has read it
		go wait()
		if err := <-waited; err != nil {
			t.Error(err)
		}
	}
	buf := make([]byte, 10)
	if n, err := d.Read(buf, 0, nil); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	go wait()
	// A Direct reads while another goroutine waits.
	if n, err := d.Read(buf, 0, nil); n != 0 || err != ErrNothing {
		t.Error(n, err)
	}
	_ = a.SetReadDeadline(time.Unix(1, 0))
	if err := <-waited; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	_ = a.SetReadDeadline(time.Time{})
	go wait()
	_, _ = io.WriteString(b, "two")
	if err := <-waited; err != nil {
		t.Error(err)
	}
	if n, _ := d.Read(buf, 0, nil); n != 3 {
		t.Error(n)
	}
	go wait()
	a.Close()
	if err := <-waited; err == nil {
		t.Error("a closed connection was waited for")
	}
}

func TestNoDirect(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if d := NewDirect(a); d != nil {
		t.Error("a pipe has no system calls")
	}
}
