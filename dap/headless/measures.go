package headless

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/runtime/profile"
)

// Measures are the coverage and the profile of a run, and the files that they
// go to.
type Measures struct {
	// Coverage is for the engine's options; nil if none is wanted.
	Coverage *debug.Coverage
	profiled bool
	profile  *profile.Profile
	files    []measureFile
}

type measureFile struct {
	*os.File
	write func(*Measures, io.Writer) error
}

// NewMeasures reads FORMAT:PATH, for coverage lcov:PATH, for a profile
// pprof:PATH or folded:PATH, and creates the files, so that one that cannot be
// written is known before the script runs. Its errors are *UsageError.
func NewMeasures(coverage, profiles []string) (*Measures, error) {
	m := &Measures{profiled: len(profiles) > 0}
	if len(coverage) > 0 {
		m.Coverage = &debug.Coverage{}
	}
	add := func(flag, text string, formats map[string]func(*Measures, io.Writer) error, form string) error {
		format, path, ok := strings.Cut(text, ":")
		write := formats[format]
		if !ok || write == nil || path == "" {
			return usagef("%s %q is not of the form %s", flag, text, form)
		}
		f, err := os.Create(path)
		if err != nil {
			return usagef("%s: %w", flag, err)
		}
		m.files = append(m.files, measureFile{f, write})
		return nil
	}
	var err error
	for _, text := range coverage {
		err = errors.Join(err, add("--coverage", text, map[string]func(*Measures, io.Writer) error{"lcov": (*Measures).writeLCOV}, "lcov:PATH"))
	}
	for _, text := range profiles {
		err = errors.Join(err, add("--profile", text, map[string]func(*Measures, io.Writer) error{
			"pprof":  func(m *Measures, w io.Writer) error { return m.profile.WritePprof(w) },
			"folded": func(m *Measures, w io.Writer) error { return m.profile.WriteFolded(w) },
		}, "pprof:PATH or folded:PATH"))
	}
	if err != nil {
		m.close()
		return nil, &UsageError{err}
	}
	return m, nil
}

func (m *Measures) writeLCOV(w io.Writer) error {
	root, err := os.Getwd()
	if err != nil {
		root = ""
	}
	return m.Coverage.WriteLCOV(w, root)
}

// Start begins to measure a state that does not run yet.
func (m *Measures) Start(st *runtime.State) {
	if m.profiled {
		m.profile = profile.Start(st, profile.DefaultRate)
	}
}

// Stopped and Running tell that a debugger has stopped the script, and that it
// lets it run on: what the debugger does is not the script's time.
func (m *Measures) Stopped() {
	if m.profile != nil {
		m.profile.Suspend()
	}
}

// Running is the end of Stopped.
func (m *Measures) Running() {
	if m.profile != nil {
		m.profile.Resume()
	}
}

// End ends the measurements and writes their files.
func (m *Measures) End() (err error) {
	if m.profile != nil {
		m.profile.Stop()
	}
	for _, f := range m.files {
		w := bufio.NewWriter(f)
		if werr := errors.Join(f.write(m, w), w.Flush()); werr != nil {
			err = errors.Join(err, fmt.Errorf("write %s: %w", f.Name(), werr))
		}
	}
	return errors.Join(err, m.close())
}

func (m *Measures) close() (err error) {
	for _, f := range m.files {
		err = errors.Join(err, f.Close())
	}
	m.files = nil
	return err
}
