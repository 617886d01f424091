//go:build unix

package kernel_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
)

// TestLoadingPipesEnds cancels and times out what loads Lua from a named pipe that
// nobody writes: to be opened, and to be read.
func TestLoadingPipesEnds(t *testing.T) {
	scripts := map[string]kernel.Script{
		"run":      {File: "pipe.lua"},
		"dofile":   {Code: `dofile("pipe.lua")`, Name: "=test"},
		"loadfile": {Code: `loadfile("pipe.lua") while true do end`, Name: "=test"},
		"require":  {Code: `require("pipe")`, Name: "=test"},
	}
	for name, script := range scripts {
		for _, opened := range []bool{false, true} {
			for _, recorded := range []bool{false, true} {
				for _, limit := range []bool{false, true} {
					t.Run(name, func(t *testing.T) {
						dir := t.TempDir()
						pipe := filepath.Join(dir, "pipe.lua")
						if err := syscall.Mkfifo(pipe, 0o600); err != nil {
							t.Fatal(err)
						}
						if opened {
							holdPipe(t, pipe)
						}
						cfg, want := kernel.Config{Dir: dir}, runtime.KindCancelled
						if recorded {
							services, store := archiveServices(t)
							cfg.Services, cfg.SessionID = services, newRecord(t, store).ID
						}
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						if limit {
							cfg.Limits.Time, want = 50*time.Millisecond, runtime.KindTimeout
						} else {
							time.AfterFunc(50*time.Millisecond, cancel)
						}
						s, _ := newSession(t, cfg)
						var e *runtime.Error
						if _, err := s.Run(ctx, script); !errors.As(err, &e) || e.Kind != want {
							t.Errorf("opened %v, recorded %v: ended with %v", opened, recorded, err)
						}
						if got, err := s.RunString(t.Context(), "return 1 + 1", "=after", nil); err != nil || len(got.Texts) != 1 || got.Texts[0] != "2" {
							t.Errorf("the next one: %v, %v", got, err)
						}
					})
				}
			}
		}
	}
}

// holdPipe opens a pipe, so that who reads it waits for text.
func holdPipe(t *testing.T, pipe string) *os.File {
	t.Helper()
	f, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// TestRunPipe runs what somebody writes into a named pipe, and journals it.
func TestRunPipe(t *testing.T) {
	services, store := archiveServices(t)
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe.lua")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRecord(t, store)
	s, out := newSession(t, kernel.Config{Dir: dir, Services: services, SessionID: r.ID})
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, []byte("print('piped')"), 0o600) }()
	if _, err := s.RunFile(t.Context(), "pipe.lua", nil); err != nil || out.String() != "piped\n" {
		t.Errorf("printed %q, %v", out, err)
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

// TestPipesServe asks the state of a script that waits for the other end of a pipe: a
// debugger attaches so, and its requests are answered so.
func TestPipesServe(t *testing.T) {
	for name, c := range map[string]struct {
		code string
		held bool // somebody has the pipe open
	}{
		"open":          {`io.open("pipe")`, false},
		"open to write": {`io.open("pipe", "w")`, false},
		"read":          {`io.open("pipe"):read()`, true},
		"write":         {`io.open("pipe", "w"):write(("x"):rep(1000000))`, true},
		"dofile":        {`dofile("pipe")`, false},
		"dofile reads":  {`dofile("pipe")`, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			pipe := filepath.Join(dir, "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			if c.held {
				holdPipe(t, pipe)
			}
			begun := make(chan struct{})
			s, err := kernel.NewSession(kernel.Config{Dir: dir, Stdout: writer(func([]byte) { close(begun) })})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				_, err := s.RunString(ctx, `io.write("x") `+c.code, "=test", nil)
				ended <- err
			}()
			<-begun
			for range 100 { // by the last of them it waits: it has nothing else to do
				within, stop := context.WithTimeout(t.Context(), time.Minute)
				err := s.State().Do(within, func(*lua.LState) { time.Sleep(time.Millisecond) })
				stop()
				if err != nil {
					t.Fatal(err)
				}
			}
			cancel()
			var e *runtime.Error
			if err := <-ended; !errors.As(err, &e) || e.Kind != runtime.KindCancelled {
				t.Errorf("it ended with %v", err)
			}
		})
	}
}
