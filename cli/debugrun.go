package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
)

const (
	// parentPatience is how long a script waits for the client that debugs the
	// script which runs it.
	parentPatience = 30 * time.Second
	// partingPatience is how long clients may take to disconnect at the end.
	partingPatience = 10 * time.Second
	// restartPatience is how long a script that a client restarts waits for it.
	restartPatience = 30 * time.Second
)

// debugFlags make llmspell run debuggable.
type debugFlags struct {
	listen  string
	wait    bool
	connect string
}

func (f *debugFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.listen, "debug-listen", "", "let debuggers attach on 127.0.0.1:PORT (0 picks one) or unix:PATH")
	cmd.Flags().BoolVar(&f.wait, "debug-wait", false, "with --debug-listen, wait for a debugger before the first line")
	cmd.Flags().StringVar(&f.connect, "debug-connect", "", "be debugged by the server that waits there")
	_ = cmd.Flags().MarkHidden("debug-connect") // for our own debug server; the flag exists
}

// check refuses what does not go together. A script that is measured cannot be
// debugged at the same time.
func (f *debugFlags) check(measured bool) error {
	switch {
	case measured && (f.listen != "" || f.connect != ""):
		return usagef("--coverage and --profile cannot be had while debugging")
	case f.wait && f.listen == "":
		return usagef("--debug-wait needs --debug-listen")
	case f.connect != "" && f.listen != "":
		return usagef("--debug-connect and --debug-listen exclude each other")
	}
	return nil
}

// wanted tells whether anybody may debug the script.
func (f *debugFlags) wanted() bool {
	return f.listen != "" || f.connect != "" || os.Getenv(dap.ParentVariable) != ""
}

// debuggable is a script that runs with a debug server.
type debuggable struct {
	app     *app
	flags   *scriptFlags
	session *kernel.Session
	out     *output
	errTap  *dap.Tap
	server  *dap.Server
	target  *dap.Target
	path    string
	token   string
	config  kernel.Config
	cancel  context.CancelFunc
	served  chan error // of the server

	state      *runtime.State // of the session, for the server's goroutines
	restarting atomic.Bool
	renewed    chan renewal
	over       chan struct{} // closed when the script does not run again
}

// runDebuggable runs a script to which debuggers can attach.
func (a *app) runDebuggable(ctx context.Context, flags *scriptFlags, debug *debugFlags, path string, args []string) error {
	d, err := a.newDebuggable(flags, debug, path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := d.serve(ctx, debug); err != nil {
		d.target.Unregister()
		return errors.Join(err, d.session.Close())
	}
	return d.end(d.run(ctx, path, args))
}

// run runs the script, again each time that a client asks for it.
func (d *debuggable) run(ctx context.Context, path string, args []string) error {
	defer close(d.over)
	for {
		var err error
		if !d.restarting.Load() {
			_, err = d.session.RunFile(ctx, path, args)
		}
		if !d.restarting.Load() {
			return err
		}
		old := d.session
		session, err := d.open()
		if err != nil {
			return err
		}
		d.session = session
		if err := old.Close(); err != nil {
			d.app.log.Warn("closing the Lua session failed", zap.Error(err))
		}
		d.restarting.Store(false)
		begin := make(chan struct{})
		select {
		case <-d.renewed: // of a client that has given up
		default:
		}
		d.renewed <- renewal{session.State(), sync.OnceFunc(func() { close(begin) })}
		select {
		case <-begin:
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(restartPatience):
		}
	}
}

// renewal is a new run of the script, which waits to begin.
type renewal struct {
	state *runtime.State
	begin func()
}

// restart implements dap.TargetOptions.Restart.
func (d *debuggable) restart(ctx context.Context) (*runtime.State, func(), error) {
	d.restarting.Store(true)
	d.state.Cancel(errors.New("restarted by the debugger"))
	select {
	case r := <-d.renewed:
		d.state = r.state
		return r.state, r.begin, nil
	case <-d.over:
		return nil, nil, errors.New("the script has ended")
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("the script has not stopped: a Go function that it called ignores its context: %w", ctx.Err())
	}
}

func (a *app) newDebuggable(flags *scriptFlags, debug *debugFlags, path string) (*debuggable, error) {
	limits, err := flags.limits()
	if err != nil {
		return nil, err
	}
	box, err := flags.permissions.sandboxFor(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	tuneGC(limits.Heap)
	token := ""
	if debug.listen != "" {
		if token, err = dap.ReadToken(""); err != nil {
			return nil, usageError{fmt.Errorf("%s: %w", dap.TokenVariable, err)}
		}
	}
	if debug.listen == "" && debug.connect == "" {
		token = dap.NewToken() // the parent's debugger will know it
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("find the script: %w", err)
	}
	d := &debuggable{app: a, flags: flags, out: newOutput(a.stdout), path: absolute, token: token,
		served: make(chan error, 1), renewed: make(chan renewal, 1), over: make(chan struct{})}
	outTap := dap.NewTap(d.out)
	d.errTap = dap.NewTap(flushBefore{d.out, a.stderr})
	d.config = kernel.Config{Stdout: outTap, Stderr: d.errTap, Stdin: a.stdin, Limits: limits, Sandbox: box, Log: a.log.Named("kernel")}
	if d.session, err = d.open(); err != nil {
		return nil, err
	}
	d.state = d.session.State()
	d.server = dap.NewServer(dap.Options{Log: a.log.Named("dap"), AttachOnly: true, Token: token})
	d.target, err = d.server.Register(filepath.Base(path), d.session.State(), dap.TargetOptions{
		Program: absolute, Sandbox: d.session.Sandbox(), Stdout: outTap, Stderr: d.errTap, Restart: d.restart, Launched: debug.connect != "",
	})
	if err != nil {
		return nil, errors.Join(err, d.session.Close())
	}
	return d, nil
}

// serve starts the debug server and waits for the debugger that must be there
// before the first line.
func (d *debuggable) serve(ctx context.Context, debug *debugFlags) error {
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	d.cancel = cancel
	switch {
	case debug.connect != "":
		token := os.Getenv(dap.CallbackVariable)
		go func() { d.served <- d.server.ServeCallback(serving, debug.connect, token) }()
		return d.await(ctx, nil)
	case debug.listen != "":
		ln, err := dap.Listen(debug.listen)
		if err != nil {
			cancel()
			return usageError{err}
		}
		fmt.Fprintf(d.app.stderr, "DAP server listening at: %s\n", dap.Address(ln))
		d.listen(serving, ln)
		if debug.wait {
			return d.await(ctx, nil)
		}
		return nil
	default:
		return d.report(ctx, serving)
	}
}

func (d *debuggable) listen(ctx context.Context, ln net.Listener) {
	go func() { d.served <- d.server.Serve(ctx, ln) }()
}

// await waits until a debugger is attached. It gives up, with no error, when
// patience ends.
func (d *debuggable) await(ctx context.Context, patience <-chan time.Time) error {
	select {
	case <-d.target.Ready():
		return nil
	case <-patience:
		return nil
	case err := <-d.served:
		d.served <- err
		if err == nil {
			err = errors.New("the debugger has gone before the script began")
		}
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// report offers the script to the debugger of the script that runs it, and
// waits for that a while. Without one the script runs as it would anyway.
func (d *debuggable) report(ctx, serving context.Context) error {
	ln, err := dap.Listen("127.0.0.1:0")
	if err == nil {
		d.listen(serving, ln)
		var cancel context.CancelFunc
		announce, cancel := context.WithTimeout(ctx, parentPatience)
		defer cancel()
		err = dap.Announce(announce, os.Getenv(dap.ParentVariable), d.path, dap.Address(ln), d.token)
	} else {
		d.served <- nil
	}
	if err == nil {
		patience := time.NewTimer(parentPatience)
		defer patience.Stop()
		err = d.await(ctx, patience.C)
	}
	select {
	case <-d.target.Ready():
	default:
		d.cancel() // nobody came in time: nobody comes later
		d.target.Unregister()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		d.app.log.Debug("the debugger of the parent script does not attach", zap.Error(err))
	}
	return nil
}

// end tells debuggers how the script ended, and returns the error of the
// command.
func (d *debuggable) end(err error) error {
	code := exitOK
	var script *runtime.Error
	if errors.As(err, &script) {
		code = script.ExitCode()
		(&app{stderr: d.errTap}).printScriptError(script)
		err = exitError{code}
	} else if err != nil {
		code = exitScript
	}
	flushed := d.out.Flush()
	d.target.Exit(code)
	d.server.Drain(partingPatience)
	d.cancel()
	<-d.served // what it says concerns its clients, and is in the log
	return errors.Join(err, flushed, d.session.Close())
}

// open makes the session in which the script runs.
func (d *debuggable) open() (*kernel.Session, error) {
	cfg := d.config
	if err := d.app.inSession(d.flags, &cfg); err != nil {
		return nil, err
	}
	return d.app.openSession(&d.flags.mcp, cfg)
}
