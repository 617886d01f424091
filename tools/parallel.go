package tools

import (
	"context"
	"sync"
	"sync/atomic"
)

// DefaultParallel is how many calls InvokeAll makes at a time when it is not
// told.
const DefaultParallel = 100

// Request is one call of several.
type Request struct {
	Tool    string
	Params  map[string]any
	Options CallOptions
}

// InvokeAll makes many calls, limit at a time (0: DefaultParallel), and returns
// their responses in the order of the requests when all have ended. A call that
// fails changes nothing for the others. When ctx is done, those that run are
// cancelled, and the rest is answered without having begun.
func (inv *Invoker) InvokeAll(ctx context.Context, requests []Request, limit int) []*Response {
	if limit <= 0 {
		limit = DefaultParallel
	}
	out := make([]*Response, len(requests))
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < len(requests); i = int(next.Add(1)) - 1 {
			opt := requests[i].Options
			opt.Wake, opt.Serve = nil, nil
			// The error is in the response.
			out[i], _ = inv.Invoke(ctx, requests[i].Tool, requests[i].Params, opt)
		}
	}
	var others sync.WaitGroup
	for range min(limit, len(requests)) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	return out
}
