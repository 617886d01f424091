package service

import (
	"errors"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/metrics"
)

// newProfiles makes what writes profiles.
func newProfiles() profiles { return &metrics.Profiler{} }

// makeMetrics makes what counts, once there is a kernel.
func (s *service) makeMetrics() {
	sources := metrics.OfKernel(s.kernel, s.opts.Version)
	sources.Connections = func() int { return s.server.Clients() }
	sources.Refused = func() int64 { return s.server.Refused() } // there is no server yet
	sources.Dropped = func() int64 { return s.server.DroppedBytes() }
	sources.Ready = func() error {
		if s.draining.Err() != nil || s.stopping.Err() != nil {
			return errors.New("the kernel is shutting down")
		}
		return nil
	}
	s.counted = metrics.New(sources)
}

// executed counts an execution that has ended.
func (s *service) executed(x *kernel.Execution, o kernel.Outcome) {
	if o.Started.IsZero() {
		return
	}
	if s.counted != nil {
		s.counted.ObserveExecution(o.Duration)
	}
	s.took(x, o.Duration)
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
