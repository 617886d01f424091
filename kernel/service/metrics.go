package service

import (
	"errors"
	"time"

	"github.com/llmspell/llmspell/kernel/metrics"
)

// newProfiles makes what writes profiles.
func newProfiles() profiles { return &metrics.Profiler{} }

// newMetrics makes what counts, and returns what tells it of requests.
func (s *service) newMetrics() func(method, status string, took time.Duration) {
	s.counted = metrics.New(metrics.Sources{
		ID: s.opts.ID, Version: s.opts.Version, Started: time.Now(),
		Connections: func() int { return s.server.Clients() },
		Sessions: func() metrics.Sessions {
			return metrics.Sessions{Open: len(s.kernel.Sessions()), Opened: s.kernel.Counts().Sessions}
		},
		Executions: func() metrics.Executions {
			c := s.kernel.Counts()
			return metrics.Executions{
				Submitted: c.Submitted, Completed: c.Completed, Failed: c.Failed, Interrupted: c.Interrupted, Running: c.Running, Queued: c.Queued,
			}
		},
		Ready: func() error {
			if s.draining.Err() != nil || s.stopping.Err() != nil {
				return errors.New("the kernel is shutting down")
			}
			return nil
		},
	})
	return s.counted.Observe
}

// openMetrics serves the metrics.
func (s *service) openMetrics() error {
	server, err := metrics.Listen(s.counted, s.opts.MetricsPort)
	if err != nil {
		return err
	}
	s.metrics = server
	return nil
}
