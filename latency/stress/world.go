package stress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/client"
	"github.com/llmspell/llmspell/latency/suite"
)

// world is what is loaded: debug adapters, and a kernel.
type world struct {
	env     *bench.Env
	kernel  *suite.Daemon
	asking  *rpc.Client // for what the kernel says of itself
	servers []*client.Program
	dials   []func() (net.Conn, error)
	watched []*watched

	unasked, mostRest time.Duration // see rest

	steps, busy string // scripts
	body        int    // a line of steps
}

// perServer is how many sessions a debug adapter gets: it takes a hundred clients.
const perServer = 70

func newWorld(ctx context.Context, env *bench.Env, o Options) (*world, error) {
	w := &world{env: env, unasked: unasked, mostRest: mostRest}
	var err error
	if w.steps, w.body, err = suite.Script(env, "steps.lua", "body"); err != nil {
		return nil, err
	}
	if w.busy, _, err = suite.Script(env, "busy.lua", ""); err != nil {
		return nil, err
	}
	if w.kernel, w.asking, err = suite.Connect(ctx, env); err != nil {
		return nil, err
	}
	w.watched = append(w.watched, &watched{Process: Process{Name: "kernel"}, pid: w.kernel.PID, goroutines: func() int {
		s, err := w.asking.Status(ctx)
		if err != nil {
			return 0
		}
		return s.Goroutines
	}})
	for i := range (o.Sessions + perServer - 1) / perServer {
		p, dial, err := suite.ServeDAP(ctx, env, bench.TCP)
		if err != nil {
			w.close()
			return nil, err
		}
		w.servers, w.dials = append(w.servers, p), append(w.dials, dial)
		w.watched = append(w.watched, &watched{Process: Process{Name: fmt.Sprint("debug adapter ", i+1)}, pid: p.PID()})
	}
	if w.watched[0].read().Memory == 0 {
		w.close()
		return nil, errors.New("this system does not tell what a process holds, so no leak could be seen: bench stress works on Linux")
	}
	return w, nil
}

func (w *world) close() {
	for _, p := range w.servers {
		p.Kill()
	}
	_ = w.asking.Close()
	_ = w.kernel.Stop() // it ends by itself, if not now
}

// opTime is how long one operation may take at most: it only ends what hangs.
const opTime = 2 * time.Minute

// debugger connects to one of the debug adapters.
func (w *world) debugger(worker int) (*client.Debugger, net.Conn, error) {
	conn, err := w.dials[worker%len(w.dials)]()
	if err != nil {
		return nil, nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(opTime)); err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	return client.NewDebugger(conn, conn), conn, nil
}
