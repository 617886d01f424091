package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/internal/socket"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/kernel/service"
	"github.com/llmspell/llmspell/tools/sandbox"
)

// exitUnreachable is the exit code of a command whose kernel is not there.
const exitUnreachable = 5

// kernelVariable chooses the kernel when no flag does.
const kernelVariable = "LLMSPELL_KERNEL"

// autoKernel means the kernel that is started when it is first needed.
const autoKernel = "auto"

// connectFlags choose the kernel that a command works on.
type connectFlags struct {
	kernel    string
	argument  string // the kernel, where it is an argument of the command
	tokenFile string
	cmd       *cobra.Command
}

func (f *connectFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().StringVar(&f.kernel, "connect", "", "use a running kernel: its id, the path of its socket or connection file, HOST:PORT,\nor auto, which starts one (or "+kernelVariable+")")
	f.addToken(cmd)
	_ = cmd.RegisterFlagCompletionFunc("connect", completeKernels)
}

// addTo adds the flags to a group of commands that work on what a kernel keeps. Each
// then uses a copy of f with its own cmd.
func (f *connectFlags) addTo(group *cobra.Command, what string) {
	flags := group.PersistentFlags()
	flags.StringVar(&f.kernel, "connect", "", "work on "+what+" of a running kernel (or "+kernelVariable+"): see llmspell run --help")
	flags.StringVar(&f.tokenFile, "token-file", "", "file with the token of a kernel at HOST:PORT (or "+rpc.TokenVariable+")")
	_ = group.RegisterFlagCompletionFunc("connect", completeKernels)
}

func (f *connectFlags) addToken(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "", "file with the token of a kernel at HOST:PORT (or "+rpc.TokenVariable+")")
}

// name is the kernel that was chosen, or "" for none. The flag wins, also when it is
// empty.
func (f *connectFlags) name() string {
	if f.argument != "" {
		return f.argument
	}
	if f.cmd != nil && f.cmd.Flags().Changed("connect") {
		return f.kernel
	}
	return os.Getenv(kernelVariable)
}

// kernels are the kernels of this user.
func kernels() daemon.Root { return daemon.DefaultRoot().Asking(service.Ask) }

// wanted tells whether a kernel was chosen.
func (f *connectFlags) wanted() bool { return f.name() != "" }

// completeKernels completes what chooses a kernel: ids, and paths.
func completeKernels(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	out, _ := completeRunning(nil, nil, "")
	return append([]string{autoKernel + "\tthe one that starts by itself"}, out...), cobra.ShellCompDirectiveDefault
}

// completeRunning completes the ids of the kernels that run. args are the words that
// are there already: commands take one kernel.
func completeRunning(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	list, err := kernels().List()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var out []string
	for _, rec := range list {
		out = append(out, rec.ID+"\tprocess "+fmt.Sprint(rec.PID))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// dialKernel connects to a kernel by its name, as the flag takes it; "" is the only
// one that runs. Errors are such that the command exits with exitUnreachable if the
// kernel is not there.
func (a *app) dialKernel(ctx context.Context, name, tokenFile string, permissions *rpc.Permissions) (*rpc.Client, error) {
	target, err := a.resolveKernel(ctx, name)
	if err != nil {
		return nil, err
	}
	return a.dialTarget(ctx, target, tokenFile, rpc.ClientOptions{Permissions: permissions})
}

func (a *app) resolveKernel(ctx context.Context, name string) (daemon.Target, error) {
	if name != autoKernel {
		return kernels().Resolve(name)
	}
	command, err := a.kernelCommand(daemon.AutoID, nil)
	if err != nil {
		return daemon.Target{}, err
	}
	return kernels().Auto(ctx, command)
}

func (a *app) dialTarget(ctx context.Context, target daemon.Target, tokenFile string, o rpc.ClientOptions) (*rpc.Client, error) {
	token := target.Token
	if !strings.HasPrefix(target.Address, "unix:") {
		given, err := socket.ReadToken(tokenFile, rpc.TokenVariable)
		if err != nil {
			return nil, usageError{err}
		}
		if given != "" {
			token = given
		}
	}
	o.Name, o.Token = "llmspell", token
	client, err := rpc.Dial(ctx, target.Address, o)
	if rpc.IsCode(err, rpc.CodeUnauthorized) && token == "" {
		err = fmt.Errorf("%w: give its token with --token-file FILE, or in %s", err, rpc.TokenVariable)
	}
	return client, err
}

// kernelFor connects a command to the kernel that its flags choose.
func (a *app) kernelFor(ctx context.Context, f *connectFlags, permissions *rpc.Permissions) (*rpc.Client, error) {
	name := f.name()
	client, err := a.dialKernel(ctx, name, f.tokenFile, permissions)
	if err != nil && name != "" && f.argument == "" && !f.cmd.Flags().Changed("connect") {
		err = fmt.Errorf("%s=%s: %w", kernelVariable, name, err)
	}
	return client, err
}

// isUnreachable tells whether err says that a kernel is not there, or has no room for
// this client.
func isUnreachable(err error) bool {
	return errors.Is(err, rpc.ErrUnreachable) || errors.Is(err, daemon.ErrNotRunning) || errors.Is(err, rpc.ErrRefused) && rpc.IsCode(err, rpc.CodeBusy)
}

// kernelExit is the exit code for a kernel's error.
func kernelExit(err error) (code int, ok bool) {
	e, ok := errors.AsType[*rpc.Error](err)
	if !ok {
		return exitScript, false
	}
	switch e.Code {
	case rpc.CodeDenied, rpc.CodeUnauthorized:
		return exitDenied, true
	case rpc.CodeTimeout:
		return exitTimeout, true
	case rpc.CodeShutdown, rpc.CodeVersion:
		return exitUnreachable, true
	case rpc.CodeCancelled:
		return exitInterrupted, true
	}
	return exitScript, true
}

// wire is what the flags say, for a kernel to hear: nil if they say nothing, so that
// the kernel decides. A script that does not lie in the working folder may use its own
// too.
func (f *permissions) wire(folder string) (*rpc.Permissions, error) {
	if !f.given() && filepath.Clean(folder) == "." {
		return nil, nil
	}
	policy, err := f.policy(folder)
	if err != nil {
		return nil, err
	}
	// Everything is said by lists, so that both sides mean the same.
	out := &rpc.Permissions{Profile: "safe", Allow: map[string]rpc.PermissionList{}, Deny: map[string]rpc.PermissionList{}}
	trusted := true
	for _, p := range sandbox.Permissions() {
		rule := *policy.Rule(p)
		trusted = trusted && rule.All && len(rule.Deny) == 0
		if p == sandbox.Read || p == sandbox.Write {
			for i, path := range rule.Allow {
				if rule.Allow[i], err = filepath.Abs(path); err != nil {
					return nil, fmt.Errorf("the folder of the permission %s: %w", p, err)
				}
			}
		}
		if rule.All || len(rule.Allow) > 0 {
			out.Allow[string(p)] = rpc.PermissionList{All: rule.All, Entries: rule.Allow}
		}
		if len(rule.Deny) > 0 {
			out.Deny[string(p)] = rpc.PermissionList{Entries: rule.Deny}
		}
	}
	if trusted {
		return &rpc.Permissions{Profile: "trusted"}, nil
	}
	return out, nil
}

// stateFile is a file of ours in the user's folder of state.
func stateFile(name string) string { return filepath.Join(config.StateDir(), name) }
