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
