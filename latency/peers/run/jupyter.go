package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/client"
)

//go:embed programs/ipykernel.py
var jupyterProgram string

// jupyter is a Jupyter kernel with its client.
type jupyter struct {
	program *client.Program
	lines   *bufio.Reader
}

// startJupyter returns how long the start took.
func startJupyter(ctx context.Context, env *bench.Env) (*jupyter, time.Duration, error) {
	path, _, err := put(env, "ipykernel.py", jupyterProgram, "import sys")
	if err != nil {
		return nil, 0, err
	}
	p, err := client.Start(ctx, nil, python, path)
	if err != nil {
		return nil, 0, err
	}
	j := &jupyter{program: p, lines: bufio.NewReader(p.Out)}
	took, _, err := j.told("start")
	if err != nil {
		return nil, 0, errors.Join(err, p.End())
	}
	return j, took, nil
}

// told is a time that the client tells, and the rest of its line.
func (j *jupyter) told(what string) (took time.Duration, rest string, err error) {
	line, err := j.lines.ReadString('\n')
	words := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
	if err != nil || len(words) < 2 || words[0] != what {
		return 0, "", fmt.Errorf("the client of ipykernel said %q: %v", line, err)
	}
	ns, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil {
		return 0, "", fmt.Errorf("the client of ipykernel said %q: %w", line, err)
	}
	return time.Duration(ns), strings.Join(words[2:], ""), nil
}

func jupyterStart(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
	return &bench.Probe{Value: func() (float64, error) {
		j, took, err := startJupyter(ctx, env)
		if err != nil {
			return 0, err
		}
		return float64(took), j.program.End()
	}}, nil
}

// jupyterRun executes code, whose result must be shown so.
func jupyterRun(code, want string) func(context.Context, *bench.Env) (*bench.Probe, error) {
	return func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
		j, _, err := startJupyter(ctx, env)
		if err != nil {
			return nil, err
		}
		line, err := json.Marshal(code)
		if err != nil {
			return nil, err
		}
		var took time.Duration
		return &bench.Probe{
			Once: func() error {
				if _, err := j.program.In.Write(append(line, '\n')); err != nil {
					return err
				}
				got := ""
				took, got, err = j.told("run")
				if err == nil && got != want {
					err = fmt.Errorf("ipykernel's result is %.200s, want %s", got, want)
				}
				return err
			},
			Took:  func() time.Duration { return took },
			Close: j.program.End,
		}, nil
	}
}
