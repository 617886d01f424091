package suite

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/client"
)

// languageBenchmarks measure the language server on stdin and stdout.
func languageBenchmarks() []bench.Benchmark {
	over := func(name, what string, lines int, budget float64, times int, once func(*document) func() error) bench.Benchmark {
		return bench.Benchmark{
			Name: name, Group: bench.Language, What: fmt.Sprintf("%s, %d lines", what, lines), Reach: bench.Stdio, Unit: bench.Nanoseconds, Budget: budget, Times: times,
			Open: func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
				d, err := openDocument(ctx, env, lines)
				if err != nil {
					return nil, err
				}
				return &bench.Probe{Once: once(d), CPU: func() time.Duration { return bench.ProcessCPU(d.PID()) }, Close: d.Leave}, nil
			},
		}
	}
	asked := func(method, piece string, least int) func(*document) func() error {
		return func(d *document) func() error {
			params := d.Document()
			var wrong error
			if piece != "" {
				var line, character int
				line, character, wrong = client.Behind(d.text, piece)
				params = d.At(line, character)
			}
			return func() error {
				body, err := d.Call(method, params)
				if err == nil && len(body) < least {
					err = fmt.Errorf("%s: the answer has %d bytes, want %d at least", method, len(body), least)
				}
				if wrong != nil {
					return wrong
				}
				return err
			}
		}
	}
	return []bench.Benchmark{
		over("lsp/completion-200", "an edit and a completion", 200, us(1500), 60, typing),
		over("lsp/completion-5000", "an edit and a completion", 5000, ms(5), 60, typing),
		over("lsp/findings-5000", "from an edit to its findings, the delay of 20 ms included", 5000, ms(60), 10, finding),
		over("lsp/hover-5000", "hover", 5000, ms(2), 60, asked("textDocument/hover", "local last = M.n", 60)),
		over("lsp/definition-5000", "definition", 5000, ms(2), 60, asked("textDocument/definition", "print(M.st", 60)),
		over("lsp/tokens-5000", "semantic tokens", 5000, ms(10), 20, asked("textDocument/semanticTokens/full", "", 10_000)),
	}
}

// document is a script that is open in a language server.
type document struct {
	*client.Editor
	text string
}

func openDocument(ctx context.Context, env *bench.Env, lines int) (*document, error) {
	p, err := client.Start(ctx, env.Vars, env.Binary, "lsp")
	if err != nil {
		return nil, err
	}
	e, err := client.NewEditor(p, "")
	if err != nil {
		p.Kill()
		return nil, err
	}
	d := &document{Editor: e, text: luagen.KernelScript(lines) + "print(M.step0({}, {}))\nlast.\n"}
	if err := e.Open("file:///bench/main.lua", "lua", d.text); err != nil {
		p.Kill()
		return nil, err
	}
	return d, nil
}

// typing types a character behind "last." and takes it away again, and asks for completion each time.
func typing(d *document) func() error {
	line, column, i := strings.Count(d.text, "\n")-1, len("last."), -1
	return func() error {
		i++
		edit, at := func() error { return d.Edit(line, column, 0, "s") }, column+1
		if i%2 == 1 {
			edit, at = func() error { return d.Edit(line, column, 1, "") }, column
		}
		if err := edit(); err != nil {
			return err
		}
		body, err := d.Call("textDocument/completion", d.At(line, at))
		if err == nil && !bytes.Contains(body, []byte(`"name"`)) {
			err = fmt.Errorf("the completion lacks name: %.300s", body)
		}
		return err
	}
}

// finding edits and waits for the findings.
func finding(d *document) func() error {
	line, column, i := strings.Count(d.text, "\n")-1, len("last."), -1
	return func() error {
		i++
		text, count := "s", 0
		if i%2 == 1 {
			text, count = "", 1
		}
		if err := d.Edit(line, column, count, text); err != nil {
			return err
		}
		return d.Findings()
	}
}
