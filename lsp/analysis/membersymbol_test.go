package analysis_test

import (
	"regexp"
	"testing"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// TestMembersOfUnknownTables: a method of a class that comes from where it is not known is one thing,
// where the class declares it, where self calls it and where others do.
func TestMembersOfUnknownTables(t *testing.T) {
	text := `local Base = require("elsewhere")
local C = Base:extend{y = 1}
function C:show(x) self.shown = x return self:show(1) end
C.other = C.show
C.show(C, 2)
print(C.shown, C.lost)
local function f(D) D.show() end
local E = Base:extend()
function E.show() end
E.show()
`
	f := analysis.NewFile("file:///a.lua", "", 1, text)
	s := analysis.NewSnapshot(nil, nil).WithFile(f)
	for piece, want := range map[string]int{`:(show)\(x`: 4, `self:(show)`: 4, `= C\.(show)`: 4, `C\.(show)\(C`: 4, `self\.(shown)`: 2, `C\.(shown)`: 2, `C\.(lost)`: 0, `D\.(show)`: 0, `function E\.(show)`: 2, `\nE\.(show)`: 2} {
		at := regexp.MustCompile(piece).FindStringSubmatchIndex(text)[2]
		sym, _, ok := s.SymbolAt(f, at)
		if ok != (want != 0) {
			t.Errorf("%s: %+v, %v", piece, sym, ok)
			continue
		}
		if !ok {
			continue
		}
		refs := s.References(t.Context(), sym)
		self := false
		for _, r := range refs {
			self = self || r.Start == at
		}
		if len(refs) != want || !self {
			t.Errorf("%s: %d references, not %d, itself among them: %v", piece, len(refs), want, self)
		}
	}
}
