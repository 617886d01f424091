package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/hooks"
	"github.com/llmspell/llmspell/kernel/metrics"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// service is a kernel that serves.
type service struct {
	opts     Options
	log      *zap.Logger
	kernel   *kernel.Kernel
	server   *rpc.Server
	debug    *debuggers
	counted  *metrics.Metrics // nil: nothing is counted
	metrics  *metrics.Server  // nil: none
	instance *daemon.Instance
	system   *daemon.Supervisor
	record   daemon.Record
	sockets  []net.Listener

	mu   sync.Mutex
	live Live
	// changed wakes whoever waits for the kernel to be idle: the time has changed.
	changed chan struct{}
	// drain and stop end the kernel: when running work has ended, or now.
	drain, stop context.CancelFunc
	draining    context.Context
	stopping    context.Context
	reloading   sync.Mutex
	again       atomic.Bool // a client wants the kernel to start again
	idle        atomic.Bool // the kernel ends because nobody needs it
	usage       *hooks.Usage
	asked       atomic.Pointer[time.Time] // when a client has had something done
}

// ErrRestart is what Run returns when a client wants the kernel to start again.
var ErrRestart = errors.New("the kernel is to start again")

// Run serves until the kernel is told to end, is idle for too long, or ctx is done.
// The error says why it could not begin, a *daemon.TakenError if a kernel of that id
// runs, or why it could not go on; it is ErrRestart if Run should be called again.
func Run(ctx context.Context, o Options) error {
	if o.ID == "" {
		o.ID = strings.ToLower(rand.Text()[:12])
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.Parent == nil {
		o.Parent = &daemon.Parent{}
	}
	if o.Services == nil {
		o.Services = kernel.NewServices(kernel.Openers{})
	}
	s := &service{opts: o, log: o.Log, live: o.Live, changed: make(chan struct{}, 1), system: daemon.NewSupervisor(o.Log)}
	s.draining, s.drain = context.WithCancel(ctx)
	s.stopping, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	defer s.stop()
	defer s.drain()
	err := s.open(ctx)
	if err == nil {
		err = s.serve()
	}
	s.close()
	err = errors.Join(err, o.Services.Close())
	if err == nil && s.again.Load() && !s.record.Activated { // systemd starts the next one by itself
		return ErrRestart
	}
	return err
}

// open takes the id, makes the sockets and the kernel. What it has made close ends.
func (s *service) open(ctx context.Context) error {
	passed, err := daemon.Activation()
	if err != nil {
		return err
	}
	s.instance, err = s.opts.Root.Claim(ctx, s.opts.ID, len(passed.Unix) > 0)
	if err != nil {
		passed.Close()
		return err
	}
	if replaced := s.instance.Replaced(); len(replaced) > 0 {
		s.log.Warn("things of the wrong kind in the run folder were removed", zap.String("folder", s.instance.Dir()), zap.Strings("removed", replaced))
	}
	rec := daemon.Record{
		Version: s.opts.Version, ConnectionFile: s.opts.ConnectionFile, PIDFile: s.opts.PIDFile, LogFile: s.opts.LogFile,
	}
	for _, l := range passed.Unix {
		s.sockets = append(s.sockets, l)
		rec.Socket = l.Addr().String()
	}
	for _, l := range passed.TCP {
		s.sockets = append(s.sockets, l)
		rec.Address = l.Addr().String()
	}
	if len(passed.Unix) == 0 {
		if err := s.listen("unix:" + s.instance.SocketPath()); err != nil {
			return err
		}
		rec.Socket = s.instance.SocketPath()
	}
	if s.opts.Port != NoPort && rec.Address == "" {
		if err := s.listen("127.0.0.1:" + strconv.Itoa(s.opts.Port)); err != nil {
			return fmt.Errorf("%w: choose another --port, or 0 to have one picked", err)
		}
		rec.Address = s.sockets[len(s.sockets)-1].Addr().String()
	}
	token := ""
	if rec.Address != "" {
		token = socket.NewToken()
		if rec.TokenFile, err = s.instance.WriteToken(token); err != nil {
			return err
		}
	}
	s.make(token)
	if s.opts.MetricsPort != NoPort {
		if err := s.openMetrics(); err != nil {
			return err
		}
		rec.MetricsAddress = s.metrics.Address()
	}
	s.record, err = s.instance.Publish(rec)
	return err
}

func (s *service) listen(address string) error {
	ln, err := socket.Listen(address, false)
	if err != nil {
		if !strings.HasPrefix(address, "unix:") {
			return daemon.ExplainFor(err, "give another port with --port")
		}
		return daemon.Explain(err)
	}
	if u, ok := ln.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(true)
	}
	s.sockets = append(s.sockets, ln)
	return nil
}

// make makes the kernel and its server. Nothing serves yet.
func (s *service) make(token string) {
	s.debug = newDebuggers(s.log.Named("dap"))
	limits := s.live.Limits
	limits.MaxParallel = s.opts.MaxParallel
	s.kernel = kernel.New(kernel.Options{
		ID: s.opts.ID, Limits: limits, Services: s.opts.Services, Log: s.log.Named("kernel"),
		NewSession: s.debug.newSession(s.opts.NewSession), Opened: s.debug.opened, Closed: s.debug.closed,
		Ended: s.executed,
	})
	s.kernel.SetStateEvents(s.live.StateEvents)
	o := rpc.Options{
		Kernel: s.kernel, Version: s.opts.Version, Tools: s.opts.Tools, Policy: s.opts.Policy, Token: token,
		MaxClients: s.opts.MaxClients, MaxMessage: s.opts.MaxMessage,
		Debug: s.debug.serve, Shutdown: s.shutdown, LogLevels: s.opts.LogLevels, Info: s.info,
		Profile: newProfiles().Write,
		Log:     s.log.Named("kernel.rpc"),
	}
	if s.opts.Reload != nil {
		o.Reload = s.reload
	}
	s.usage = hooks.NewUsage(s.kernel.Notify, s.opts.Thresholds)
	if s.opts.MetricsPort != NoPort {
		s.makeMetrics()
	}
	o.Observe = s.observe
	s.server = rpc.NewServer(o)
}

// serve tells everybody that the kernel is ready, and serves until it must end.
func (s *service) serve() error {
	ctx, cancel := context.WithCancel(context.Background())
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	failed := make(chan error, len(s.sockets)+1)
	sockets := s.sockets
	for _, ln := range s.sockets {
		tasks.Go(func() {
			if err := s.server.Serve(ctx, ln); err != nil {
				failed <- err
			}
		})
	}
	s.sockets = nil // the server closes them
	wait := daemon.Signals(ctx, daemon.Actions{Interrupt: s.interrupt, Drain: s.drain, Stop: s.stop, Reload: s.hangup, Dump: s.dump})
	tasks.Go(wait)
	tasks.Go(func() { s.watchIdle(ctx) })
	tasks.Go(func() { s.trim(ctx) })
	tasks.Go(func() { s.watchUse(ctx) })
	tasks.Go(func() { s.opts.Upkeep.Run(ctx, s.opts.Services.Memory, s.log) })
	tasks.Go(func() { s.opts.Services.SweepDocuments(ctx, kernel.SweepEvery, s.log) })
	tasks.Go(func() { s.watchFolder(ctx, failed) })
	tasks.Go(func() { s.system.Watchdog(ctx, s.healthy) })
	if err := s.opts.Parent.Ready(s.record); err != nil {
		return err
	}
	if s.opts.Ready != nil {
		s.opts.Ready(s.record)
	}
	s.system.Ready("serving at " + s.record.Reach())
	s.log.Info("kernel started", zap.String("id", s.opts.ID), zap.String("address", s.record.Reach()), zap.String("tcp", s.record.Address))
	s.started()
	var err error
	select {
	case err = <-failed:
	case <-s.draining.Done():
	case <-s.stopping.Done():
	}
	if !s.instance.Owns() { // the socket there may be another kernel's
		for _, ln := range sockets {
			if u, ok := ln.(*net.UnixListener); ok {
				u.SetUnlinkOnClose(false)
			}
		}
	}
	s.system.Stopping()
	s.ending(err)
	s.end()
	return err
}

// answerPatience is how long the last answers may take to be sent.
const answerPatience = 5 * time.Second

// end refuses new work, lets running work end, and closes the sessions.
func (s *service) end() {
	s.mu.Lock()
	patience := s.live.DrainTimeout
	s.mu.Unlock()
	s.log.Info("kernel ends", zap.Duration("drain_timeout", patience), zap.Int("running", s.kernel.Counts().Running))
	work, cancel := context.WithTimeout(s.stopping, patience)
	defer cancel()
	answers, stop := context.WithCancel(context.Background())
	defer stop()
	var drained sync.WaitGroup
	drained.Go(func() { s.server.Drain(answers) })
	s.kernel.Drain(work)
	timer := time.AfterFunc(answerPatience, stop)
	defer timer.Stop()
	drained.Wait()
}

// close ends what open has made, after serve or instead of it.
func (s *service) close() {
	for _, ln := range s.sockets {
		_ = ln.Close()
	}
	if s.kernel != nil {
		s.kernel.Close()
	}
	if s.metrics != nil {
		if err := s.metrics.Close(); err != nil {
			s.log.Warn("closing the metrics failed", zap.Error(err))
		}
	}
	if s.instance == nil {
		return // another has the id, and may have this log too: nothing has ended
	}
	s.instance.Release()
	s.log.Info("kernel ended", zap.String("id", s.opts.ID))
}

// debuggers let clients debug sessions.
type debuggers struct {
	server *dap.Server

	mu      sync.Mutex
	taps    map[*kernel.Session][2]*dap.Tap
	targets map[string]*dap.Target
}

func newDebuggers(log *zap.Logger) *debuggers {
	return &debuggers{
		server: dap.NewServer(dap.Options{AttachOnly: true, Log: log}),
		taps:   map[*kernel.Session][2]*dap.Tap{}, targets: map[string]*dap.Target{},
	}
}

// newSession makes sessions whose output debuggers see too.
func (d *debuggers) newSession(next func(kernel.SessionOptions, kernel.Config) (*kernel.Session, error)) func(kernel.SessionOptions, kernel.Config) (*kernel.Session, error) {
	if next == nil {
		next = func(_ kernel.SessionOptions, cfg kernel.Config) (*kernel.Session, error) {
			return kernel.NewSession(cfg)
		}
	}
	return func(o kernel.SessionOptions, cfg kernel.Config) (*kernel.Session, error) {
		if cfg.IsReplay() {
			return next(o, cfg)
		}
		taps := [2]*dap.Tap{dap.NewTap(cfg.Stdout), dap.NewTap(cfg.Stderr)}
		cfg.Stdout, cfg.Stderr = taps[0], taps[1]
		session, err := next(o, cfg)
		if err == nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.taps[session] = taps
		}
		return session, err
	}
}

func (d *debuggers) opened(h *kernel.Hosted) {
	d.mu.Lock()
	taps := d.taps[h.Session()]
	delete(d.taps, h.Session())
	d.mu.Unlock()
	target, err := d.server.Register(h.ID(), h.Session().State(), dap.TargetOptions{
		Dir: h.Options().Dir, Sandbox: h.Session().Sandbox(), Stdout: taps[0], Stderr: taps[1],
	})
	if err != nil {
		return // the ids of sessions are unique
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.targets[h.ID()] = target
}

func (d *debuggers) closed(h *kernel.Hosted) {
	d.mu.Lock()
	target := d.targets[h.ID()]
	delete(d.targets, h.ID())
	d.mu.Unlock()
	if target != nil {
		target.Unregister()
	}
}

// serve debugs a session for a client.
func (d *debuggers) serve(ctx context.Context, conn io.ReadWriteCloser, h *kernel.Hosted) error {
	defer h.Hold()()
	return d.server.ServeTarget(ctx, conn, h.ID())
}
