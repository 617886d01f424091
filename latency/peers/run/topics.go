package main

import (
	"context"

	"github.com/llmspell/llmspell/latency/bench"
)

// topic is something that several programs do.
type topic struct {
	name, what, unlike string // unlike: how the rows differ, if they do
	unit               bench.Unit
	times              int
	peers              []peer
}

// peer is one of the programs; ours is the first of each topic.
type peer struct {
	name, command string
	needs         need
	open          func(context.Context, *bench.Env) (*bench.Probe, error)
}

// benchmark is the measurement of one of them.
func (p peer) benchmark(t topic) bench.Benchmark {
	return bench.Benchmark{
		Name: t.name + "/" + p.name, Group: bench.Debugger, What: t.what, Reach: bench.Process, Unit: t.unit, Times: t.times,
		Open: func(ctx context.Context, env *bench.Env) (*bench.Probe, error) {
			if err := p.needs.missing(ctx); err != nil {
				return nil, err
			}
			return p.open(ctx, env)
		},
	}
}

func topics() []topic {
	lldb, _ := lldbDAP()
	stepping := func(look bool) []peer {
		return []peer{
			{"llmspell", "llmspell dap", nothing, steps(adapters.llmspell, look)},
			{"dlv", "dlv dap", needDlv, steps(adapters.dlv, look)},
			{"lldb-dap", lldb, need{program: lldb, install: "apt-get install lldb-19, or another from 18 on"}, steps(adapters.lldb, look)},
			{"debugpy", "python3 -m debugpy.adapter", debugpy, steps(adapters.debugpy, look)},
		}
	}
	plain := []peer{
		{"llmspell", "llmspell run work.lua", nothing, lua("", "run")},
		{"lua5.1", "lua5.1 work.lua", needLua, lua("lua5.1")},
		{"luajit", "luajit work.lua", needJIT, lua("luajit")},
	}
	armed := []peer{
		{"llmspell", "llmspell debug work.lua --batch --break work.lua:LINE", nothing, lua("", "debug")},
		{"lua5.1", "lua5.1, debug.sethook with \"l\"", needLua, hooked("lua5.1")},
		{"luajit", "luajit, debug.sethook with \"l\", jit.off()", needJIT, hooked("luajit")},
	}
	hash, parse := toolCalls()
	return []topic{
		{"step", "next → stopped", "each steps in a program of its own language: the same loop, call, table and sum", bench.Nanoseconds, 50, stepping(false)},
		{"step+locals", "next → stopped, then the stack, scopes and locals", "as above", bench.Nanoseconds, 25, stepping(true)},
		{"lua", "calls, tables and a loop in Lua: processor time that the script itself tells", "LuaJIT compiles to machine code and PUC Lua is C, while llmspell runs gopher-lua, an interpreter in Go that boxes numbers and checks limits at each instruction. The next step would be an interpreter of our own with unboxed numbers", bench.Nanoseconds, 1, plain},
		{"lua+breakpoints", "the same with breakpoints on two lines that are never reached", "a line hook is what debuggers of PUC Lua and LuaJIT have. Where they are faster, it is for their interpreters, as above, and so is the next step. The table below has what the breakpoints cost each, which is what a debugger can change", bench.Nanoseconds, 1, armed},
		{"completion", "an edit and a completion in a file of 5,000 lines", "gopls completes Go, in a file of as many lines", bench.Nanoseconds, 20, []peer{
			{"llmspell", "llmspell lsp", nothing, completion("")}, {"gopls", "gopls", needGopls, completion("gopls")},
		}},
		{"kernel-start", "a kernel's start, until it takes requests", "", bench.Nanoseconds, 1, []peer{
			{"llmspell", "llmspell kernel start --daemon", nothing, suiteProbe("start/daemon")}, {"ipykernel", "jupyter_client's KernelManager", ipykernel, jupyterStart},
		}},
		{"execute", "a constant is executed in a running kernel, as its own client sees it", "", bench.Nanoseconds, 20, []peer{
			{"llmspell", "kernel/rpc's Client", nothing, suiteProbe("socket/run")}, {"ipykernel", "jupyter_client's execute_interactive", ipykernel, jupyterRun("1", "1")},
		}},
		{"tool-hash", "SHA-256 of a text of 64 KB that is sent with the call, in a running kernel", unlikeTools, bench.Nanoseconds, 20, hash.peers()},
		{"tool-json", "one value of a JSON text of 64 KB that is sent with the call, in a running kernel", unlikeTools, bench.Nanoseconds, 20, parse.peers()},
	}
}

const unlikeTools = "llmspell calls a tool, whose parameters are checked and whose call is counted; ipykernel has no tools and executes a line of Python that does the same"
