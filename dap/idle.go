package dap

import (
	"context"
	"time"
)

// idleAfter is how long nobody is there before Options.Idle is called.
const idleAfter = 2 * time.Second

// watchIdle calls Options.Idle when all clients have left and none has come for a while, once
// each time, until ctx is done.
func (s *Server) watchIdle(ctx context.Context) {
	for {
		s.mu.Lock()
		left := s.left
		s.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-left:
		}
		for waits := true; waits; {
			s.mu.Lock()
			left, alone := s.left, len(s.conversations) == 0
			s.mu.Unlock()
			if !alone {
				break
			}
			timer := time.NewTimer(idleAfter)
			select {
			case <-ctx.Done():
			case <-left: // somebody came, and has gone
			case <-timer.C:
				waits = false
			}
			timer.Stop()
			if ctx.Err() != nil {
				return
			}
			if !waits && s.alone() {
				s.opts.Idle()
			}
		}
	}
}

func (s *Server) alone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conversations) == 0
}
