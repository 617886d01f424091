package render

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/llmspell/llmspell/latency/bench"
	"github.com/llmspell/llmspell/latency/stress"
)

// StressText prints what a load has shown.
func StressText(w io.Writer, r *stress.Report) error {
	if _, err := fmt.Fprintln(w, r.Environment); err != nil {
		return err
	}
	t := newTable(w)
	t.row("LOAD", "OPERATIONS", "A SECOND", "FAILED", "WHAT")
	for _, l := range r.Loads {
		t.row(l.Name, fmt.Sprint(l.Operations), digits(l.Rate), fmt.Sprint(l.Failures), l.What)
	}
	t.row()
	if err := t.end(); err != nil {
		return err
	}
	t = newTable(w)
	t.row("PROCESS", "MEMORY BEFORE", "MOST", "AFTER", "DESCRIPTORS", "GOROUTINES", "LEAKS")
	for _, p := range r.Processes {
		most := p.Before
		for _, s := range p.Samples {
			most.Memory, most.Files, most.Goroutines = max(most.Memory, s.Memory), max(most.Files, s.Files), max(most.Goroutines, s.Goroutines)
		}
		t.row(p.Name, memory(p.Before), memory(most), memory(p.After), counts(p.Before.Files, most.Files, p.After.Files),
			counts(p.Before.Goroutines, most.Goroutines, p.After.Goroutines), orNone(p.Leaks))
	}
	if err := t.end(); err != nil {
		return err
	}
	if err := r.Failed(); err != nil {
		_, err := fmt.Fprintf(w, "\n%s\n", err)
		return err
	}
	_, err := fmt.Fprintf(w, "\n%.0f seconds of load: nothing failed, nothing is left.\n", r.Seconds)
	return err
}

func memory(s stress.Sample) string { return Figure(bench.Bytes, float64(s.Memory)) }

func counts(before, most, after int) string {
	if most == 0 {
		return ""
	}
	return fmt.Sprintf("%d, %d, %d", before, most, after)
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, "; ")
}

//go:embed stress.html
var stressText string

// StressHTML writes it as one file, with memory, descriptors and goroutines over the time.
func StressHTML(w io.Writer, r *stress.Report) error {
	type process struct {
		stress.Process
		Memory, Files, Goroutines template.HTML
		Leaked                    string
	}
	view := struct {
		*stress.Report
		Lines    []string
		Shown    []process
		Verdict  string
		Duration string
	}{Report: r, Lines: strings.Split(strings.TrimSpace(r.Environment.String()), "\n"), Duration: fmt.Sprintf("%.0f s", r.Seconds)}
	if err := r.Failed(); err != nil {
		view.Verdict = err.Error()
	}
	for _, p := range r.Processes {
		names, memory, files, goroutines := over(p)
		view.Shown = append(view.Shown, process{Process: p, Leaked: orNone(p.Leaks),
			Memory: curve("memory of its own", bench.Bytes, memory, names), Files: curve("descriptors", "", files, names), Goroutines: curve("goroutines", "", goroutines, names)})
	}
	return fill(w, stressText, view)
}

// over are the samples of a process as points of curves: before, while, and after the load.
func over(p stress.Process) (names []string, memory, files, goroutines []float64) {
	add := func(name string, s stress.Sample) {
		names, memory = append(names, name), append(memory, float64(s.Memory))
		files, goroutines = append(files, float64(s.Files)), append(goroutines, float64(s.Goroutines))
	}
	add("before", p.Before)
	for _, s := range p.Samples {
		add(fmt.Sprintf("%.1f s", s.Seconds), s)
	}
	add("after", p.After)
	return names, memory, files, goroutines
}
