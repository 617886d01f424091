package mcp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// server is one configured server, and the connection to it while there is one.
type server struct {
	owner *Servers
	cfg   ServerConfig
	turn  chan struct{} // holds one token: whoever has it connects

	mu       sync.Mutex
	link     *link // nil while there is none
	err      error // of the last attempt
	failedAt time.Time
	names    []string
	progress map[string]func(tool.Progress) // of calls, by token
	calls    int                            // numbers the tokens
}

// link is one connection.
type link struct {
	session *sdk.ClientSession
	carrier carrier
	gone    chan struct{} // closed when it has ended
	broken  atomic.Bool   // it is of no use any more, and about to end
}

// dead tells whether the connection has ended.
func (l *link) dead() bool {
	select {
	case <-l.gone:
		return true
	default:
		return l.broken.Load()
	}
}

func newServer(owner *Servers, cfg ServerConfig) *server {
	s := &server{owner: owner, cfg: cfg, turn: make(chan struct{}, 1), progress: map[string]func(tool.Progress){}}
	s.turn <- struct{}{}
	if cfg.Err != nil {
		s.err = explained(&cfg, tool.NotConfigured, "cannot be used: %w", cfg.Err)
	}
	return s
}

// due tells whether a listing should try to connect.
func (s *server) due() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.cfg.Disabled || s.cfg.Err != nil, s.link != nil && !s.link.dead():
		return false
	}
	return s.failedAt.IsZero() || time.Since(s.failedAt) > retryAfter
}

// ready makes sure that the server's tools are in the registry.
func (s *server) ready(ctx context.Context) error {
	_, err := s.connect(ctx)
	return err
}

// connect returns the connection, and makes it when there is none.
func (s *server) connect(ctx context.Context) (*link, error) {
	switch {
	case s.cfg.Err != nil:
		return nil, s.err
	case s.cfg.Disabled:
		return nil, explained(&s.cfg, tool.NotConfigured, "is disabled in its configuration")
	}
	if l := s.current(); l != nil {
		return l, nil
	}
	select {
	case <-s.turn:
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if l := s.current(); l != nil { // somebody else was first
		return l, nil
	}
	if err := s.justFailed(); err != nil {
		return nil, err
	}
	if err := s.owner.ctx.Err(); err != nil {
		return nil, explained(&s.cfg, tool.Cancelled, "is not connected: %w", err)
	}
	l, err := s.open(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && ctx.Err() != nil { // the caller's time is up, which is not the server's failure
		s.link = nil
		return nil, err
	}
	s.link, s.err = l, err
	if err != nil {
		s.failedAt = time.Now()
		s.owner.opt.Log.Info("an MCP server failed", "server", s.cfg.Name, "error", err.Error())
		return nil, err
	}
	s.failedAt = time.Time{}
	return l, nil
}

// justFailed returns the error of an attempt that was made a moment ago.
func (s *server) justFailed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failedAt.IsZero() || time.Since(s.failedAt) > callRetryAfter {
		return nil
	}
	return s.err
}

func (s *server) current() *link {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.link == nil || s.link.dead() {
		return nil
	}
	return s.link
}

// open connects, and registers the tools. The protocol's newest version is tried first; a server
// that ends or stays silent at its first message is asked the old way.
func (s *server) open(caller context.Context) (*link, error) {
	ctx, cancel := context.WithTimeout(caller, s.owner.opt.ConnectTimeout)
	defer cancel()
	defer context.AfterFunc(s.owner.ctx, cancel)()

	first, stop := context.WithTimeout(ctx, s.owner.opt.ConnectTimeout*2/3)
	l, err := s.dial(first, "")
	stop()
	var denied *sandbox.DeniedError
	if err != nil && ctx.Err() == nil && !errors.As(err, &denied) && !errors.Is(err, errNotStarted) {
		l, err = s.dial(ctx, "2025-11-25")
	}
	switch {
	case errors.As(err, &denied):
		return nil, err
	case err != nil && caller.Err() != nil:
		code, what := tool.Timeout, "had not answered yet when the time of the call was up"
		if errors.Is(caller.Err(), context.Canceled) {
			code, what = tool.Cancelled, "had not answered yet when the call was cancelled"
		}
		return nil, explained(&s.cfg, code, "%s", what)
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, explained(&s.cfg, tool.RemoteFailed, "did not answer within %v", s.owner.opt.ConnectTimeout)
	case err != nil:
		return nil, explained(&s.cfg, tool.RemoteFailed, "cannot be reached: %w", err)
	}
	if err := s.register(ctx, l.session); err != nil {
		s.end(l)
		return nil, explained(&s.cfg, tool.RemoteFailed, "did not list its tools: %w", err)
	}
	return l, nil
}

// dial makes one attempt to connect.
func (s *server) dial(ctx context.Context, version string) (*link, error) {
	c, err := s.newCarrier()
	if err != nil {
		return nil, err
	}
	l := &link{carrier: c, gone: make(chan struct{})}
	client := sdk.NewClient(s.owner.implementation(), &sdk.ClientOptions{
		Logger:       s.owner.opt.Log,
		Capabilities: &sdk.ClientCapabilities{}, // no roots, no sampling: a server gets answers to nothing
		ToolListChangedHandler: func(context.Context, *sdk.ToolListChangedRequest) {
			s.owner.wg.Go(func() { s.refresh(l) })
		},
		ProgressNotificationHandler: func(_ context.Context, r *sdk.ProgressNotificationClientRequest) { s.reported(r.Params) },
		MultiRoundTrip:              &sdk.MultiRoundTripOptions{Disabled: true},
	})
	if l.session, err = client.Connect(ctx, c.transport(), &sdk.ClientSessionOptions{ProtocolVersion: version}); err != nil {
		c.close()
		if words := c.lastWords(); words != "" {
			err = fmt.Errorf("%w (it said: %s)", err, words)
		}
		return nil, err
	}
	s.owner.wg.Go(func() {
		_ = l.session.Wait()
		c.close()
		close(l.gone)
	})
	return l, nil
}

// refresh reads the list of tools again, because the server says that it has changed.
func (s *server) refresh(l *link) {
	ctx, cancel := context.WithTimeout(s.owner.ctx, s.owner.opt.ConnectTimeout)
	defer cancel()
	if l.session == nil { // it has not answered to hello yet; its tools will be listed
		return
	}
	if err := s.register(ctx, l.session); err != nil && ctx.Err() == nil {
		s.owner.opt.Log.Warn("an MCP server did not list its changed tools", "server", s.cfg.Name, "error", s.cfg.redact(err.Error()))
	}
}

// end closes a connection and waits until nothing of it is left.
func (s *server) end(l *link) {
	l.carrier.close() // first: a session that waits for its server ends with it
	_ = l.session.Close()
	<-l.gone
}

// drop gives a connection up that has failed.
func (s *server) drop(l *link) {
	if l.broken.CompareAndSwap(false, true) {
		s.owner.wg.Go(func() { s.end(l) })
	}
}

func (s *server) close() {
	<-s.turn // nobody is connecting, and nobody will
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l != nil {
		s.end(l)
	}
	s.turn <- struct{}{}
}

func (s *server) status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{Name: s.cfg.Name, Target: s.cfg.Target(), State: NotConnected, Err: s.err, Tools: slices.Clone(s.names)}
	switch {
	case s.cfg.Disabled:
		st.State = Disabled
	case s.err != nil:
		st.State = Failed
	case s.link != nil && !s.link.dead():
		st.State = Connected
		if info := s.link.session.InitializeResult(); info != nil && info.ServerInfo != nil {
			st.Server, st.Version = info.ServerInfo.Name, info.ServerInfo.Version
		}
	}
	return st
}

// expect registers who is told of a call's progress, and returns its token.
func (s *server) expect(report func(tool.Progress)) (token string, forget func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	token = fmt.Sprintf("call-%d", s.calls)
	s.progress[token] = report
	return token, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.progress, token)
	}
}

func (s *server) reported(p *sdk.ProgressNotificationParams) {
	token, _ := p.ProgressToken.(string)
	s.mu.Lock()
	report := s.progress[token]
	s.mu.Unlock()
	if report != nil {
		report(tool.Progress{Done: p.Progress, Total: p.Total, Message: clip(p.Message, 1000)})
	}
}

func (s *server) setNames(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = names
}

// environment is the entry's variables, as programs get them.
func (c *ServerConfig) environment() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(c.Env)) {
		out = append(out, name+"="+c.Env[name])
	}
	return out
}
