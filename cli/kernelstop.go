package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel/daemon"
	"github.com/llmspell/llmspell/kernel/rpc"
)

// stopFlags are the flags of kernel stop.
type stopFlags struct {
	id        string
	pidFile   string
	all       bool
	force     bool
	noCleanup bool
	timeout   seconds
}

func (a *app) kernelStopCommand() *cobra.Command {
	f := &stopFlags{timeout: seconds(config.Default().Kernel.ShutdownTimeout)}
	cmd := &cobra.Command{
		Use:   "stop [ID]",
		Short: "Stop a kernel, or all",
		Long: "Stop a kernel: it takes no new work, lets what runs end for --timeout, and ends. One that does\n" +
			"not end is killed. With --force what runs is interrupted at once.",
		Example:           "  llmspell kernel stop dev\n  llmspell kernel stop --all --timeout 5s",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeRunning,
		RunE: started(func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && f.id != "" && args[0] != f.id {
				return usagef("two kernels are named, %s and %s: name one, or use --all", args[0], f.id)
			}
			if len(args) == 1 {
				f.id = args[0]
			}
			switch {
			case f.all && f.id != "":
				return usagef("--all and the kernel %s exclude each other", f.id)
			case f.pidFile != "" && (f.all || f.id != ""):
				return usagef("--pid-file names a kernel: it does not go with an id or --all")
			case f.pidFile != "":
				var err error
				if f.id, err = kernelOfPIDFile(f.pidFile); err != nil {
					return err
				}
			}
			return a.stopKernels(cmd.Context(), f)
		}),
	}
	cmd.Flags().StringVarP(&f.id, "id", "i", "", "the kernel, as the argument (default: the only one that runs)")
	cmd.Flags().StringVar(&f.pidFile, "pid-file", "", "the kernel whose process id is in this file, as kernel start --pid-file writes it")
	cmd.Flags().BoolVar(&f.all, "all", false, "stop all kernels of this user")
	cmd.Flags().BoolVar(&f.force, "force", false, "do not wait for what runs")
	cmd.Flags().BoolVar(&f.noCleanup, "no-cleanup", false, "leave what a kernel that had to be killed leaves behind")
	cmd.Flags().Var(&f.timeout, "timeout", "how long what runs may go on")
	return cmd
}

// kernelOfPIDFile is the id of the kernel of this user that has the process id in a
// file. A file that a crash has left behind stops nothing: that number may be another
// program's by now.
func kernelOfPIDFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--pid-file: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 {
		return "", usagef("--pid-file: %s holds no process id", path)
	}
	list, err := kernels().List()
	if err != nil {
		return "", err
	}
	for _, rec := range list {
		if rec.PID == pid {
			return rec.ID, nil
		}
	}
	return "", fmt.Errorf("%w: no kernel of this user is process %d, as %s says", daemon.ErrNotRunning, pid, path)
}

func (a *app) stopKernels(ctx context.Context, f *stopFlags) error {
	root := kernels()
	var records []daemon.Record
	if f.all {
		list, err := root.List()
		if err != nil {
			return err
		}
		records = list
	} else {
		target, err := root.Resolve(f.id)
		if err != nil {
			return err
		}
		if target.Record.PID == 0 {
			return usagef("%s is no kernel of this user on this machine: stop it where it runs", f.id)
		}
		records = append(records, target.Record)
	}
	// All at once: each may take its time.
	var all sync.WaitGroup
	results, errs := make([]daemon.StopResult, len(records)), make([]error, len(records))
	for i, rec := range records {
		all.Go(func() {
			results[i], errs[i] = root.Stop(ctx, rec, daemon.StopOptions{
				Timeout: time.Duration(f.timeout), Force: f.force, KeepFiles: f.noCleanup,
				Shutdown: func(ctx context.Context, rec daemon.Record) error { return a.askToStop(ctx, rec, f) },
			})
		})
	}
	all.Wait()
	for i, rec := range records {
		if errs[i] == nil {
			fmt.Fprintf(a.stdout, "kernel %s (process %d) %s\n", rec.ID, rec.PID, results[i])
		}
	}
	if len(records) == 0 {
		fmt.Fprintln(a.stderr, "llmspell: no kernel runs")
	}
	return errors.Join(errs...)
}

// askPatience is how long a kernel may take to answer that it will end.
const askPatience = 5 * time.Second

// askToStop has a kernel begin its end.
func (a *app) askToStop(ctx context.Context, rec daemon.Record, f *stopFlags) error {
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	client, err := a.dialTarget(ctx, daemon.Target{Address: rec.Reach(), Record: rec}, "", rpc.ClientOptions{Control: true})
	if err != nil {
		return err
	}
	defer client.Close()
	// A drain without a time limit would last as long as what runs.
	return client.Shutdown(ctx, rpc.ShutdownParams{
		Drain: !f.force && f.timeout > 0, TimeoutMS: time.Duration(f.timeout).Milliseconds(),
	})
}
