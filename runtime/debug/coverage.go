package debug

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
)

// Coverage records which lines of the files that a script loads have run. Its
// zero value is ready to be given to an Engine. Every slot is armed until it is
// hit once, so that code which runs again runs at full speed.
type Coverage struct {
	// Ends are the numbers of the last lines of files that were loaded with more text
	// than they have, by path: later lines are left out. It is set before the files are
	// loaded.
	Ends  map[string]int
	mu    sync.Mutex
	files map[string][]*compile.Chunk // by path: the versions that were loaded
	hit   map[*compile.Slot]bool
}

// add makes a loaded source take part. Source that is no file does not.
func (c *Coverage) add(src *runtime.Source) {
	if src.Path == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.files == nil {
		c.files, c.hit = map[string][]*compile.Chunk{}, map[*compile.Slot]bool{}
	}
	if path := filepath.Clean(src.Path); !slices.Contains(c.files[path], src.Chunk) {
		c.files[path] = append(c.files[path], src.Chunk)
	}
	for _, fn := range src.Chunk.Functions {
		for _, s := range fn.Slots {
			if _, known := c.hit[s]; !known {
				c.hit[s] = false
			}
		}
	}
}

// wants tells whether a slot takes part and was not hit yet.
func (c *Coverage) wants(s *compile.Slot) bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	hit, known := c.hit[s]
	return known && !hit
}

// note records a hit and tells whether it was the first.
func (c *Coverage) note(s *compile.Slot) bool {
	if !c.wants(s) {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hit[s] = true
	return true
}

// startCoverage records from now on what runs, if c is not nil.
func (e *Engine) startCoverage(c *Coverage) {
	e.coverage = c
	for _, src := range e.st.Sources() {
		e.cover(src)
	}
}

// cover makes a source take part in the engine's coverage, if it has one.
func (e *Engine) cover(src *runtime.Source) {
	if e.coverage == nil {
		return
	}
	e.coverage.add(src)
	for _, fn := range src.Chunk.Functions {
		e.arm(fn)
	}
}

// covered notes that a slot was hit, and disarms it unless others need it.
func (e *Engine) covered(s *compile.Slot) {
	if e.coverage == nil || !e.coverage.note(s) {
		return
	}
	want := e.armedWhole(s.Function) || e.used(s)
	for _, w := range e.protos[s.Function] {
		if p := w.Value(); p != nil && want != s.Armed(p) {
			s.Arm(p, want)
		}
	}
}

// Lines returns how many lines of all files can run, and how many have.
func (c *Coverage) Lines() (found, hit int) {
	for _, f := range c.report() {
		found += len(f.lines)
		hit += countHits(f.lines)
	}
	return found, hit
}

// WriteLCOV writes what has run so far in the format of lcov's geninfo. A count
// is 1 for what has run, however often. Files below root are named relative to
// it, with slashes; root "" names all by their absolute paths.
func (c *Coverage) WriteLCOV(w io.Writer, root string) error {
	var b strings.Builder
	for _, f := range c.report() {
		fmt.Fprintf(&b, "TN:\nSF:%s\n", relativeTo(root, f.path))
		hits := 0
		for _, fn := range f.functions {
			fmt.Fprintf(&b, "FN:%d,%s\n", fn.line, fn.name)
		}
		for _, fn := range f.functions {
			fmt.Fprintf(&b, "FNDA:%d,%s\n", count(fn.hit), fn.name)
			hits += count(fn.hit)
		}
		fmt.Fprintf(&b, "FNF:%d\nFNH:%d\n", len(f.functions), hits)
		for _, line := range f.order() {
			fmt.Fprintf(&b, "DA:%d,%d\n", line, count(f.lines[line]))
		}
		fmt.Fprintf(&b, "LF:%d\nLH:%d\nend_of_record\n", len(f.lines), countHits(f.lines))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fileCoverage is what is reported of a file.
type fileCoverage struct {
	path      string
	functions []functionCoverage
	lines     map[int]bool
}

type functionCoverage struct {
	name string // different from those of the file's other functions
	line int
	hit  bool
}

func (f fileCoverage) order() []int {
	lines := make([]int, 0, len(f.lines))
	for line := range f.lines {
		lines = append(lines, line)
	}
	sort.Ints(lines)
	return lines
}

// report collects the files in the order of their paths. Several versions of a
// file are reported as one.
func (c *Coverage) report() (out []fileCoverage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for path, chunks := range c.files {
		f := fileCoverage{path: path, lines: map[int]bool{}}
		seen := map[string]int{} // index in f.functions
		for _, chunk := range chunks {
			for line, slots := range chunk.Lines() {
				if end, ok := c.Ends[path]; ok && line > end {
					continue
				}
				f.lines[line] = f.lines[line] || slices.ContainsFunc(slots, func(s *compile.Slot) bool { return c.hit[s] })
			}
			inChunk := map[string]int{}
			for _, fn := range chunk.Functions {
				name := coverageName(fn)
				if inChunk[name]++; inChunk[name] > 1 {
					name = fmt.Sprintf("%s#%d", name, inChunk[name])
				}
				i, again := seen[name]
				if !again {
					i, seen[name] = len(f.functions), len(f.functions)
					f.functions = append(f.functions, functionCoverage{name: name, line: max(1, fn.Proto.LineDefined)})
				}
				entered := slices.ContainsFunc(fn.Slots, func(s *compile.Slot) bool { return s.Entry && c.hit[s] })
				f.functions[i].hit = f.functions[i].hit || entered
			}
		}
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b fileCoverage) int { return strings.Compare(a.path, b.path) })
	return out
}

// coverageName is what a function is called in a report.
func coverageName(fn *compile.Function) string {
	switch {
	case fn.Parent == nil:
		return "main chunk"
	case fn.Name == "":
		return fmt.Sprintf("(anonymous:%d)", fn.Proto.LineDefined)
	}
	return fn.Name
}

func countHits(lines map[int]bool) (n int) {
	for _, hit := range lines {
		n += count(hit)
	}
	return n
}

func count(hit bool) int {
	if hit {
		return 1
	}
	return 0
}

// relativeTo names a path below root relative to it.
func relativeTo(root, path string) string {
	if root == "" {
		return path
	}
	if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return path
}
