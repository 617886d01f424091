package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/client"
	"github.com/llmspell/llmspell/latency/suite"
)

// measureAgainst measures another llmspell and this one in turn, each in a process that measures
// itself: what is reached directly is then of the one and of the other, too.
func (b *benchCall) measureAgainst(ctx context.Context, list []bench.Benchmark) (old, now *bench.Run, err error) {
	other, err := filepath.Abs(b.against)
	if err != nil {
		return nil, nil, err
	}
	if info, err := os.Stat(other); err != nil {
		return nil, nil, usagef("--against: %w", err)
	} else if info.IsDir() {
		return nil, nil, usagef("--against %s: it is a folder, where the file of an llmspell is needed", b.against)
	}
	this, err := os.Executable()
	if err != nil {
		return nil, nil, fmt.Errorf("find this program's file: %w", err)
	}
	first, end, err := startSide(ctx, other)
	if err != nil {
		return nil, nil, fmt.Errorf("--against %s: %w; it must be an llmspell that has `bench --against` itself", b.against, err)
	}
	defer func() { err = errors.Join(err, end()) }()
	second, end2, err := startSide(ctx, this)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, end2()) }()
	progress, done := b.progress()
	defer done()
	return bench.Against(ctx, list, first, second, bench.Options{Rounds: b.count, Progress: progress})
}

// startSide starts a program that measures itself in turn with another. end ends it.
func startSide(ctx context.Context, path string) (side *bench.Side, end func() error, err error) {
	p, err := client.Start(ctx, nil, path, "bench", "serve")
	if err != nil {
		return nil, nil, err
	}
	if side, err = bench.NewSide(p.Out, p.In); err != nil {
		return nil, nil, errors.Join(err, p.End())
	}
	return side, p.End, nil
}

// benchServeCommand is the other end of --against.
func (a *app) benchServeCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "serve",
		Short:  "Measure what lines of stdin ask for, in turn with another llmspell",
		Hidden: true, // bench --against starts it
		Args:   cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			binary, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find this program's file: %w", err)
			}
			env, end, err := suite.NewEnv(binary)
			if err != nil {
				return err
			}
			return errors.Join(bench.Serve(cmd.Context(), suite.All(), env, a.stdin, a.stdout), end())
		}),
	}
}
