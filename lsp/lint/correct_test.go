package lint_test

import (
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/lint"
)

// TestCorrect checks programs that run: nothing may be found in them.
func TestCorrect(t *testing.T) {
	for name, text := range map[string]string{
		"a script's first line": "#!/usr/bin/env llmspell\nprint(1)\n",
		"a byte order mark":     "\ufeffprint(1)\n",
		"a field is removed":    "local q = {operation = 'evaluate', input = '1', extra = 1}\nq.extra = nil\nTool.execute('calculator', q)\n",
		"fields are assigned":   "local w = {operation = 'x'}\nw.operation = 'validate'\nw.input = '1'\nTool.get('calculator'):execute(w)\n",
		"a field is converted":  "local n = {input = 5}\nn.input = tostring(n.input)\nTool.execute('calculator', n)\n",
		"all of the settings":   "print(Config.getSection(), Config:getSection())\n",
		"its own execute":       "local Tool = {execute = print}\nTool.execute('calculator')\n",
		"no parameters needed":  "local function call(...) return Tool.execute(...) end\nprint(pcall(Tool.execute, ...), call('calculator', {input = '1'}))\n",
		"a function changes it": "local function norm(m) m.input = tostring(m.input) end\nlocal m = {input = 5}\nnorm(m)\nTool.execute('calculator', m)\n",
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range check(t, text, nil) {
				t.Errorf("%d to %d: %s [%s]", f.Start, f.End, f.Message, f.Code)
			}
		})
	}
}

// TestNoCatalogue: calls are checked also where no tools are known.
func TestNoCatalogue(t *testing.T) {
	f := analysis.NewFile("file:///a.lua", "", 1, "print(1)\nTool.execute('calculator')\nprint(pcall(Tool.execute, 'calculator'))\n")
	for _, x := range lint.Check(t.Context(), analysis.NewSnapshot(nil, nil).WithFile(f), f) {
		t.Errorf("%s [%s]", x.Message, x.Code)
	}
}

// TestThroughVariable: a table that a tool gets as it was written is judged as in a call.
func TestThroughVariable(t *testing.T) {
	found := check(t, "local q = {operation = 'evaluate', inptu = '1'}\nTool.execute('calculator', q)\n", nil)
	if len(found) != 1 || found[0].Code != "unknown-parameter" {
		t.Errorf("%+v", found)
	}
	if found := check(t, "print(Tool.get(''))\n", nil); len(found) != 0 {
		t.Errorf("a name that is about to be written: %+v", found)
	}
}
