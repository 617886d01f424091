package lsp

import (
	"fmt"
	"path"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// maxWriters is how many places are listed that write something.
const maxWriters = 5

// ownText says where scripts set a state key, publish an event or fire a hook point of
// their own, and with what; "" if none does.
func (r *request) ownText(slot analysis.Slot) string {
	verb := map[string]string{"state": "Set", "event": "Published", "hook": "Fired"}[slot.Kind]
	if verb == "" {
		return ""
	}
	all := append(r.snap.NamedIn(r.file, slot.Kind, true), r.snap.NamedElsewhere(r.file, slot.Kind)...)
	var lines []string
	var shapes []types.Type
	more := 0
	for _, x := range all {
		if !x.Write || x.Name != slot.Value || slot.Arg != "" && x.Arg != "" && x.Arg != slot.Arg {
			continue
		}
		if x.Type != nil && x.Type != types.Unknown && x.Type != types.Nil {
			shapes = append(shapes, x.Type)
		}
		if len(lines) == maxWriters {
			more++
			continue
		}
		where := path.Base(x.URI)
		if f := r.snap.File(x.URI); f != nil {
			line, _ := f.Lines().Position(x.Start, syntax.UTF8)
			where = fmt.Sprintf("%s:%d", where, line+1)
		}
		text := "- " + verb + " in `" + where + "`"
		if x.Type != nil && x.Type != types.Unknown {
			text += ": `" + strings.ReplaceAll(shorten(x.Type.String(), maxDetail), "`", "'") + "`"
		} else if x.Kind != "" {
			text += ": " + x.Kind
		}
		lines = append(lines, text)
	}
	if more > 0 {
		lines = append(lines, fmt.Sprintf("- and in %d more places", more))
	}
	shape := ""
	if len(shapes) > 0 {
		if o, ok := types.Join(shapes...).(*types.Object); ok {
			shape = fence(r.tableText(o))
		}
	}
	return join(shape, strings.Join(lines, "\n"))
}
