package dap

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// maxSourceBytes is the largest file that a source request returns.
const maxSourceBytes = 8 << 20

// checksumAlgorithm is that of the checksums of sources.
const checksumAlgorithm = "SHA256"

// source returns the text of a source as the script loaded it, or of a file of
// its workspace. Other files are not read, whatever the client asks for: it may
// not be the user's editor.
func (s *session) source(ctx context.Context, args dap.SourceArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	ref := args.SourceReference
	if ref == 0 && args.Source != nil {
		ref = args.Source.SourceReference
	}
	if ref != 0 {
		if ref, err = s.run.translator.references.toEngine(ref); err != nil {
			return nil, err
		}
		text, err := e.SourceText(ref)
		if err != nil {
			return nil, err
		}
		return sourceBody(text), nil
	}
	if args.Source == nil || args.Source.Path == "" {
		return nil, badArguments("source needs a sourceReference or the path of a loaded source")
	}
	want, err := sourceKey{path: args.Source.Path}.source(s.run.translator, s.run.args.Cwd)
	if err != nil {
		return nil, err
	}
	for _, src := range e.Sources() {
		if src.Path == "" || src.Path != want.Path {
			continue
		}
		text, err := e.LoadedText(src)
		if err != nil { // the script is in a Go function: it cannot tell now
			text, err = readSource(ctx, src.Path)
		}
		return sourceBody(text), err
	}
	if real, err := filepath.EvalSymlinks(want.Path); err == nil && s.run.mayRead(real) {
		text, err := readSource(ctx, real)
		return sourceBody(text), err
	}
	return nil, badArguments("source: %q was not loaded by the script, and is not a file of its workspace", args.Source.Path)
}

func sourceBody(text string) dap.SourceResponseBody {
	return dap.SourceResponseBody{Content: text, MimeType: "text/x-lua"}
}

// readSource reads a file of bounded size, until ctx ends.
func readSource(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read source: %w", err)
	}
	defer f.Close()
	stop := context.AfterFunc(ctx, func() { f.Close() }) // it may be on a slow disk
	defer stop()
	text, err := io.ReadAll(io.LimitReader(f, maxSourceBytes+1))
	if err != nil {
		return "", orCancelled(ctx, fmt.Errorf("read source: %w", err))
	}
	if len(text) > maxSourceBytes {
		return "", fmt.Errorf("source %s is larger than %d bytes", path, maxSourceBytes)
	}
	return string(text), nil
}

// loadedSources lists what the script has loaded so far.
func (s *session) loadedSources(*request) (any, error) {
	body := dap.LoadedSourcesResponseBody{Sources: []dap.Source{}}
	if s.run == nil || s.run.engine == nil {
		return body, nil
	}
	seen := map[string]bool{} // a file that was loaded with two texts is one source
	for _, src := range s.run.engine.Sources() {
		if src.Path != "" && seen[src.Path] {
			continue
		}
		seen[src.Path] = true
		if w := s.run.translator.source(src); w != nil {
			s.run.addChecksum(w, src)
			body.Sources = append(body.Sources, *w)
		}
	}
	return body, nil
}

// addChecksum adds to w the checksum of the text that the script loaded, from
// which a client sees that its file is another by now.
func (r *run) addChecksum(w *dap.Source, src debug.Source) {
	if w == nil || src.Path == "" {
		return
	}
	sum := r.files.get(src.Path)
	if sum == "" {
		text, err := r.engine.LoadedText(src)
		if err != nil {
			return // the script is in a Go function: it cannot tell now
		}
		hash := sha256.Sum256([]byte(text))
		sum = hex.EncodeToString(hash[:])
		r.files.set(src.Path, sum)
	}
	w.Checksums = []dap.Checksum{{Algorithm: checksumAlgorithm, Checksum: sum}}
}

// SourceLoaded implements debug.Handler.
func (r *run) SourceLoaded(src debug.Source) {
	r.loading.end()
	// A file that is loaded again may be the same: ModuleLoaded knows.
	again := src.Path != "" && r.files.set(src.Path, "")
	if source := r.translator.source(src); source != nil && !again && !r.quiet.Load() {
		if src.Path == "" {
			r.loaded.addText(src)
		}
		r.session.out.notify(newEvent("loadedSource", dap.LoadedSourceEventBody{Reason: "new", Source: *source}))
	}
}

// sourceChanged tells the client that a file was loaded with another text.
func (r *run) sourceChanged(path string) {
	src := r.translator.source(debug.Source{Path: path})
	r.session.out.notify(newEvent("loadedSource", dap.LoadedSourceEventBody{Reason: "changed", Source: *src}))
}

// sourcesGone tells the client that what a run has loaded counts no more: a new
// one begins.
func (r *run) sourcesGone() {
	texts, modules := r.loaded.take()
	for _, path := range r.files.paths() {
		texts = append(texts, debug.Source{Path: path})
	}
	for _, src := range texts {
		r.session.emit("loadedSource", dap.LoadedSourceEventBody{Reason: "removed", Source: *r.translator.source(src)})
	}
	for _, m := range modules {
		r.session.emit("module", moduleEventBody{Reason: "removed", Module: r.module(m)})
	}
}

// checksums are those of the files that a script has loaded, "" for one that
// nobody has asked for. The zero value is empty.
type checksums struct {
	mu   sync.Mutex
	sums map[string]string
}

func (c *checksums) get(path string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sums[path]
}

// set tells whether the file was known before.
func (c *checksums) set(path, sum string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sums == nil {
		c.sums = map[string]string{}
	}
	_, known := c.sums[path]
	c.sums[path] = sum
	return known
}

func (c *checksums) paths() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.sums))
}
