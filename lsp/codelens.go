package lsp

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/internal/luatest"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// Commands of code lenses. Editors that have debugCommand or referencesCommand say so in
// their capabilities, as the list experimental.commands.commands; docs/lsp.md tells the
// arguments.
const (
	runCommand        = "llmspell.run"
	debugCommand      = "llmspell.debug"
	referencesCommand = "llmspell.showReferences"
)

// Runnable is the argument of the commands llmspell.run and llmspell.debug.
type Runnable struct {
	// URI of the script, as the client writes it.
	URI protocol.URI `json:"uri"`
	// Function, if not empty, is a test function of the script's, as it is called once
	// the script has run: "test_add", "M.test_add", "Suite:test_add".
	Function string `json:"function,omitempty"`
	// Line is where the script or the function begins, from 0.
	Line uint32 `json:"line"`
	// Args are the script's arguments.
	Args []string `json:"args,omitempty"`
}

// codeLens answers textDocument/codeLens: what runs and debugs the script and its test
// functions, and how often functions are used, which is found out later.
func codeLens() feature {
	return on("textDocument/codeLens", func(_ context.Context, r *request, _ *protocol.CodeLensParams) ([]protocol.CodeLens, error) {
		out := []protocol.CodeLens{}
		t := r.file.Tree()
		block := t.First(t.Root())
		if first := t.First(block); first != syntax.None && !r.file.Library() && protocol.URI(r.file.URI).IsFile() {
			out = append(out, r.runLenses(t.Start(first), "")...)
		}
		if !r.file.Library() {
			for _, test := range luatest.Functions(t) {
				out = append(out, r.runLenses(test.Start, test.Name)...)
			}
		}
		if !r.settings.CodeLens.References {
			return out, nil
		}
		for stat := range t.Children(block) {
			if k := t.Kind(stat); k != syntax.FuncStat && k != syntax.LocalFunc {
				continue
			}
			if c := named(r.file, stat); c.node != syntax.None {
				lens := protocol.CodeLens{Range: r.span(c.start, c.end)}
				lens.Data, _ = json.Marshal(lensData{URI: r.file.URI, Start: c.start}) // a string and a number can be written
				out = append(out, lens)
			}
		}
		slices.SortStableFunc(out, func(a, b protocol.CodeLens) int {
			return cmp.Or(cmp.Compare(a.Range.Start.Line, b.Range.Start.Line), cmp.Compare(a.Range.Start.Character, b.Range.Start.Character))
		})
		return out, nil
	}, func(_ *session, c *protocol.ServerCapabilities) {
		c.CodeLensProvider = &protocol.ResolveOptions{ResolveProvider: true}
	})
}

// runLenses are those that run and debug the script, or a function of it, at an offset.
func (r *request) runLenses(offset int, function string) []protocol.CodeLens {
	if !r.settings.CodeLens.Run {
		return nil
	}
	at := r.position(offset)
	what := Runnable{URI: r.clientURI(r.file.URI), Function: function, Line: at.Line}
	var out []protocol.CodeLens
	add := func(title, command string) {
		out = append(out, protocol.CodeLens{
			Range:   protocol.Range{Start: at, End: at},
			Command: &protocol.Command{Title: title, Command: command, Arguments: []any{what}},
		})
	}
	if r.server.opts.Run != nil || r.has(runCommand) {
		add("▶ Run", runCommand)
	}
	if r.has(debugCommand) {
		add("Debug", debugCommand)
	}
	return out
}

// has tells whether the client itself has a command.
func (s *session) has(command string) bool {
	return s.client.Lists("experimental.commands.commands", command)
}

// lensData is the data of a lens that counts references: where the name is.
type lensData struct {
	URI   string `json:"uri"` // canonical
	Start int    `json:"start"`
}

// codeLensResolve answers codeLens/resolve.
func codeLensResolve() feature {
	return on("codeLens/resolve", func(ctx context.Context, r *request, lens *protocol.CodeLens) (*protocol.CodeLens, error) {
		if len(lens.Data) == 0 {
			return lens, nil
		}
		var data lensData
		if err := json.Unmarshal(lens.Data, &data); err != nil {
			return nil, wire.Errorf(wire.CodeInvalidParams, "the lens's data is not what the server has sent: %v", err)
		}
		if r.file = r.snap.File(data.URI); r.file == nil {
			return nil, refuse("%s cannot be read any more", data.URI)
		}
		places := []protocol.Location{}
		if sym, _, ok := r.snap.SymbolAt(r.file, data.Start); ok {
			for _, ref := range r.snap.References(ctx, sym) {
				if ref.Declaration || ref.Start == data.Start && ref.URI == data.URI {
					continue
				}
				if l, ok := r.location(ref.Location); ok {
					places = append(places, l)
				}
			}
		}
		title := fmt.Sprintf("%d references", len(places))
		if len(places) == 1 {
			title = "1 reference"
		}
		lens.Command = &protocol.Command{Title: title}
		if r.has(referencesCommand) {
			lens.Command.Command = referencesCommand
			lens.Command.Arguments = []any{r.clientURI(data.URI), lens.Range.Start, places}
		}
		return lens, ctx.Err()
	}, nil)
}
