package socket

import (
	"context"
	"time"
)

// Flushed waits for the writer of a connection, whose end closes ended, and
// reports whether it has ended. It waits as long as the peer takes something in
// each spell of patience; written counts the bytes that it has taken. After the end
// of ctx only what is left of the spell is waited for.
//
// A peer on a busy machine may take long for its last messages, so the time that
// they take all together does not tell that nobody reads them.
func Flushed(ctx context.Context, ended <-chan struct{}, written func() int64, patience time.Duration) bool {
	spell := time.NewTicker(patience)
	defer spell.Stop()
	for before := written(); ; {
		select {
		case <-ended:
			return true
		case <-spell.C:
		}
		now := written()
		if now == before || ctx.Err() != nil {
			return false
		}
		before = now
	}
}
