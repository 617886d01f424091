package kernel

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/memory"
)

// Upkeep says what a kernel that stays does with memory by itself: it consolidates, and forgets what a retention does
// not keep. The zero value does nothing.
type Upkeep struct {
	// Consolidate: every Fast while more than Long turns wait, every Slow while fewer than Short do, else
	// every Normal.
	Consolidate        bool
	Fast, Normal, Slow time.Duration
	Long, Short        int
	// Quiet passes by sessions in which something was taken in within this time.
	Quiet time.Duration
	Batch int
	// Grace is how long a consolidation may go on after the end.
	Grace time.Duration

	Retention memory.Retention
	// Every is how often the retention is looked at.
	Every time.Duration
}

// MemoryUpkeep is what the configuration wants. c may be nil.
func MemoryUpkeep(c *config.Config) Upkeep {
	m := orDefault(c).Runtime.Memory
	if !m.Enabled {
		return Upkeep{}
	}
	seconds := func(n int64) time.Duration { return time.Duration(n) * time.Second }
	return Upkeep{
		Consolidate: m.Daemon.Enabled, Fast: seconds(m.Daemon.FastIntervalSecs), Normal: seconds(m.Daemon.NormalIntervalSecs), Slow: seconds(m.Daemon.SlowIntervalSecs),
		Long: m.Daemon.QueueThresholdFast, Short: m.Daemon.QueueThresholdSlow, Grace: seconds(m.Daemon.ShutdownMaxWaitSecs),
		Quiet: seconds(m.Consolidation.ActiveSessionThresholdSecs), Batch: m.Consolidation.BatchSize, Every: seconds(m.Retention.IntervalSecs),
		Retention: memory.Retention{MaxAge: time.Duration(m.RetentionDays) * 24 * time.Hour, MaxPerSession: m.Retention.MaxPerSession, Important: m.Retention.KeepImportant,
			ProcessedOnly: m.Retention.ProcessedOnly, KeepFacts: m.Retention.KeepFacts},
	}
}

// retains tells whether the retention forgets anything.
func (u *Upkeep) retains() bool { return u.Retention.MaxAge > 0 || u.Retention.MaxPerSession > 0 }

// Run does it until ctx is done. What fails is logged, and tried again the next time.
func (u Upkeep) Run(ctx context.Context, open func() (*memory.Memory, error), log *zap.Logger) {
	var consolidate, retain <-chan time.Time
	if u.Consolidate {
		consolidate = time.After(0)
	}
	if u.retains() {
		retain = time.After(0)
	}
	// What is under way at the end has some time to come to it.
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(u.Grace, cancel) })
	defer stop()
	for consolidate != nil || retain != nil {
		select {
		case <-ctx.Done():
			return
		case <-consolidate:
			consolidate = time.After(u.consolidate(work, open, log))
		case <-retain:
			retain = time.After(u.Every)
			u.retain(work, open, log)
		}
	}
}

// consolidate reads what waits, and tells when to do it again.
func (u *Upkeep) consolidate(ctx context.Context, open func() (*memory.Memory, error), log *zap.Logger) time.Duration {
	m, err := open()
	if err != nil {
		log.Warn("memory cannot be consolidated", zap.Error(err))
		return u.Slow
	}
	before, err := m.Stats(ctx)
	if err == nil && before.Unprocessed > 0 {
		var done memory.Consolidated
		done, err = m.Consolidate(ctx, memory.ConsolidateOptions{Quiet: u.Quiet, Batch: u.Batch})
		for _, e := range done.Errors {
			log.Warn("a turn was not consolidated", zap.Error(e))
		}
		if done.Processed > 0 {
			log.Info("memory was consolidated", zap.Int("turns", done.Processed), zap.Int("entities_added", done.Added), zap.Int("entities_updated", done.Updated), zap.Int("failed", done.Failed))
		}
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("memory was not consolidated", zap.Error(err))
	}
	switch {
	case before.Unprocessed > u.Long:
		return u.Fast
	case before.Unprocessed < u.Short:
		return u.Slow
	}
	return u.Normal
}

// retain forgets what the retention does not keep.
func (u *Upkeep) retain(ctx context.Context, open func() (*memory.Memory, error), log *zap.Logger) {
	m, err := open()
	n := 0
	if err == nil {
		n, err = m.Retain(ctx, u.Retention)
	}
	if n > 0 {
		log.Info("turns were forgotten, as the retention says", zap.Int("turns", n))
	}
	if err != nil && ctx.Err() == nil {
		log.Warn("the retention of memory", zap.Error(err))
	}
}
