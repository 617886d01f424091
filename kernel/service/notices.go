package service

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/llmspell/llmspell/internal/footprint"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/events"
	"github.com/llmspell/llmspell/kernel/hooks"
)

// about is what hooks of the system's points are about.
var about = hooks.Component{Type: "system", Name: "kernel"}

// noticeTime is how long the hooks of a notice may take.
const noticeTime = 5 * time.Second

// notice runs the hooks of a point and publishes an event.
func (s *service) notice(p hooks.Point, eventType string, data map[string]any) {
	ctx, cancel := context.WithTimeout(context.Background(), noticeTime)
	defer cancel()
	s.kernel.Notify(ctx, p, about, func() map[string]any { return data })
	services := s.opts.Services
	_, _ = services.Events.Publish(ctx, eventType, data, events.PublishOptions{Hooks: services.Hooks}) // what happens does not depend on who listens
}

func (s *service) started() {
	s.notice(hooks.SystemStartup, events.KernelStarted, map[string]any{"id": s.opts.ID, "version": s.opts.Version, "pid": os.Getpid()})
}

// ending tells that the kernel ends, and why.
func (s *service) ending(failure error) {
	reason := "drain"
	switch {
	case failure != nil:
		reason = failure.Error()
	case s.idle.Load():
		reason = "idle"
	case s.stopping.Err() != nil:
		reason = "stop"
	}
	s.notice(hooks.SystemShutdown, events.KernelStopping, map[string]any{"id": s.opts.ID, "reason": reason})
}

// configured tells that the configuration has changed.
func (s *service) configured(keys []string) {
	if len(keys) == 0 {
		return
	}
	list := make([]any, len(keys))
	for i, key := range keys {
		list[i] = key
	}
	s.notice(hooks.ConfigurationChange, events.ConfigReloaded, map[string]any{"keys": list})
}

// sampleEvery is how often the use of memory and processors is looked at, if anybody
// wants to know.
const sampleEvery = 5 * time.Second

// watchUse runs the hooks of high use.
func (s *service) watchUse(ctx context.Context) {
	if t := s.opts.Thresholds; t.Memory == 0 && t.CPU == 0 {
		return
	}
	ticker := time.NewTicker(sampleEvery)
	defer ticker.Stop()
	before := footprint.Use().CPU
	for last := time.Now(); ; {
		use := footprint.Use()
		percent := 0.0
		if took := time.Since(last).Seconds(); took > sampleEvery.Seconds()/2 {
			percent, before, last = 100*(use.CPU-before)/took, use.CPU, time.Now()
		}
		s.usage.Sample(ctx, uint64(max(use.Resident, 0)), percent)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// took tells the hooks of slow operations of an execution.
func (s *service) took(x *kernel.Execution, d time.Duration) {
	s.usage.Took(x.Context(), hooks.Component{Type: "session", Name: x.Session().ID()}, "execution", d)
}

// observe is told of requests. That of an execution is told of with it.
func (s *service) observe(method, status string, d time.Duration) {
	if !strings.HasPrefix(method, "kernel.") && method != "session.list" { // those only look
		now := time.Now()
		s.asked.Store(&now)
	}
	if s.counted != nil {
		s.counted.Observe(method, status, d)
	}
	if method != "exec.run" {
		s.usage.Took(context.Background(), hooks.Component{Type: "request", Name: method}, method, d)
	}
}
