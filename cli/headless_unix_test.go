//go:build unix

package cli

import (
	"io"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestHeadlessInterrupted(t *testing.T) {
	path := script(t, "print('ready')\nwhile true do end\n")
	out, w := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- Main([]string{"dap", "--headless", path, "--break", "99"}, strings.NewReader(""), w, io.Discard)
		w.Close()
	}()
	ready := make([]byte, 6)
	if _, err := io.ReadFull(out, ready); err != nil || string(ready) != "ready\n" {
		t.Fatalf("%q, %v", ready, err)
	}
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	if err != nil || !strings.Contains(string(rest), "exit code 130") {
		t.Errorf("%q, %v", rest, err)
	}
	select {
	case code := <-done:
		if code != exitInterrupted {
			t.Errorf("exit %d, want %d", code, exitInterrupted)
		}
	case <-time.After(time.Minute):
		t.Fatal("the command does not end")
	}
}
