package debug_test

import (
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

// follow carries out moves: "over:3" steps over and expects to be on line 3,
// "in:mod.lua/1" names the file too, "over:end" expects the script to end, and
// "go:7" continues to a breakpoint.
func (s *session) follow(moves string) {
	s.t.Helper()
	for i, m := range strings.Fields(moves) {
		cmd, want, _ := strings.Cut(m, ":")
		th := s.thread()
		reason := debug.ReasonStep
		switch cmd {
		case "in":
			s.do(s.e.StepIn(th))
		case "over":
			s.do(s.e.StepOver(th))
		case "out":
			s.do(s.e.StepOut(th))
		case "go":
			s.do(s.e.Continue())
			reason = debug.ReasonBreakpoint
		default:
			s.t.Fatalf("unknown move %q", m)
		}
		if want == "end" {
			if err := s.end(); err != nil {
				s.t.Fatalf("move %d, %s: the script failed: %v", i+1, m, err)
			}
			return
		}
		select {
		case x := <-s.stops:
			at := strconv.Itoa(x.Line)
			if strings.Contains(want, "/") {
				at = x.Source.Name + "/" + at
			}
			if at != want || x.Reason != reason {
				s.t.Fatalf("move %d, %s: stopped at %s (%s)\nstack: %s", i+1, m, at, x.Reason, s.stack(x.Thread))
			}
		case err := <-s.ended:
			s.t.Fatalf("move %d, %s: the script ended (%v)", i+1, m, err)
		case <-time.After(deadline):
			s.t.Fatalf("move %d, %s: nothing happens", i+1, m)
		}
	}
}
