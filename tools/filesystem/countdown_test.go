package filesystem

import (
	"context"
	"sync/atomic"
)

// countdown is a context whose Err cancels it after some looks.
type countdown struct {
	context.Context
	cancel context.CancelFunc
	left   atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		c.cancel()
	}
	return c.Context.Err()
}
