package dap

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	dap "github.com/google/go-dap"
)

// maxSourceBytes is the largest file that a source request returns.
const maxSourceBytes = 8 << 20

// source returns the text of a source that the script loaded, or of a file of
// its workspace. Other files are not read, whatever the client asks for: it may
// not be the user's editor.
func (s *session) source(args dap.SourceArguments) (any, error) {
	e, err := s.engine()
	if err != nil {
		return nil, err
	}
	ref := args.SourceReference
	if ref == 0 && args.Source != nil {
		ref = args.Source.SourceReference
	}
	if ref != 0 {
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
		if src.Path != "" && src.Path == want.Path {
			text, err := readSource(src.Path)
			return sourceBody(text), err
		}
	}
	if real, err := filepath.EvalSymlinks(want.Path); err == nil && s.run.mayRead(real) {
		text, err := readSource(real)
		return sourceBody(text), err
	}
	return nil, badArguments("source: %q was not loaded by the script, and is not a file of its workspace", args.Source.Path)
}

func sourceBody(text string) dap.SourceResponseBody {
	return dap.SourceResponseBody{Content: text, MimeType: "text/x-lua"}
}

// readSource reads a file of bounded size.
func readSource(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read source: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSourceBytes+1))
	if err != nil {
		return "", fmt.Errorf("read source: %w", err)
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
	for _, src := range s.run.engine.Sources() {
		if w := s.run.translator.source(src); w != nil {
			body.Sources = append(body.Sources, *w)
		}
	}
	return body, nil
}
