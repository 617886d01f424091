package headless

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/llmspell/llmspell/runtime/debug"
)

// files names the sources of a run as its report does, and reads their text.
type files struct {
	root  string // the working folder
	lines map[string][]string
}

func newFiles() files {
	root, err := os.Getwd()
	if err != nil {
		root = ""
	}
	return files{root: root, lines: map[string][]string{}}
}

// name is a source's path, relative to the working folder if it lies there, or
// the name of what is no file.
func (f files) name(src debug.Source) string {
	if src.Path == "" {
		return src.Name
	}
	return f.shorten(src.Path)
}

func (f files) shorten(path string) string {
	if !filepath.IsAbs(path) || f.root == "" {
		return filepath.ToSlash(path)
	}
	roots := []string{f.root}
	if real, err := filepath.EvalSymlinks(f.root); err == nil && real != f.root {
		roots = append(roots, real)
	}
	for _, root := range roots {
		if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel)
		}
	}
	return filepath.ToSlash(path)
}

// around is how many lines are shown on each side of a stop, and maxLine how
// much of a line.
const (
	around  = 4
	maxLine = 500
)

// excerpt is the source around a line; nothing if it cannot be read.
func (f files) excerpt(e *debug.Engine, src debug.Source, line int) []SourceLine {
	out := []SourceLine{}
	if line < 1 {
		return out
	}
	lines := f.text(e, src)
	for n := max(1, line-around); n <= min(len(lines), line+around); n++ {
		text := strings.TrimRight(lines[n-1], "\r")
		if len(text) > maxLine {
			text = text[:maxLine] + "…"
		}
		out = append(out, SourceLine{Line: n, Text: text, Current: n == line})
	}
	return out
}

// text reads a source once: thousands of stops may be in it.
func (f files) text(e *debug.Engine, src debug.Source) []string {
	if src.Path == "" {
		text, err := e.SourceText(src.Reference)
		if err != nil {
			return nil
		}
		return split(text)
	}
	lines, ok := f.lines[src.Path]
	if !ok {
		data, err := os.ReadFile(src.Path)
		if err == nil {
			lines = split(string(data))
		}
		f.lines[src.Path] = lines
	}
	return lines
}

func split(text string) []string { return strings.Split(strings.TrimRight(text, "\n"), "\n") }
