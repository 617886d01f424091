package suite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/client"
)

// sizeBenchmarks measure the program's file, and the memory of its processes.
func sizeBenchmarks() []bench.Benchmark {
	const mb = 1 << 20
	return []bench.Benchmark{
		{Name: "size/file", Group: bench.Size, What: "the program's file", Reach: bench.Process, Unit: bench.Bytes, Budget: 112 * mb, Times: 1, Open: fileSize},
		{Name: "size/process", Group: bench.Size, What: "own memory of a process that has listed and searched all tools (Linux)", Reach: bench.Process, Unit: bench.Bytes, Budget: 10 * mb, Times: 1, Open: processSize},
		{Name: "size/kernel", Group: bench.Size, What: "own memory of a kernel that has just run 100 calls of tools (Linux)", Reach: bench.Unix, Unit: bench.Bytes, Budget: 25 * mb, Times: 1,
			Claim: bench.Claim{Figure: "30 to 40 MB idle (an estimate)", Source: guideSource}, Open: kernelSize},
	}
}

// errUntold is where the system does not tell the memory of a process.
var errUntold = errors.New("this system does not tell the memory of another process")

func fileSize(_ context.Context, env *bench.Env) (*bench.Probe, error) {
	return &bench.Probe{Value: func() (float64, error) {
		info, err := os.Stat(env.Binary)
		if err != nil {
			return 0, err
		}
		return float64(info.Size()), nil
	}}, nil
}

func processSize(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	return &bench.Probe{Value: func() (float64, error) {
		p, err := client.Start(ctx, env.Vars, env.Binary, "exec", `assert(#Tool.list() > 0 and #Tool.search("file") > 0) print("ready") io.read()`)
		if err != nil {
			return 0, err
		}
		line, _ := bufio.NewReader(p.Out).ReadString('\n')
		own := bench.ProcessMemory(p.PID(), "RssAnon")
		if err := p.End(); err != nil || line != "ready\n" {
			return 0, fmt.Errorf("the process printed %q: %w", line, err)
		}
		if own == 0 {
			return 0, errUntold
		}
		return float64(own), nil
	}}, nil
}

func kernelSize(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	d, c, err := Connect(ctx, env)
	if err != nil {
		return nil, err
	}
	return &bench.Probe{
		Value: func() (float64, error) {
			res, err := c.Run(ctx, rpc.RunParams{Code: `for i = 1, 100 do Tool.execute("calculator", { input = i .. " + 1" }) end`}, rpc.RunHandlers{})
			if err != nil || res.Error != nil {
				return 0, fmt.Errorf("the kernel answered %+v: %w", res, err)
			}
			if err := d.Status(); err != nil {
				return 0, err
			}
			if d.MemoryOwnBytes <= 0 {
				return 0, errUntold
			}
			return float64(d.MemoryOwnBytes), nil
		},
		Close: func() error { return errors.Join(c.Close(), d.Stop()) },
	}, nil
}
