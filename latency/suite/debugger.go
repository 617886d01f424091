package suite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/client"
)

// debuggerBenchmarks measure the debug adapter over each of its transports.
func debuggerBenchmarks() []bench.Benchmark {
	var list []bench.Benchmark
	for _, t := range []struct {
		name  string
		reach bench.Reach
	}{{"stdio", bench.Stdio}, {"tcp", bench.TCP}, {"unix", bench.Unix}} {
		stepping := func(name, what string, budget float64, times int, once func(*client.Debugger) error) bench.Benchmark {
			return bench.Benchmark{
				Name: "dap/" + name + "/" + t.name, Group: bench.Debugger, What: what, Reach: t.reach, Unit: bench.Nanoseconds, Budget: budget, Times: times,
				Claim: bench.Claim{Figure: "under 20 ms (a target; not measured)", Source: guideSource},
				Open: func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
					s, err := openSession(ctx, env, t.reach)
					if err != nil {
						return nil, err
					}
					if err := s.launch("steps.lua", "body"); err != nil {
						return nil, errors.Join(err, s.close())
					}
					return s.probe(func() error { return once(s.Debugger) }), nil
				},
			}
		}
		list = append(list,
			stepping("next", "next → stopped", us(200), 300, func(d *client.Debugger) error { return d.Step("next") }),
			stepping("step-in", "stepIn → stopped", us(200), 300, func(d *client.Debugger) error { return d.Step("stepIn") }),
			stepping("step-and-look", "next → stopped, then the stack, scopes and locals", ms(1), 100, func(d *client.Debugger) error {
				if err := d.Step("next"); err != nil {
					return err
				}
				vars, err := d.Locals()
				if err == nil && len(vars) < 3 {
					err = fmt.Errorf("%d locals, want 3 at least", len(vars))
				}
				return err
			}),
			bench.Benchmark{
				Name: "dap/launch/" + t.name, Group: bench.Debugger, What: "from the connection (stdio: the start of the process) to the stop on entry", Reach: t.reach,
				Unit: bench.Nanoseconds, Budget: ms(50), Times: 5, Open: func(ctx context.Context, env *bench.Env) (*bench.Probe, error) { return launching(ctx, env, t.reach) },
			})
	}
	return append(list,
		bench.Benchmark{Name: "dap/pause/tcp", Group: bench.Debugger, What: "pause → stopped in a busy loop", Reach: bench.TCP, Unit: bench.Nanoseconds, Budget: ms(5), Times: 50, Open: pausing},
		bench.Benchmark{Name: "dap/page/tcp", Group: bench.Debugger, What: "100 variables anywhere in an array of 1,000,000", Reach: bench.TCP, Unit: bench.Nanoseconds, Budget: ms(1), Times: 100, Open: paging},
		bench.Benchmark{Name: "dap/breakpoints/tcp", Group: bench.Debugger, What: "three breakpoints of a file are replaced", Reach: bench.TCP, Unit: bench.Nanoseconds, Budget: ms(1), Times: 100,
			Claim: bench.Claim{Figure: "10 ms (a target)", Source: guideSource}, Open: replacing},
	)
}

// session is a debug session with its server.
type session struct {
	*client.Debugger
	env    *bench.Env
	server *client.Program
	conn   net.Conn // nil: on the server's streams
}

// openSession starts a debug adapter, and connects to it.
func openSession(ctx context.Context, env *bench.Env, reach bench.Reach) (*session, error) {
	if reach == bench.Stdio {
		p, err := client.Start(ctx, env.Vars, env.Binary, "dap")
		if err != nil {
			return nil, err
		}
		return &session{Debugger: client.NewDebugger(p.Out, p.In), env: env, server: p}, nil
	}
	p, dial, err := ServeDAP(ctx, env, reach)
	if err != nil {
		return nil, err
	}
	conn, err := dial()
	if err != nil {
		p.Kill()
		return nil, err
	}
	return &session{Debugger: client.NewDebugger(conn, conn), env: env, server: p, conn: conn}, nil
}

// ServeDAP starts a debug adapter that listens, and returns what connects to it.
func ServeDAP(ctx context.Context, env *bench.Env, reach bench.Reach) (*client.Program, func() (net.Conn, error), error) {
	network, address := "tcp", "127.0.0.1:0"
	if reach == bench.Unix {
		network, address = "unix", "unix:"+filepath.Join(env.Dir, fmt.Sprintf("d%d", time.Now().UnixNano()%1e9))
	}
	p, err := client.Start(ctx, env.Vars, env.Binary, "dap", "--listen", address)
	if err != nil {
		return nil, nil, err
	}
	line, err := bufio.NewReader(p.Out).ReadString('\n')
	told, ok := strings.CutPrefix(strings.TrimSpace(line), "DAP server listening at: ")
	if err != nil || !ok {
		p.Kill()
		return nil, nil, fmt.Errorf("the debug adapter said %q instead of its address: %v", line, err)
	}
	told = strings.TrimPrefix(told, "unix:")
	return p, func() (net.Conn, error) { return net.Dial(network, told) }, nil
}

// launch debugs a script until it stops at the line that a comment marks, and takes the breakpoint
// away again.
func (s *session) launch(name, mark string) error {
	path, err := writeScript(s.env, name)
	if err != nil {
		return err
	}
	line, err := lineOf(name, mark)
	if err != nil {
		return err
	}
	if err := s.Launch("llmspell", client.Object{"program": path}, path, line); err != nil {
		return err
	}
	if err := s.Expect("breakpoint"); err != nil {
		return err
	}
	return s.Breakpoints(path)
}

func (s *session) probe(once func() error) *bench.Probe {
	return &bench.Probe{Once: once, CPU: func() time.Duration { return bench.ProcessCPU(s.server.PID()) }, Close: s.close}
}

func (s *session) close() error {
	err := s.Disconnect()
	if s.conn == nil {
		return errors.Join(err, s.server.End())
	}
	s.conn.Close()
	s.server.Kill()
	return err
}

// launching measures whole launches.
func launching(ctx context.Context, env *bench.Env, reach bench.Reach) (*bench.Probe, error) {
	path, err := writeScript(env, "steps.lua")
	if err != nil {
		return nil, err
	}
	open := func() (*session, error) { return openSession(ctx, env, reach) }
	var server *client.Program
	if reach != bench.Stdio {
		p, dial, err := ServeDAP(ctx, env, reach)
		if err != nil {
			return nil, err
		}
		server = p
		open = func() (*session, error) {
			conn, err := dial()
			if err != nil {
				return nil, err
			}
			return &session{Debugger: client.NewDebugger(conn, conn), env: env, conn: conn}, nil
		}
	}
	var last *session
	leave := func() error {
		if last == nil {
			return nil
		}
		s := last
		last = nil
		err := s.Disconnect()
		if s.conn == nil {
			return errors.Join(err, s.server.End())
		}
		return errors.Join(err, s.conn.Close())
	}
	return &bench.Probe{
		Before: leave,
		Once: func() error {
			s, err := open()
			if err != nil {
				return err
			}
			last = s
			if err := s.Launch("llmspell", client.Object{"program": path, "stopOnEntry": true}, path); err != nil {
				return err
			}
			return s.Expect("entry")
		},
		Close: func() error {
			err := leave()
			if server != nil {
				server.Kill()
			}
			return err
		},
	}, nil
}

// pausing measures how soon a busy loop stops.
func pausing(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	path, err := writeScript(env, "busy.lua")
	if err != nil {
		return nil, err
	}
	s, err := openSession(ctx, env, bench.TCP)
	if err != nil {
		return nil, err
	}
	if err = s.Launch("llmspell", client.Object{"program": path, "stopOnEntry": true}, path); err == nil {
		err = s.Expect("entry")
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	thread := client.Object{"threadId": s.Thread}
	p := s.probe(func() error {
		if err := s.Call("pause", thread, nil); err != nil {
			return err
		}
		return s.Expect("pause")
	})
	p.Before = func() error {
		if err := s.Call("continue", thread, nil); err != nil {
			return err
		}
		return s.Call("threads", nil, nil) // its answer comes from the script's goroutine: it runs again
	}
	return p, nil
}

// paging measures pages of a large table.
func paging(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	s, err := openSession(ctx, env, bench.TCP)
	if err != nil {
		return nil, err
	}
	if err := s.launch("large.lua", "built"); err != nil {
		return nil, errors.Join(err, s.close())
	}
	locals, err := s.Locals()
	if err != nil || len(locals) == 0 || locals[0].Name != "array" {
		return nil, errors.Join(fmt.Errorf("the locals are %v: %v", locals, err), s.close())
	}
	const size, pages = 100, 10_000
	i := 0
	return s.probe(func() error {
		i++ // in an order in which no cache of the last place helps
		vars, err := s.Variables(client.Object{"variablesReference": locals[0].VariablesReference, "filter": "indexed", "start": i * 7919 % pages * size, "count": size})
		if err == nil && len(vars) != size {
			err = fmt.Errorf("the page has %d variables, want %d", len(vars), size)
		}
		return err
	}), nil
}

// replacing measures new breakpoints of a file.
func replacing(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	s, err := openSession(ctx, env, bench.TCP)
	if err != nil {
		return nil, err
	}
	if err := s.launch("steps.lua", "body"); err != nil {
		return nil, errors.Join(err, s.close())
	}
	i := 0
	return s.probe(func() error {
		i++
		return s.Breakpoints(s.path("steps.lua"), 4+i%2, 9+i%2, 11+i%2)
	}), nil
}

// path is where a script was written.
func (s *session) path(name string) string {
	dir, err := filepath.EvalSymlinks(s.env.Dir)
	if err != nil {
		dir = s.env.Dir
	}
	return filepath.Join(dir, name)
}
