package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/mcp"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/tool"
)

// mcpTokenVariable holds the token of the HTTP server when no file does.
const mcpTokenVariable = "LLMSPELL_MCP_TOKEN"

// mcpServeFlags say what is offered, to whom.
type mcpServeFlags struct {
	transport   choice
	addr        string
	tokenFile   string
	allowRemote bool
	tools       []string
	exclude     []string
	category    []string
	all         bool
	perms       permissions
}

func (a *app) mcpServeCommand() *cobra.Command {
	f := mcpServeFlags{transport: newChoice("stdio", "http")}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Offer the built-in tools to an MCP client",
		Long: "Offer the built-in tools to an MCP client on stdin and stdout, where nothing else is\n" +
			"printed, or with --transport http to any number of clients, at http://ADDR" + mcp.HTTPPath + ".\n\n" +
			"The permissions bound what the tools may touch. Tools that could do nothing under them,\n" +
			"such as those that need the network, are not offered, unless --all asks for them.\n\n" +
			"Over HTTP clients show a token: Authorization: Bearer TOKEN. It comes from --token-file or\n" +
			"the environment variable " + mcpTokenVariable + "; without either, one is made and printed on stderr.",
		Example: "  llmspell mcp serve --allow-read=./data --allow-net=api.example.com\n" +
			"  llmspell mcp serve --transport http --addr 127.0.0.1:9559 --category data,utility",
		Args: cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error { return a.serveMCP(cmd.Context(), &f) }),
	}
	addChoice(cmd, &f.transport, "transport", "how clients are served")
	cmd.Flags().StringVar(&f.addr, "addr", "127.0.0.1:9559", "where to listen for HTTP (port 0 picks one)")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "file with the token that HTTP clients must show")
	cmd.Flags().BoolVar(&f.allowRemote, "allow-remote", false, "allow addresses of other machines; needs a token of yours")
	cmd.Flags().StringSliceVar(&f.tools, "tools", nil, "offer only these tools")
	cmd.Flags().StringSliceVar(&f.category, "category", nil, "offer only tools of these categories")
	cmd.Flags().StringSliceVar(&f.exclude, "exclude", nil, "do not offer these tools")
	cmd.Flags().BoolVar(&f.all, "all", false, "offer tools that the permissions leave nothing to do, too")
	_ = cmd.RegisterFlagCompletionFunc("tools", completeTools)
	_ = cmd.RegisterFlagCompletionFunc("exclude", completeTools)
	f.perms.add(cmd)
	return cmd
}

func (a *app) serveMCP(ctx context.Context, f *mcpServeFlags) error {
	if f.transport.value == "stdio" && (f.tokenFile != "" || f.allowRemote) {
		return usagef("--token-file and --allow-remote need --transport http")
	}
	box, err := f.perms.sandbox()
	if err != nil {
		return err
	}
	reg := tools.Builtin()
	offered, err := f.offered(reg, box.Policy())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	version, _ := buildVersion()
	log := a.slog("mcp")
	options := kernel.ToolOptions(configOf(f.perms.cmd).Config)
	options.Sandbox, options.Panicked = box, a.logPanic
	inv := tools.NewInvoker(reg, options)
	server := mcp.NewServer(ctx, inv, mcp.ServerOptions{Version: version, Tools: offered, Log: log})
	a.component("mcp").Info("serving", zap.Int("tools", len(offered)), zap.String("transport", f.transport.value))
	if f.transport.value == "stdio" {
		return mcp.ServeStdio(ctx, server, a.stdin, a.stdout)
	}
	token, err := f.token(a)
	if err != nil {
		return err
	}
	return a.serveMCPOverHTTP(ctx, f, mcp.NewHandler(server, token, log))
}

func (f *mcpServeFlags) token(a *app) (string, error) {
	token := os.Getenv(mcpTokenVariable)
	if f.tokenFile != "" {
		var err error
		if token, err = dap.ReadToken(f.tokenFile); err != nil {
			return "", usageError{err}
		}
	}
	switch {
	case token != "":
		if err := dap.CheckToken(token); err != nil {
			return "", usageError{err}
		}
		return token, nil
	case f.allowRemote:
		return "", usagef("--allow-remote needs a token, in --token-file or in %s: whoever can connect can use the tools as you", mcpTokenVariable)
	}
	token = dap.NewToken()
	fmt.Fprintf(a.stderr, "token: %s\n", token)
	return token, nil
}

// shutdownGrace is how long clients may take to leave when the server ends.
const shutdownGrace = time.Second

func (a *app) serveMCPOverHTTP(ctx context.Context, f *mcpServeFlags, h http.Handler) error {
	listen := dap.Listen
	if f.allowRemote {
		listen = dap.ListenRemote
	}
	ln, err := listen(f.addr)
	if err != nil {
		return usageError{err}
	}
	server := mcp.NewHTTPServer(h)
	fmt.Fprintf(a.stdout, "MCP server listening at: http://%s%s\n", dap.Address(ln), mcp.HTTPPath)
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
		defer cancel()
		if server.Shutdown(grace) != nil { // streams stay open as long as their clients like
			server.Close()
		}
	})
	err = server.Serve(ln)
	if !stop() {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// offered selects the tools.
func (f *mcpServeFlags) offered(reg *tools.Registry, policy sandbox.Policy) ([]*tool.Descriptor, error) {
	wanted, err := named(reg, "--tools", f.tools)
	if err != nil {
		return nil, err
	}
	unwanted, err := named(reg, "--exclude", f.exclude)
	if err != nil {
		return nil, err
	}
	for _, c := range f.category {
		if known := reg.Categories(); !slices.Contains(known, c) {
			return nil, usagef("--category: there is no category %q%s; there are %s", c, didYouMean(c, known), strings.Join(known, ", "))
		}
	}
	var out []*tool.Descriptor
	for _, d := range reg.List(tools.Filter{}) {
		if len(wanted) > 0 && !wanted[d.Name] || unwanted[d.Name] || len(f.category) > 0 && !slices.Contains(f.category, d.Category) {
			continue
		}
		if !f.all && !wanted[d.Name] && !couldWork(d, &policy) {
			continue
		}
		out = append(out, d)
	}
	if len(out) == 0 {
		return nil, usagef("no tool is left to offer; see llmspell tool list")
	}
	return out, nil
}

func named(reg *tools.Registry, flag string, names []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, name := range names {
		d, ok := reg.Get(name)
		if !ok {
			return nil, usagef("%s: %s", flag, reg.Unknown(name).Message)
		}
		out[d.Name] = true
	}
	return out, nil
}

// couldWork tells whether a policy allows anything of what a tool needs. Tools
// that work on files are those of some categories; elsewhere files are one way
// among others to pass the input.
func couldWork(d *tool.Descriptor, p *sandbox.Policy) bool {
	some := func(rules ...*sandbox.Rule) bool {
		return slices.ContainsFunc(rules, func(r *sandbox.Rule) bool { return r.All || len(r.Allow) > 0 })
	}
	for _, need := range d.Needs {
		switch need {
		case tool.Network:
			if !some(&p.Net, &p.DB) {
				return false
			}
		case tool.Processes:
			if !some(&p.Run) {
				return false
			}
		case tool.Environment:
			if !some(&p.Env) {
				return false
			}
		case tool.Files:
			if !some(&p.Read, &p.Write) && slices.Contains([]string{"filesystem", "document", "media"}, d.Category) {
				return false
			}
		}
	}
	return true
}
