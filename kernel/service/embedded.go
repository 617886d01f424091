package service

import (
	"context"
	"net"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// Embedded is a kernel that serves this process alone.
type Embedded struct {
	kernel *kernel.Kernel
	server *rpc.Server
	ctx    context.Context
	stop   context.CancelFunc
	served sync.WaitGroup
}

// Embed makes one. Of the options those count that say what sessions are like:
// Version, Live.Limits, Live.StateEvents, MaxParallel, Services, NewSession, Policy, Tools and Log.
// The Services are the caller's to close.
func Embed(o Options) *Embedded {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	debug := newDebuggers(o.Log.Named("dap"))
	limits := o.Live.Limits
	limits.MaxParallel = o.MaxParallel
	e := &Embedded{kernel: kernel.New(kernel.Options{
		ID: o.ID, Limits: limits, Services: o.Services, Log: o.Log.Named("kernel"),
		NewSession: debug.newSession(o.NewSession), Opened: debug.opened, Closed: debug.closed,
	})}
	e.kernel.SetStateEvents(o.Live.StateEvents)
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.server = rpc.NewServer(rpc.Options{
		Kernel: e.kernel, Version: o.Version, Tools: o.Tools, Policy: o.Policy, Debug: debug.serve, Log: o.Log.Named("kernel.rpc"),
	})
	return e
}

// Dial connects to it.
func (e *Embedded) Dial(ctx context.Context, o rpc.ClientOptions) (*rpc.Client, error) {
	ours, theirs := net.Pipe()
	e.served.Go(func() { e.server.ServeConn(e.ctx, theirs) })
	return rpc.NewClient(ctx, ours, o)
}

// Close ends what runs, and all connections. Its clients should have left.
func (e *Embedded) Close() {
	left := make(chan struct{})
	go func() {
		e.served.Wait()
		close(left)
	}()
	select {
	case <-left: // connections that their clients have closed
	case <-time.After(time.Second):
	}
	e.kernel.Close()
	e.stop()
	<-left
}
