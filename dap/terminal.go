package dap

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"
)

// CallbackVariable is the environment variable with the token for a script
// that runs in the client's terminal, to call back with (see ServeCallback).
const CallbackVariable = "LLMSPELL_DEBUG_TOKEN"

// terminalTimeout is how long a script in a terminal may take to call back.
const terminalTimeout = 30 * time.Second

// wantsTerminal tells whether a launched script is to run in a terminal of the
// client's. If it should and cannot, the user is told.
func (s *session) wantsTerminal(args launchArguments) bool {
	if args.Console == "" || args.Console == "internalConsole" {
		return false
	}
	why := ""
	switch {
	case !s.offers.SupportsRunInTerminalRequest:
		why = "this client cannot run programs in a terminal"
	case len(s.server.opts.RunCommand) == 0:
		why = "this server does not run scripts in a terminal"
	default:
		return true
	}
	s.note(fmt.Sprintf("console %q is not available: %s; output is shown here, and there is no input", args.Console, why))
	return false
}

// runInTerminal has the client start the script in a terminal, waits until that
// calls back, and makes it the server of this session.
func (s *session) runInTerminal(ctx context.Context, p *pendingLaunch) error {
	m, err := s.meet()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.server.terminalTimeout, errors.New("the script in the terminal has not called back"))
	defer cancel()
	arrived := make(chan *caller)
	token := m.expect(func(c *caller) {
		select {
		case arrived <- c:
		case <-ctx.Done():
			c.conn.Close()
		}
	})
	failed := make(chan error, 1)
	m.tasks.Go(func() {
		if _, err := s.reverse(ctx, "runInTerminal", s.terminalArguments(p.args, Address(m.ln), token)); err != nil {
			failed <- err
		}
	})
	var c *caller
	select {
	case c = <-arrived:
		m.forget(token) // it is for one process
	case err = <-failed:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	if err != nil {
		m.forget(token)
		if cause := context.Cause(ctx); cause != nil { // the request ends with ctx too
			err = cause
		}
		return fmt.Errorf("launch in a terminal: %w", err)
	}
	return s.join(ctx, c.conn, c.in, p, "")
}

// terminalArguments asks the client to start the script.
func (s *session) terminalArguments(args launchArguments, address, token string) map[string]any {
	kind := "integrated"
	if args.Console == "externalTerminal" {
		kind = "external"
	}
	cwd := args.Cwd
	if cwd == "" {
		cwd, _ = filepath.Abs(".") // "" is an answer too: the client's choice
	}
	env := maps.Clone(s.childEnvironment(args))
	if env == nil {
		env = map[string]*string{}
	}
	command := slices.Concat(s.server.opts.RunCommand, s.permissionFlags(args, env), []string{"--debug-connect", address, args.Program})
	if len(args.Args) > 0 {
		command = append(append(command, "--"), args.Args...)
	}
	env[CallbackVariable] = &token
	return map[string]any{
		"kind": kind, "title": "llmspell " + filepath.Base(args.Program), "cwd": cwd, "args": command, "env": env,
	}
}

// ServeCallback serves the debug session whose server waits at address, to
// which token was given, until that has ended. Register what it debugs first.
func (s *Server) ServeCallback(ctx context.Context, address, token string) error {
	conn, err := call(ctx, address, hello{Token: token})
	if err != nil {
		return err
	}
	return s.ServeConn(ctx, conn)
}
