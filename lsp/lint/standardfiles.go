package lint

import (
	"strings"

	"github.com/llmspell/llmspell/runtime/syntax"
)

// openMode reports a mode that io.open refuses, whatever follows its first letter.
func (p *pass) openMode(n syntax.Node) {
	mode, ok := p.literalValue(n).(string)
	if ok && (mode == "" || !strings.Contains("rwa", mode[:1])) {
		p.at("argument-type", n, "io.open takes mode?: r, w or a and what may follow, but is given "+p.tree.Source(n))
	}
}

// readFormats reports formats that reading refuses: all must begin with n, l, L or a, or with *
// and one of these.
func (p *pass) readFormats(function string, args []syntax.Node) {
	for _, n := range args {
		format, ok := p.literalValue(n).(string)
		if !ok {
			continue
		}
		letter := strings.TrimPrefix(format, "*")
		if letter == "" || !strings.Contains("nlLa", letter[:1]) {
			p.at("argument-type", n, function+" takes *n, *l, *L, *a or a number of bytes, but is given "+p.tree.Source(n))
		}
	}
}
