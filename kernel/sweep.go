package kernel

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// SweepEvery is how often a kernel that stays removes documents whose time is over.
const SweepEvery = time.Minute

// SweepDocuments removes documents whose time to live is over, each time that an interval has passed, until ctx is done. It
// opens nothing: while nobody has used memory it does nothing.
func (s *Services) SweepDocuments(ctx context.Context, every time.Duration, log *zap.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		m, ok := s.memory.peek()
		if !ok {
			continue
		}
		switch n, err := m.Library.Sweep(ctx); {
		case err != nil && ctx.Err() == nil:
			log.Warn("documents whose time is over were not removed", zap.Error(err))
		case n > 0:
			log.Info("documents whose time is over were removed", zap.Int("documents", n))
		}
	}
}
