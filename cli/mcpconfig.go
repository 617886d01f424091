package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/mcp"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// mcpConfigVariable names a configuration of MCP servers when no flag does; it is
// the variable of the key mcp.config.
const mcpConfigVariable = "LLMSPELL_MCP_CONFIG"

// mcpProjectFile is where projects keep theirs. It is read only when the user says
// so: a repository must not start programs by itself.
const mcpProjectFile = ".mcp.json"

// mcpFlags say which MCP servers' tools are at hand.
type mcpFlags struct {
	config  string
	project bool
	cmd     *cobra.Command
}

func (f *mcpFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().StringVar(&f.config, "mcp-config", "", "file with MCP servers, whose tools become mcp:server/tool (or "+mcpConfigVariable+")")
	cmd.Flags().BoolVar(&f.project, "mcp-project", false, "take the MCP servers of ./"+mcpProjectFile+" too")
}

// chosen tells whether a flag asks for servers.
func (f *mcpFlags) chosen() bool { return f.config != "" || f.project }

// servers reads the configurations.
func (f *mcpFlags) servers() ([]mcp.ServerConfig, error) {
	c := configOf(f.cmd).Config
	file := f.config
	if file == "" {
		file = c.MCP.Config
	}
	own, err := configuredServers(c.MCP.Servers)
	if err != nil {
		return nil, err
	}
	sources := [][]mcp.ServerConfig{nil, own, nil} // what comes first wins
	for i, path := range map[int]string{0: file, 2: map[bool]string{true: mcpProjectFile}[f.project]} {
		if path == "" {
			continue
		}
		if sources[i], err = mcp.LoadConfig(path, os.LookupEnv); err != nil {
			return nil, usageError{err}
		}
	}
	var configs []mcp.ServerConfig
	names := map[string]bool{}
	for _, source := range sources {
		for _, c := range source {
			if !names[c.Name] {
				configs = append(configs, c)
			}
			names[c.Name] = true
		}
	}
	return configs, nil
}

// configuredServers reads [mcp.servers], as the files of other clients are read.
func configuredServers(servers map[string]config.MCPServer) ([]mcp.ServerConfig, error) {
	if len(servers) == 0 {
		return nil, nil
	}
	entries := map[string]any{}
	for name, s := range servers {
		entries[name] = map[string]any{
			"type": s.Type, "command": s.Command, "args": s.Args, "env": s.Env, "cwd": s.Cwd, "url": s.URL,
			"headers": s.Headers, "timeout": s.TimeoutMs, "disabled": s.Disabled,
		}
	}
	data, err := json.Marshal(map[string]any{"mcpServers": entries})
	if err != nil {
		return nil, fmt.Errorf("[mcp.servers]: %w", err)
	}
	out, err := mcp.ParseConfig(data, os.LookupEnv)
	if err != nil {
		return nil, usagef("[mcp.servers]: %v", err)
	}
	return out, nil
}

// registry makes the registry of a process: the built-in tools and those of the
// configured MCP servers. close ends the servers; servers is nil when there are none.
func (a *app) registry(ctx context.Context, f *mcpFlags, box *sandbox.Sandbox) (reg *tools.Registry, servers *mcp.Servers, end func(), err error) {
	configs, err := f.servers()
	if err != nil || len(configs) == 0 {
		return tools.Builtin(), nil, func() {}, err
	}
	reg, servers, end = a.connect(ctx, configs, box)
	return reg, servers, end, nil
}

func (a *app) connect(ctx context.Context, configs []mcp.ServerConfig, box *sandbox.Sandbox) (*tools.Registry, *mcp.Servers, func()) {
	reg := tools.Builtin()
	version, _ := buildVersion()
	servers := mcp.Connect(ctx, reg, configs, mcp.Options{Sandbox: box, Version: version, Log: a.slog("mcp")})
	return reg, servers, servers.Close
}

// openSession makes a session that has the configured servers' tools too. Closing it
// ends them.
func (a *app) openSession(f *mcpFlags, cfg kernel.Config) (*kernel.Session, error) {
	cfg.Configuration = configOf(f.cmd)
	ctx := context.Background()
	if f.cmd != nil && f.cmd.Context() != nil {
		ctx = f.cmd.Context() // an interrupt ends connecting and loading too
	}
	cfg.Loading = ctx
	configs, err := f.servers()
	if err != nil {
		return nil, err
	}
	services := cfg.Services
	if services == nil {
		services = a.services(cfg.Configuration.Config)
		cfg.Services, cfg.OnClose = services, func() { a.closeServices(services) }
	}
	if len(configs) == 0 {
		return kernel.NewSession(cfg)
	}
	if cfg.Sandbox == nil {
		if cfg.Sandbox, err = sandbox.New(cfg.Dir, sandbox.Restricted(".")); err != nil {
			return nil, err
		}
	}
	own := cfg.OnClose
	tools, _, disconnect := a.connect(ctx, configs, cfg.Sandbox)
	cfg.Tools, cfg.OnClose = tools, func() {
		disconnect()
		if own != nil {
			own()
		}
	}
	s, err := kernel.NewSession(cfg)
	if err != nil {
		cfg.OnClose()
	}
	return s, err
}

// arguments are the flags that give another command the same servers.
func (f *mcpFlags) arguments() []string {
	var out []string
	if f.config != "" {
		out = append(out, "--mcp-config", f.config)
	}
	if f.project {
		out = append(out, "--mcp-project")
	}
	return out
}

// slog is the log for libraries that want one of the standard library's.
func (a *app) slog(component string) *slog.Logger {
	return slog.New(zapHandler{a.component(component)})
}

// warnOfServers tells of the servers whose tools are missing from a listing.
func (a *app) warnOfServers(servers *mcp.Servers) {
	if servers == nil {
		return
	}
	for _, st := range servers.Status() {
		if st.State == mcp.Failed {
			a.log.Debug("an MCP server failed", zap.String("server", st.Name), zap.Error(st.Err))
			a.warn("%v", st.Err)
		}
	}
}
