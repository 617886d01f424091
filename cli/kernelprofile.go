package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/kernel/metrics"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// profiledKernel is a kernel that can be asked for profiles.
type profiledKernel interface {
	// Profile takes a profile of a kind for a time; 0: the usual one.
	Profile(ctx context.Context, kind string, took time.Duration) ([]byte, error)
	Close() error
}

// kernelProfileCommand is `kernel profile`. connect finds a kernel by its id, or
// the only one that runs if it is empty.
func (a *app) kernelProfileCommand(connect func(ctx context.Context, id string) (profiledKernel, error)) *cobra.Command {
	var output string
	var seconds float64
	kinds := metrics.ProfileKinds()
	cmd := &cobra.Command{
		Use:   "profile " + strings.Join(kinds, "|") + " [ID]",
		Short: "Take a profile of a kernel's Go code",
		Long: "Takes a profile of a kernel's Go code, over its private socket, for `go tool pprof`\n" +
			"(a trace for `go tool trace`). cpu, block, mutex and trace look on for some seconds;\n" +
			"the others show the moment. Interrupting it takes nothing.",
		Example: "  llmspell kernel profile heap\n  llmspell kernel profile cpu my-kernel --seconds 30 -o cpu.pprof",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return fmt.Errorf("say what to profile: one of %s", strings.Join(kinds, ", "))
			case len(args) > 2:
				return fmt.Errorf("too many arguments: %q", args[2])
			case !slices.Contains(kinds, args[0]):
				return fmt.Errorf("there is no profile %q: use one of %s", args[0], strings.Join(kinds, ", "))
			}
			return nil
		},
		ValidArgs: kinds,
		RunE: started(func(cmd *cobra.Command, args []string) error {
			took := time.Duration(seconds * float64(time.Second))
			if !(seconds >= 0 && seconds <= metrics.MaxProfileTime.Seconds()) || seconds > 0 && took == 0 {
				return usagef("--seconds is %v: it must be more than 0 and at most %v", seconds, metrics.MaxProfileTime.Seconds())
			}
			id := ""
			if len(args) == 2 {
				id = args[1]
			}
			return a.profileKernel(cmd.Context(), connect, args[0], id, output, took)
		}),
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "file to write (KIND.pprof or trace.out in the working folder); - for stdout")
	cmd.Flags().Float64Var(&seconds, "seconds", 0, fmt.Sprintf("how long cpu, block, mutex and trace look on (%v)", metrics.DefaultProfileTime.Seconds()))
	return cmd
}

func (a *app) profileKernel(ctx context.Context, connect func(context.Context, string) (profiledKernel, error), kind, id, output string, took time.Duration) error {
	if output == "-" && isTerminal(a.stdout) {
		return usagef("a profile is no text for a terminal: give -o FILE, or send the output elsewhere")
	}
	k, err := connect(ctx, id)
	if err != nil {
		return err
	}
	defer k.Close()
	data, err := k.Profile(ctx, kind, took)
	if err != nil {
		return err
	}
	if output == "-" {
		_, err := a.stdout.Write(data)
		return err
	}
	tool := "pprof"
	if kind == "trace" {
		tool = "trace"
	}
	if output == "" {
		if output = kind + ".pprof"; kind == "trace" {
			output = "trace.out"
		}
	}
	if err := a.writeFile(output, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
		return fmt.Errorf("the profile was taken and cannot be written: %w; choose another place with -o", err)
	}
	fmt.Fprintf(a.stderr, "llmspell: %s written; read it with: go tool %s %s\n", output, tool, output)
	return nil
}

// dialProfiled connects to a kernel by its id; "" is the only one that runs.
func (a *app) dialProfiled(ctx context.Context, id string) (profiledKernel, error) {
	target, err := a.resolveKernel(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := a.dialTarget(ctx, target, "", rpc.ClientOptions{Control: true})
	if err != nil {
		return nil, err
	}
	return remoteProfiles{c}, nil
}

// remoteProfiles asks a kernel of another process.
type remoteProfiles struct{ *rpc.Client }

// Profile implements profiledKernel.
func (k remoteProfiles) Profile(ctx context.Context, kind string, took time.Duration) ([]byte, error) {
	return k.Client.Profile(ctx, rpc.ProfileParams{Kind: kind, Seconds: took.Seconds()})
}
