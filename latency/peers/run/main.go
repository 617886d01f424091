// Command run measures llmspell side by side with programs that do the same, in one run, with the same client, and
// prints the table, or with -write makes docs/performance.md of it. scripts/peers.sh installs the others.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/peers/vectors"
	"github.com/llmspell/llmspell/latency/suite"
)

func main() {
	binary := flag.String("binary", "bin/llmspell", "the llmspell that is measured")
	write := flag.String("write", "", "write this page, and measure what `llmspell bench` does besides")
	rounds := flag.Int("count", 5, "rounds")
	searched := flag.String("vectors", "", "the file with what TestVectorPeers measured: LLMSPELL_PEERS_ROWS")
	only := flag.String("topic", "", "only topics whose names match this regular expression")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *binary, *write, *only, *searched, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, binary, write, only, searched string, rounds int) (err error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-topic: %w", err)
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	var searches []vectors.Row
	if searched != "" {
		if searches, err = vectors.Load(searched); err != nil {
			return err
		}
	}
	env, end, err := suite.NewEnv(binary)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	tell := func(p bench.Progress) { fmt.Fprintf(os.Stderr, "%d of %d: %s\n", p.Done, p.Total, p.Name) }
	var list []bench.Benchmark
	for _, t := range topics() {
		if !pattern.MatchString(t.name) {
			continue
		}
		for _, p := range t.peers {
			list = append(list, p.benchmark(t))
		}
	}
	if len(list) == 0 {
		return fmt.Errorf("no topic is meant by -topic %s", only)
	}
	result, err := bench.Measure(ctx, list, env, bench.Options{Rounds: rounds, Progress: tell})
	if err != nil {
		return err
	}
	if write == "" {
		err := table(os.Stdout, result)
		if len(searches) > 0 {
			err = errors.Join(err, vectorTable(os.Stdout, searches))
		}
		return err
	}
	own, err := bench.Measure(ctx, suite.All(), env, bench.Options{Rounds: rounds, Progress: tell})
	if err != nil {
		return err
	}
	f, err := os.Create(write)
	if err != nil {
		return err
	}
	return errors.Join(page(f, result, own, searches), f.Close())
}
