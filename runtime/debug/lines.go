package debug

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/llmspell/llmspell/runtime/compile"
)

// Lines returns the lines from `from` to `to` at which breakpoints can stop, in
// ascending order. A source that is not loaded is read from its file.
func (e *Engine) Lines(src Source, from, to int) ([]int, error) {
	e.mu.Lock()
	chunk := latest(e.chunks[sourceKey(src)])
	e.mu.Unlock()
	switch {
	case chunk != nil:
		return linesOf(chunk, from, to), nil
	case src.Path != "" && e.readable(src.Path):
		return LinesOfFile(src.Path, from, to)
	}
	return nil, fmt.Errorf("the source %s is not loaded", sourceKey(src))
}

// LinesOfFile is Engine.Lines for a file that is not loaded.
func LinesOfFile(path string, from, to int) ([]int, error) {
	chunk, err := compileFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return linesOf(chunk, from, to), nil
}

func linesOf(c *compile.Chunk, from, to int) []int {
	lines := []int{}
	for line := range c.Lines() {
		if from <= line && line <= to {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}
