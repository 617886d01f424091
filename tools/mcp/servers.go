package mcp

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// Prefix begins the names of tools of servers: mcp:server/tool.
const Prefix = "mcp:"

// Category is that of all tools of servers.
const Category = "mcp"

// ConnectTimeout bounds how long a server may take until its tools are known.
const ConnectTimeout = 10 * time.Second

// How long a server that failed is left alone: by listings, and by calls, of which
// one may ask for it several times.
const (
	retryAfter     = 30 * time.Second
	callRetryAfter = time.Second
)

// Options of Servers.
type Options struct {
	// Sandbox must allow what it takes to reach the servers: to run the command, or
	// to connect to the host. It is what all sessions of the process share; a
	// call whose own sandbox allows less is denied.
	Sandbox *sandbox.Sandbox
	Version string       // of llmspell, for servers to see
	Log     *slog.Logger // nil: no log
	// ConnectTimeout is ConnectTimeout when 0.
	ConnectTimeout time.Duration
}

// Servers are the configured servers of a process. Their tools are part of a
// registry, which asks for them when somebody lists tools or names one. It is
// safe for concurrent use.
type Servers struct {
	reg    *tools.Registry
	opt    Options
	list   []*server
	ctx    context.Context // ends connections
	cancel context.CancelFunc
	wg     sync.WaitGroup // refreshes under way
}

// Connect makes the tools of servers part of a registry. Nothing is started
// yet. ctx bounds the life of all connections; Close ends them.
func Connect(ctx context.Context, reg *tools.Registry, configs []ServerConfig, opt Options) *Servers {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.ConnectTimeout <= 0 {
		opt.ConnectTimeout = ConnectTimeout
	}
	s := &Servers{reg: reg, opt: opt}
	s.ctx, s.cancel = context.WithCancel(ctx)
	for _, c := range configs {
		s.list = append(s.list, newServer(s, c))
	}
	reg.SetSource(tools.Source{Prefix: Prefix, Category: Category, Load: s.load})
	return s
}

// load is what the registry calls: for all tools, or for one by its name.
func (s *Servers) load(ctx context.Context, name string) error {
	if name == "" {
		s.Refresh(ctx)
		return nil
	}
	server, _, _ := strings.Cut(strings.TrimPrefix(name, Prefix), "/")
	for _, candidate := range s.list {
		if fold(candidate.cfg.Name) == fold(server) {
			return candidate.ready(ctx)
		}
	}
	return tool.Errorf(tool.UnknownTool, "there is no MCP server %q in the configuration%s", server, s.known())
}

func (s *Servers) known() string {
	var names []string
	for _, c := range s.list {
		names = append(names, c.cfg.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return "; there are " + strings.Join(names, ", ")
}

// Refresh connects to all servers that are not connected, at the same time, and waits for
// each, ConnectTimeout at most. Those that failed a moment ago are left alone.
func (s *Servers) Refresh(ctx context.Context) {
	var wg sync.WaitGroup
	for _, server := range s.list {
		if !server.due() {
			continue
		}
		wg.Go(func() { _ = server.ready(ctx) }) // Status tells
	}
	wg.Wait()
}

// State of a server.
type State string

// The states.
const (
	Connected    State = "connected"
	NotConnected State = "not connected"
	Disabled     State = "disabled"
	Failed       State = "failed"
)

// Status tells how it stands with a server.
type Status struct {
	Name   string
	Target string // the command, or the address without its query
	State  State
	Err    error // why it failed
	// Server and Version are what the server calls itself.
	Server, Version string
	Tools           []string // the full names of its tools
}

// Status tells how it stands with each server. It connects to none.
func (s *Servers) Status() []Status {
	out := make([]Status, len(s.list))
	for i, server := range s.list {
		out[i] = server.status()
	}
	return out
}

// Close ends all connections, and the processes of servers.
func (s *Servers) Close() {
	s.cancel()
	var wg sync.WaitGroup
	for _, server := range s.list {
		wg.Go(server.close)
	}
	wg.Wait()
	s.wg.Wait()
}

func (s *Servers) implementation() *sdk.Implementation {
	return &sdk.Implementation{Name: "llmspell", Version: s.opt.Version}
}

// explained is an error of a server, in the words of whoever configured it.
func explained(c *ServerConfig, code tool.Code, format string, args ...any) *tool.Error {
	e := tool.Errorf(code, format, args...)
	e.Message = fmt.Sprintf("the MCP server %q %s", c.Name, clip(c.redact(e.Message), 1000))
	e.Details = map[string]any{"server": c.Name}
	return e
}

func clip(s string, limit int) string {
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
