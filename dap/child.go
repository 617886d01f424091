package dap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"
)

// ParentVariable is the environment variable that tells a script which a
// debugged script runs where to report, as ADDRESS;TOKEN (see Announce).
const ParentVariable = "LLMSPELL_DEBUG_PARENT"

// reportTimeout bounds what a child waits for its parent's answer, and the
// parent for the client's.
const reportTimeout = 30 * time.Second

// childEnvironment is the environment of a launched script: that of the
// arguments, and what makes scripts that it runs report.
func (s *session) childEnvironment(args launchArguments) map[string]*string {
	follow := s.offers.SupportsStartDebuggingRequest && !args.NoDebug
	for _, choice := range []*bool{args.SubProcess, args.AutoAttach} {
		follow = follow && (choice == nil || *choice)
	}
	if !follow {
		return args.Env
	}
	m, err := s.meet()
	if err != nil {
		s.log.Warn("scripts that the script runs are not debugged", zap.Error(err))
		return args.Env
	}
	if s.childToken == "" {
		s.childToken = m.expect(func(c *caller) { s.childStarted(c, args.Type) })
	}
	env := map[string]*string{}
	maps.Copy(env, args.Env)
	value := Address(m.ln) + ";" + s.childToken
	env[ParentVariable] = &value
	return env
}

// childStarted has the client attach to a script that the script runs. The
// child waits for the answer.
func (s *session) childStarted(c *caller, kind string) {
	defer c.conn.Close()
	if kind == "" {
		kind = "llmspell"
	}
	ctx, cancel := context.WithTimeout(s.ctx, reportTimeout)
	defer cancel()
	_, err := s.reverse(ctx, "startDebugging", map[string]any{
		"request": "attach",
		"configuration": map[string]any{
			"type": kind, "request": "attach", "name": filepath.Base(c.Name), "connect": c.Address, "token": c.Key,
		},
	})
	if err != nil {
		s.log.Warn("a script that the script runs is not debugged", zap.String("program", c.Name), zap.Error(err))
	}
	newRemote(c.conn, c.in).respond(envelope{Seq: c.seq, Command: "hello"}, nil, err)
}

// Announce tells the debug session that parent, the value of ParentVariable,
// names that this process can be debugged at an address with a token. It
// returns nil once a client has been asked to attach.
func Announce(ctx context.Context, parent, program, address, token string) error {
	where, theirs, ok := strings.Cut(parent, ";")
	if !ok {
		return fmt.Errorf("%s=%q is not of the form ADDRESS;TOKEN", ParentVariable, parent)
	}
	conn, err := call(ctx, where, hello{Token: theirs, Address: address, Key: token, Name: program})
	if err != nil {
		return fmt.Errorf("report to the debugger of the parent script: %w", err)
	}
	p := newRemote(conn, newReader(conn, 0))
	answered := make(chan envelope, 1)
	p.calls[1] = func(e envelope) { answered <- e }
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.run(func(envelope) {})
	}()
	defer func() {
		conn.Close()
		<-done
	}()
	select {
	case e := <-answered:
		if !e.Success {
			return errors.New(clientResponse{Message: e.Message, Body: e.Body}.reason())
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("report to the debugger of the parent script: %w", ctx.Err())
	}
}
