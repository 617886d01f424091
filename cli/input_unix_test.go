//go:build unix

package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// silent is a stdin that somebody waits for in vain: the first Read interrupts the command.
type silent struct {
	t   *testing.T
	end chan struct{}
}

func (s silent) Read([]byte) (int, error) {
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
		s.t.Error(err)
	}
	<-s.end
	return 0, io.EOF
}

func interrupted(t *testing.T, stdin io.Reader, args ...string) {
	t.Helper()
	done := make(chan int, 1)
	var errs strings.Builder
	go func() { done <- Main(args, stdin, io.Discard, &errs) }()
	select {
	case code := <-done:
		if code != exitInterrupted {
			t.Errorf("exit %d: %s", code, errs.String())
		}
	case <-time.After(time.Minute):
		t.Fatal("the command does not end")
	}
}

// What reads stdin as a whole is ended by an interrupt while nothing comes.
func TestInputInterrupted(t *testing.T) {
	dir := scratch(t, nil)
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "data"))
	t.Setenv("TMPDIR", t.TempDir())
	for _, args := range []string{
		"state set k -", "state import -", "session import -", "memory import -", "rag ingest - --id x", "check -", "fmt -",
		"memory search --batch", "tool invoke calculator --params -", "tool invoke calculator input=@-",
	} {
		t.Run(args, func(t *testing.T) {
			end := make(chan struct{})
			defer close(end)
			interrupted(t, silent{t, end}, strings.Fields(args)...)
		})
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A pipe that is named as a file is one that waits, too.
func TestPipeInterrupted(t *testing.T) {
	dir := scratch(t, nil)
	t.Setenv("XDG_DATA_HOME", filepath.Join(dir, "data"))
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"state import", "session import", "memory import"} {
		t.Run(args, func(t *testing.T) {
			opened := make(chan *os.File, 1)
			go func() {
				f, err := os.OpenFile(pipe, os.O_WRONLY, 0) // returns when the command has opened the other end
				if err == nil {
					err = syscall.Kill(syscall.Getpid(), syscall.SIGINT)
				}
				if err != nil {
					t.Error(err)
				}
				opened <- f
			}()
			interrupted(t, strings.NewReader(""), append(strings.Fields(args), pipe)...)
			(<-opened).Close()
		})
	}
}
