package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/suite"
)

// toolCall is work that a tool of llmspell does, and a line of Python in a running kernel of Jupyter.
// Each call sends the text.
type toolCall struct {
	tool   string
	params map[string]any
	python string
	want   string // the result as text
}

const recordCount = 1000

// records is a JSON text of 64 KB.
func records() string {
	var b strings.Builder
	for i := range recordCount {
		fmt.Fprintf(&b, `,{"id":%d,"name":"user %d","tags":["a","b"],"score":%d.5}`, i, i, i)
	}
	return "[" + b.String()[1:] + "]"
}

func toolCalls() (hash, parse toolCall) {
	text := records()
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	hash = toolCall{
		tool: "hash-calculator", params: map[string]any{"operation": "hash", "algorithm": "sha256", "input": text},
		python: fmt.Sprintf("import hashlib\nhashlib.sha256(%q.encode()).hexdigest()", text), want: sum,
	}
	last := fmt.Sprintf("user %d", recordCount-1)
	parse = toolCall{
		tool: "json-processor", params: map[string]any{"input": text, "query": fmt.Sprintf(".[%d].name", recordCount-1)},
		python: fmt.Sprintf("import json\njson.loads(%q)[%d]['name']", text, recordCount-1), want: last,
	}
	return hash, parse
}

// peers are the call by llmspell and by ipykernel.
func (c toolCall) peers() []peer {
	return []peer{
		{"llmspell", "kernel/rpc's Client, the tool " + c.tool, nothing, c.invoke},
		{"ipykernel", "jupyter_client's execute_interactive", ipykernel, jupyterRun(c.python, "'"+c.want+"'")},
	}
}

// invoke measures calls in a running kernel. None is answered from a cache.
func (c toolCall) invoke(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	d, client, err := suite.Connect(ctx, env)
	if err != nil {
		return nil, err
	}
	return &bench.Probe{
		Once: func() error {
			res, err := client.InvokeTool(ctx, rpc.InvokeParams{Name: c.tool, Params: c.params, NoCache: true})
			if err == nil && (!res.Success || !strings.Contains(string(res.Result), fmt.Sprintf("%q", c.want))) {
				err = fmt.Errorf("%s answered %+v %.300s", c.tool, res, res.Result)
			}
			return err
		},
		CPU:   func() time.Duration { return bench.ProcessCPU(d.PID) },
		Close: func() error { return errors.Join(client.Close(), d.Stop()) },
	}, nil
}
