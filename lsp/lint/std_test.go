package lint_test

import (
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// TestStd takes the globals of luacheck's standards for known where a file asks for them.
func TestStd(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       int
	}{
		{"a.lua", "describe('x', print)", 1},
		{"a_spec.lua", "describe('x', print) it('y', print)", 0},
		{"a_spec.lua", "descrieb('x', print)", 1},
		{"a.lua", "-- luacheck: std +busted\ndescribe('x', print)", 0},
		{"a.lua", "-- luacheck: std lua51+busted, globals mine\ndescribe('x', mine)", 0},
		{"a.lua", "-- luacheck: std ngx_lua\ndescribe('x', ngx)", 1},
	} {
		f := analysis.NewFile("file:///proj/"+tt.name, "/proj/"+tt.name, 1, tt.text)
		if got := checkFiles(t, f); len(got) != tt.want {
			t.Errorf("%s %q: %s", tt.name, tt.text, lines(tt.text, got))
		}
	}
}
