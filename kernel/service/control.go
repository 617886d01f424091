package service

import (
	"bytes"
	"context"
	"runtime/pprof"
	"slices"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/internal/footprint"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// interrupt ends what runs and what waits in all sessions.
func (s *service) interrupt() bool {
	n := 0
	for _, h := range s.kernel.Sessions() {
		n += h.Interrupt(true)
	}
	if n > 0 {
		s.log.Info("interrupted", zap.Int("executions", n))
	}
	return n > 0
}

// shutdown begins the end that a client wants.
func (s *service) shutdown(p rpc.ShutdownParams) error {
	s.again.Store(p.Restart)
	if !p.Drain {
		s.stop()
		return nil
	}
	if p.TimeoutMS > 0 {
		s.mu.Lock()
		s.live.DrainTimeout = time.Duration(p.TimeoutMS) * time.Millisecond
		s.mu.Unlock()
	}
	s.drain()
	return nil
}

// reload reads the configuration again. If it is wrong, the old one stays.
func (s *service) reload(ctx context.Context) (rpc.ReloadResult, error) {
	s.reloading.Lock()
	defer s.reloading.Unlock()
	defer s.system.Reloading()()
	live, result, err := s.opts.Reload(ctx)
	if err != nil {
		return result, err
	}
	s.mu.Lock()
	s.live = live
	s.mu.Unlock()
	limits := live.Limits
	limits.MaxParallel = s.kernel.Limits().MaxParallel
	s.kernel.SetLimits(limits)
	s.kernel.SetStateEvents(live.StateEvents)
	select {
	case s.changed <- struct{}{}:
	default:
	}
	s.configured(append(slices.Clone(result.Changed), result.Restart...))
	return result, nil
}

// hangup is what SIGHUP does.
func (s *service) hangup() {
	if s.opts.ReopenLog != nil {
		if err := s.opts.ReopenLog(); err != nil {
			s.log.Error("the log could not be opened anew", zap.Error(err))
		}
	}
	if s.opts.Reload == nil {
		return
	}
	result, err := s.reload(context.Background())
	if err != nil {
		s.log.Error("the configuration stays as it was: the new one is wrong", zap.Error(err))
		return
	}
	s.log.Info("configuration reloaded", zap.Strings("changed", result.Changed), zap.Strings("at_next_start", result.Restart))
}

// dump logs the stacks of all goroutines.
func (s *service) dump() {
	var text bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&text, 2); err != nil {
		s.log.Error("the goroutines cannot be dumped", zap.Error(err))
		return
	}
	s.log.Error("goroutines, as SIGUSR1 asks for", zap.String("stacks", text.String()))
}

// healthy takes the kernel's locks: a kernel that hangs does not answer.
func (s *service) healthy() bool {
	_ = s.kernel.Counts()
	_ = s.server.Clients()
	return true
}

// info is what the answer to kernel.status adds.
func (s *service) info() map[string]any {
	r := s.record
	info := map[string]any{"socket": r.Socket, "activated": r.Activated}
	for name, value := range map[string]string{
		"address": r.Address, "token_file": r.TokenFile, "connection_file": r.ConnectionFile, "log_file": r.LogFile,
		"pid_file": r.PIDFile, "metrics_address": r.MetricsAddress, "process_start": r.Start, "boot_id": r.Boot,
	} {
		if value != "" {
			info[name] = value
		}
	}
	return info
}

// folderEvery is how often the run folder is looked at.
const folderEvery = 5 * time.Second

// watchFolder writes again what somebody has removed or changed of the files by which
// the kernel is found. It ends the kernel when its run folder was removed, as by a cleaner
// of temporary files: no command finds it then, and another of its id may start.
func (s *service) watchFolder(ctx context.Context, failed chan<- error) {
	ticker := time.NewTicker(folderEvery)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		names, err := s.instance.Restore()
		switch {
		case err == nil && len(names) > 0:
			s.log.Warn("files of the run folder were removed or changed: written again", zap.Strings("files", names))
		case err != nil && !failing:
			s.log.Error("files of the run folder were removed or changed, and cannot be written again: retried", zap.Strings("files", names), zap.Error(err))
		}
		failing = err != nil
		if err := s.instance.Lost(); err != nil {
			s.log.Error("kernel ends: it cannot be reached", zap.String("id", s.opts.ID), zap.Error(err))
			select {
			case failed <- err:
			case <-ctx.Done():
			}
			return
		}
	}
}

// watchIdle ends the kernel when it was idle for too long.
func (s *service) watchIdle(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.changed:
		case <-timer.C:
		}
		s.mu.Lock()
		limit := s.live.IdleTimeout
		s.mu.Unlock()
		if limit <= 0 {
			timer.Stop()
			continue
		}
		left := limit - s.idleFor()
		if left <= 0 {
			s.idle.Store(true)
			s.log.Info("kernel ends: nobody needs it", zap.Duration("idle_timeout", limit))
			s.drain()
			return
		}
		timer.Reset(left)
	}
}

// idleFor is how long there has been neither a client nor an execution.
func (s *service) idleFor() time.Duration {
	idle := s.server.Idle()
	since, busy := s.kernel.IdleSince()
	if busy || idle == 0 {
		return 0
	}
	return min(idle, time.Since(since))
}

// quiet is how long nothing was done. Clients may be connected, and look how the kernel is.
func (s *service) quiet() time.Duration {
	last := s.kernel.LastWork()
	if asked := s.asked.Load(); asked != nil && asked.After(last) {
		last = *asked
	}
	return time.Since(last)
}

// How soon an idle kernel gives memory back: after its start, and after work.
const (
	trimFirst = 500 * time.Millisecond
	trimEvery = 5 * time.Second
	trimIdle  = 2 * time.Second
)

// trim gives memory back, that of the databases too, when there is nothing to do, once after each time that
// there was.
func (s *service) trim(ctx context.Context) {
	footprint.ReturnBlocks()
	timer := time.NewTimer(trimFirst)
	defer timer.Stop()
	var last time.Time
	for wait := time.Duration(0); ; wait = trimIdle {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		now := time.Now()
		if due := func(quiet time.Duration) bool { return quiet > wait && last.Before(now.Add(-quiet)) }; due(s.idleFor()) || due(s.quiet()) {
			s.kernel.Shrink(ctx)
			footprint.Trim()
			last = time.Now()
		}
		timer.Reset(trimEvery)
	}
}
