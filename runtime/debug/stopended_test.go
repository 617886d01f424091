package debug_test

import (
	"testing"

	"github.com/llmspell/llmspell/runtime/debug"
)

// TestStopEnded: of a stop that nobody resumed the handler hears when it is over, once.
func TestStopEnded(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(*session)
		want int32
	}{
		"context":  {func(s *session) { s.stop() }, 1},
		"state":    {func(s *session) { s.st.Cancel(nil) }, 1},
		"continue": {func(s *session) { s.do(s.e.Continue()) }, 0},
		"detach":   {func(s *session) { s.e.Detach() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := breakAt(t, "local a = 1\nlocal b = a\n", 2)
			s.stopped(debug.ReasonBreakpoint, 2)
			tt.end(s)
			if err := s.end(); (err != nil) != (tt.want > 0) {
				t.Errorf("the script ended with %v", err)
			}
			equal(t, "ended stops", s.broken.Load(), tt.want)
		})
	}
}
