package dap_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// feature is a small session that shows one thing that the server can do. Its
// whole conversation is a golden file, and rows of the conformance table refer
// to it as their proof.
type feature struct {
	name  string
	about string
	play  func(*stage)
}

// stage is where a feature plays.
type stage struct {
	*testing.T
	dir     string
	files   []string // as written, for the head of the golden file
	clients []*client
	// hidden are keys that are left out of the golden file: what is true of
	// them is a matter of time.
	hidden []string
	// progress is the id of the progress that the golden file shows; "": none.
	progress string
	// offers are more arguments of initialize.
	offers map[string]any
}

func newStage(t *testing.T) *stage {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return &stage{T: t, dir: dir}
}

// file writes a script into the folder of the stage.
func (s *stage) file(name string, lines ...string) string {
	s.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%s:\n", name)
	for i, line := range lines {
		fmt.Fprintf(&b, "%4d  %s\n", i+1, line)
	}
	s.files = append(s.files, b.String())
	return scriptIn(s, s.dir, name, lines...)
}

// client connects to a new server.
func (s *stage) client() *client {
	s.Helper()
	return s.keep(connect(s, dap.Options{}))
}

// keep makes a client's conversation part of the golden file.
func (s *stage) keep(c *client) *client {
	c.Settle()
	s.clients = append(s.clients, c)
	return c
}

// ready is client, with a script launched and configurations still to be done.
// The function ends the configuration.
func (s *stage) ready(launch map[string]any) (c *client, run func()) {
	s.Helper()
	c = s.client()
	args := daptest.InitializeArguments()
	args["supportsProgressReporting"] = false // how long things take would show
	maps.Copy(args, s.offers)
	c.InitializeWith(args)
	seq := c.Launch(launch)
	return c, func() {
		s.Helper()
		c.ConfigurationDone()
		c.Succeeds(seq, nil)
	}
}

// stopped starts a script of these lines and waits for a breakpoint in one of
// them.
func (s *stage) stopped(line int, lines ...string) *client {
	s.Helper()
	path := s.file("script.lua", lines...)
	c, run := s.ready(program(path))
	c.SetBreakpoints(path, line)
	run()
	c.ExpectStoppedAt("breakpoint", line)
	return c
}

// finish lets the script run to its end and closes the session.
func (s *stage) finish(c *client, code int) {
	s.Helper()
	c.Continue(1)
	c.ExpectExited(code)
	c.ExpectTerminated()
	c.Disconnect()
}

// transcript is the text of the golden file.
func (s *stage) transcript(f feature) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", f.about, strings.Join(s.files, "\n"))
	for i, c := range s.clients {
		if len(s.clients) > 1 {
			fmt.Fprintf(&b, "client %d:\n", i+1)
		}
		n := newNormalizer(s.dir, f.name == "initialize")
		n.hidden, n.progress = s.hidden, s.progress
		b.WriteString(n.lines(conversation(s, c.Transcript())))
	}
	return b.String()
}

// change writes a file again.
func (s *stage) change(path string, lines ...string) {
	s.Helper()
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		s.Fatal(err)
	}
}
