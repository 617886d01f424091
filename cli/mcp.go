package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/tools/mcp"
)

func (a *app) mcpCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Offer the tools over the Model Context Protocol, and see the servers whose tools are at hand",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.mcpServeCommand(), a.mcpListCommand())
	return cmd
}

func (a *app) mcpListCommand() *cobra.Command {
	var config mcpFlags
	var perms permissions
	format := newChoice("table", "json")
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Connect to the configured MCP servers and show how it stands with them",
		Long: "Connect to the MCP servers of --mcp-config, of the environment variable " + mcpConfigVariable + ",\n" +
			"and with --mcp-project of ./" + mcpProjectFile + ", and show how it stands with each. Servers that are\n" +
			"commands need the permission to run them, others the permission to connect to their host.",
		Example: "  llmspell mcp list --mcp-config servers.json --allow-run=npx --allow-net=mcp.example.com",
		Args:    cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			box, err := perms.sandbox()
			if err != nil {
				return err
			}
			_, servers, end, err := a.registry(cmd.Context(), &config, box)
			if err != nil {
				return err
			}
			defer end()
			var all []mcp.Status
			if servers != nil {
				servers.Refresh(cmd.Context())
				all = servers.Status()
			}
			if err := cmd.Context().Err(); err != nil {
				return err
			}
			return a.printServers(all, format.value)
		}),
	}
	config.add(cmd)
	addChoice(cmd, &format, "format", "how to print them")
	perms.add(cmd)
	return cmd
}

// serverReport is a server in a listing, as JSON.
type serverReport struct {
	Name    string   `json:"name"`
	Target  string   `json:"target"`
	State   string   `json:"state"`
	Error   string   `json:"error,omitempty"`
	Server  string   `json:"server,omitempty"`
	Version string   `json:"version,omitempty"`
	Tools   []string `json:"tools"`
}

func (a *app) printServers(all []mcp.Status, format string) error {
	out := newOutput(a.stdout)
	if format == "json" {
		reports := []serverReport{}
		for _, st := range all {
			r := serverReport{st.Name, st.Target, string(st.State), "", st.Server, st.Version, orEmpty(st.Tools)}
			if st.Err != nil {
				r.Error = st.Err.Error()
			}
			reports = append(reports, r)
		}
		if err := writeJSON(out, reports, true); err != nil {
			return err
		}
		return out.Flush()
	}
	if len(all) == 0 {
		fmt.Fprintf(a.stderr, "llmspell: no MCP servers are configured; name a file with --mcp-config or in %s\n", mcpConfigVariable)
		return nil
	}
	t := table{header: []string{"SERVER", "STATE", "TARGET", "TOOLS"}, width: terminalWidth(a.stdout)}
	for _, st := range all {
		about := strings.Join(st.Tools, ", ")
		if st.Err != nil {
			about = st.Err.Error()
		}
		t.rows = append(t.rows, []string{st.Name, string(st.State), st.Target, about})
	}
	t.print(out)
	return out.Flush()
}

// warn prints a warning for people.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.stderr, "llmspell: warning: "+format+"\n", args...)
}
