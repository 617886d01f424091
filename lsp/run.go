package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/llmspell/llmspell/internal/luatest"
	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/lsp/wire"
)

// Script is what Options.Run runs.
type Script struct {
	// Path is the script's file. Text is what runs: that of the editor, which may not be
	// saved.
	Path, Text string
	Args       []string
	// Output takes what the script prints, on both streams.
	Output func(text string)
}

// runResult answers the command llmspell.run.
type runResult struct {
	ExitCode int `json:"exitCode"`
	// Output is the end of what the script has printed.
	Output string `json:"output"`
	// Truncated: Output lacks the beginning.
	Truncated    bool  `json:"truncated"`
	Milliseconds int64 `json:"milliseconds"`
}

// maxOutput is how many bytes of a script's output the answer has.
const maxOutput = 64 << 10

// runs are the scripts that run for a client.
type runs struct {
	mu     sync.Mutex
	number int
	cancel map[int]runningScript
}

type runningScript struct {
	uri    string // canonical
	cancel context.CancelFunc
}

func (x *runs) enter(uri string, cancel context.CancelFunc) (leave func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.number++
	id := x.number
	if x.cancel == nil {
		x.cancel = map[int]runningScript{}
	}
	x.cancel[id] = runningScript{uri, cancel}
	return func() {
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.cancel, id)
	}
}

// stop ends the scripts of a file, or all if the URI is "". It returns how many.
func (x *runs) stop(uri string) (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.cancel {
		if uri == "" || s.uri == uri {
			s.cancel()
			n++
		}
	}
	return n
}

// argument reads the first argument of a command, which has the member that is named.
func argument(args []json.RawMessage, member string, into any) error {
	if len(args) == 0 {
		return wire.Errorf(wire.CodeInvalidParams, "the command's argument is missing: an object with %q", member)
	}
	return wire.Decode(args[0], into)
}

// runScript runs the text of a script as the editor has it. What it prints is logged
// line by line; the answer comes when it has ended.
func runScript(ctx context.Context, r *request, args []json.RawMessage) (any, error) {
	var what Runnable
	if err := argument(args, "uri", &what); err != nil {
		return nil, err
	}
	if r.server.opts.Run == nil {
		return nil, refuse("this server does not run scripts")
	}
	f := r.fileOf(what.URI)
	if f == nil || f.Path == "" || f.Library() {
		return nil, refuse("%s is no script that can be run: open or save it first", what.URI)
	}
	text, err := runnableText(f, what.Function)
	if err != nil {
		return nil, err
	}
	name := path.Base(f.URI)
	if what.Function != "" {
		name += " " + what.Function
	}
	asked := ctx
	shown, ctx := r.begin(ctx, nil, "llmspell: running "+name)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer r.runs.enter(f.URI, cancel)()
	start := time.Now()
	out := &outputLog{s: r.session}
	code, err := r.server.opts.Run(ctx, Script{Path: f.Path, Text: text, Args: what.Args, Output: out.write})
	result := &runResult{ExitCode: code, Milliseconds: time.Since(start).Milliseconds()}
	result.Output, result.Truncated = out.end()
	switch {
	case asked.Err() != nil: // by the client, or because it leaves
		shown.end("stopped")
		return nil, wire.Errorf(wire.CodeCancelled, "%s was stopped", name)
	case ctx.Err() != nil:
		shown.end("stopped")
		return nil, wire.Errorf(wire.CodeRequestFailed, "%s was stopped", name)
	case err != nil:
		shown.end("failed")
		return nil, refuse("%s cannot be run: %v", name, err)
	}
	shown.end("done")
	return result, nil
}

// runnableText is the text of a script, with a call of one of its functions at the end.
// Lines keep their numbers.
func runnableText(f *analysis.File, function string) (string, error) {
	if function == "" {
		return f.Text(), nil
	}
	text, known := luatest.WithCall(f.Tree(), function)
	if !known {
		return "", refuse("%s has no function %s: it may have been renamed", f.URI, function)
	}
	return text, nil
}

// outputLog logs what a script prints, line by line, and keeps its end.
type outputLog struct {
	s *session

	mu   sync.Mutex
	line string // that is not complete
	kept string
	cut  bool
}

func (o *outputLog) write(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept += text; len(o.kept) > 2*maxOutput {
		o.kept, o.cut = o.kept[len(o.kept)-maxOutput:], true
	}
	o.line += text
	if i := strings.LastIndexByte(o.line, '\n'); i >= 0 || len(o.line) > maxOutput {
		if i < 0 {
			i = len(o.line)
		}
		o.log(o.line[:i])
		o.line = o.line[min(i+1, len(o.line)):]
	}
}

func (o *outputLog) log(text string) {
	// A client that is gone, or does not read, cancels the run.
	_ = o.s.conn.Notify("window/logMessage", protocol.ShowMessageParams{Type: protocol.MessageLog, Message: strings.ToValidUTF8(text, "\uFFFD")})
}

// end logs the last line, and returns the end of the output.
func (o *outputLog) end() (text string, cut bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.line != "" {
		o.log(o.line)
	}
	if len(o.kept) > maxOutput {
		o.kept, o.cut = o.kept[len(o.kept)-maxOutput:], true
	}
	for o.cut && o.kept != "" && !utf8.RuneStart(o.kept[0]) {
		o.kept = o.kept[1:]
	}
	return strings.ToValidUTF8(o.kept, "\uFFFD"), o.cut
}

// stopScripts ends the scripts that run: those of the URI that is given, or all.
func stopScripts(_ context.Context, r *request, args []json.RawMessage) (any, error) {
	var what struct {
		URI protocol.URI `json:"uri"`
	}
	if len(args) > 0 {
		if err := argument(args, "uri", &what); err != nil {
			return nil, err
		}
	}
	uri := ""
	if what.URI != "" {
		uri = string(what.URI.Canonical())
	}
	return map[string]int{"stopped": r.runs.stop(uri)}, nil
}

// reloadTools takes the catalogue again, with what has changed in the configuration.
func reloadTools(ctx context.Context, r *request, _ []json.RawMessage) (any, error) {
	if reload := r.server.opts.Reload; reload != nil {
		if err := reload(ctx); err != nil {
			return nil, refuse("the tools cannot be loaded again: %v", err)
		}
	}
	r.server.CatalogChanged()
	tools := 0
	if c := r.server.opts.Catalog(); c != nil {
		tools = len(c.Tools())
	}
	return map[string]int{"tools": tools}, nil
}

// exportMeta writes declarations of the libraries, the globals and all tools into a
// folder, for other language servers.
func exportMeta(_ context.Context, r *request, args []json.RawMessage) (any, error) {
	var to struct {
		Folder protocol.URI `json:"folder"`
	}
	if err := argument(args, "folder", &to); err != nil {
		return nil, err
	}
	dir := to.Folder.Path()
	if dir == "" {
		return nil, refuse("%q is no folder of this machine: give a file: URI as folder", to.Folder)
	}
	more := map[string]string{}
	if c := r.snap.Catalog(); c != nil {
		more["tools.lua"] = catalog.Stub(c)
	}
	if err := library.Export(dir, more); err != nil {
		return nil, refuse("%v", err)
	}
	return map[string]int{"files": len(library.Names()) + len(more) + 1}, nil
}

// debugHere says who debugs.
func debugHere(context.Context, *request, []json.RawMessage) (any, error) {
	return nil, errors.New("the editor starts debuggers, not the language server: it has to list llmspell.debug in experimental.commands.commands, and start `llmspell dap` for the script")
}
