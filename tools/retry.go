package tools

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/llmspell/llmspell/tools/tool"
)

// The pauses between attempts: the first, and the longest.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = 5 * time.Second
)

// retrying runs the tool, again if a failure may pass, until ctx is done.
func (c *invocation) retrying(ctx *callContext) (*tool.Result, error) {
	for {
		c.attempts++
		result, err := c.h.run(ctx, c.call)
		if err == nil || !c.again(err) {
			return result, err
		}
		pause := backoff(c.attempts)
		if time.Until(ctx.deadline) <= pause {
			return nil, err // the last error says more than that the time is up
		}
		if stopped := ctx.sleep(pause); stopped != nil {
			return nil, stopped
		}
		c.h.stats.retries.Add(1)
	}
}

func (c *invocation) again(err error) bool {
	var te *tool.Error
	return c.attempts <= c.opt.Retries && !c.h.Descriptor().SideEffects && errors.As(err, &te) && te.Temporary
}

// sleep waits for d, or until the call must end, and says why.
func (c *callContext) sleep(d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return nil
		case <-c.Done():
			return c.Err()
		case <-c.wake():
			c.serving()
		}
	}
}

// backoff is the pause after a number of attempts: twice as long each time, and
// somewhere between half of it and all, so that many callers do not come back
// at once.
func backoff(attempts int) time.Duration {
	d := min(firstPause<<min(attempts-1, 10), mostPause)
	return d/2 + rand.N(d/2+1)
}
