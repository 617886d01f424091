package cli

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/mcp"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// mcpConfigVariable names a configuration of MCP servers when no flag does.
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

// servers reads the configurations.
func (f *mcpFlags) servers() ([]mcp.ServerConfig, error) {
	file := f.config
	if file == "" {
		file = os.Getenv(mcpConfigVariable)
	}
	var configs []mcp.ServerConfig
	names := map[string]bool{}
	for _, path := range []string{file, map[bool]string{true: mcpProjectFile}[f.project]} {
		if path == "" {
			continue
		}
		more, err := mcp.LoadConfig(path, os.LookupEnv)
		if err != nil {
			return nil, usageError{err}
		}
		for _, c := range more {
			if !names[c.Name] { // the user's own win over the project's
				configs = append(configs, c)
			}
			names[c.Name] = true
		}
	}
	return configs, nil
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
	configs, err := f.servers()
	if err != nil {
		return nil, err
	}
	if len(configs) == 0 {
		return kernel.NewSession(cfg)
	}
	if cfg.Sandbox == nil {
		if cfg.Sandbox, err = sandbox.New(cfg.Dir, sandbox.Restricted(".")); err != nil {
			return nil, err
		}
	}
	ctx := context.Background()
	if f.cmd != nil && f.cmd.Context() != nil {
		ctx = f.cmd.Context() // an interrupt ends connecting too
	}
	cfg.Tools, _, cfg.OnClose = a.connect(ctx, configs, cfg.Sandbox)
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
