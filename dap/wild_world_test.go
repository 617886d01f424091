package dap_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/llmspell/llmspell/dap"
	"github.com/llmspell/llmspell/dap/daptest"
)

// wildWorld is what all runs share.
type wildWorld struct {
	schema  *daptest.Schema
	dir     string
	scripts []string

	mu       sync.Mutex
	answered map[string][2]int // by command: how often refused, and how often not
}

// count keeps how a request was answered.
func (w *wildWorld) count(command string, success bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.answered[command]
	if success {
		n[1]++
	} else {
		n[0]++
	}
	w.answered[command] = n
}

// wildScripts loop, yield, fail, wait, use tools, and read input.
var wildScripts = map[string]string{
	"loop.lua": "local n = 0\nwhile true do\n  n = n + 1\n  local t = {n = n}\n  t.n = t.n + 1\nend\n",
	"yield.lua": "local function gen(n)\n  for i = 1, n do\n    coroutine.yield(i)\n  end\nend\n" +
		"for round = 1, 20000 do\n  local co = coroutine.wrap(gen)\n  for i = 1, 5 do\n    local x = co(5)\n    print(round, i, x)\n  end\nend\n",
	"fail.lua": "local function risky(n)\n  local what = {code = n}\n  if n % 2 == 0 then\n    error(what)\n  end\n  return n .. {}\nend\n" +
		"for i = 1, 2000 do\n  print(pcall(risky, i))\n  xpcall(function() return nil + i end, debug.traceback)\nend\n" +
		"local co = coroutine.create(risky)\nprint(coroutine.resume(co, 1))\nassert(false, 'the end')\n",
	"wait.lua": "local p = io.popen('sleep 0.02; echo done')\nlocal line = p:read('*l')\np:close()\nprint(line)\nos.execute('sleep 5')\n",
	"tools.lua": "local calculator = Tool.get('calculator')\nfor i = 1, 3000 do\n" +
		"  local r = calculator:execute({operation = 'evaluate', input = i .. ' + 1'})\n  print(r.success)\n" +
		"  pcall(function() return calculator:execute({operation = 'evaluate', input = '1 +'}) end)\nend\n",
	"values.lua": "local mt = {__index = {inherited = 1}, __tostring = function(s) return 'obj' .. s.id end}\n" +
		"local obj = setmetatable({id = 7}, mt)\nobj.self = obj\nlocal bad = setmetatable({}, {__tostring = function() error('no text') end})\n" +
		"local list = {}\nfor i = 1, 2000 do\n  list[i] = i * i\nend\nlocal text = 'some text'\n" +
		"local function f(a, ...)\n  local b = a\n  return obj, bad, b, list, text, ...\nend\nfor i = 1, 20000 do\n  local n, a, b = i, f(1, i, 3)\n  f(f(n))\nend\n",
	"loads.lua": "for i = 1, 40 do\n  local chunk = assert(loadstring('local a = ...\\nreturn a + ' .. i, '=chunk' .. i))\n  print(chunk(i))\nend\n" +
		"print(require('module').name, dofile('module.lua').name)\n",
	"module.lua": "local M = {name = 'module'}\nfunction M.f(x)\n  return x\nend\nreturn M\n",
	"exit.lua":   "print('leaving')\nos.exit(3)\n",
	"syntax.lua": "local x = = 1\n",
}

func newWildWorld(t testing.TB) *wildWorld {
	t.Helper()
	w := &wildWorld{schema: daptest.FindSchema(t), dir: t.TempDir(), answered: map[string][2]int{}}
	for name, text := range wildScripts {
		path := filepath.Join(w.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	paths, err := filepath.Glob(filepath.Join(w.dir, "*.lua")) // sorted: seeds mean the same each time
	if err != nil {
		t.Fatal(err)
	}
	w.scripts = paths
	return w
}

// run is one session. The error says all that was wrong, and what was sent.
func (w *wildWorld) run(data []byte) error {
	core, logs := observer.New(zapcore.ErrorLevel)
	server := dap.NewServer(dap.Options{Log: zap.New(core)})
	r := &wildClient{world: w, choices: &choices{data: data}, pool: newPool(w)}
	r.wire = dialPipe(server, w.schema, r.pool.learn)
	orderly := r.play()
	problems := []error{r.wire.ended(wildDeadline, orderly)}
	for _, entry := range logs.All() {
		problems = append(problems, fmt.Errorf("the server's log has an error: %s %v", entry.Message, entry.ContextMap()))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("%w\nsent:\n%s", err, strings.Join(r.sent, "\n"))
	}
	return nil
}

// tested tells whether the clients were so many that something must have come of them.
func (w *wildWorld) tested() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answered["initialize"][1] >= 100
}

// missed names a command that was never refused, or never succeeded; "" if there is none.
func (w *wildWorld) missed() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, command := range []string{
		"launch", "restart", "setBreakpoints", "setFunctionBreakpoints", "setInstructionBreakpoints", "pause", "continue", "next", "stepIn",
		"stepOut", "restartFrame", "stackTrace", "scopes", "variables", "evaluate", "completions", "setVariable", "setExpression", "disassemble",
	} {
		if n := w.answered[command]; n[0] == 0 || n[1] == 0 {
			return fmt.Sprintf("%s was refused %d times and succeeded %d times", command, n[0], n[1])
		}
	}
	return ""
}
