package profile

import (
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// WritePprof writes the profile for `go tool pprof`, compressed.
func (p *Profile) WritePprof(w io.Writer) error {
	p.mu.Lock()
	out := p.pprof()
	p.mu.Unlock()
	z := gzip.NewWriter(w)
	if _, err := z.Write(out); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	return nil
}

// pprof returns the message Profile.
func (p *Profile) pprof() message {
	var out message
	t := newTexts()
	out.bytes(1, t.valueType("samples", "count"))
	out.bytes(1, t.valueType("wall", "nanoseconds"))
	for _, key := range slices.Sorted(maps.Keys(p.stacks)) {
		s := p.stacks[key]
		locations := make([]int64, len(s.places))
		for i, n := range s.places {
			locations[i] = int64(n) + 1
		}
		var sample message
		sample.numbers(1, locations)
		sample.numbers(2, []int64{s.periods, s.periods * int64(p.period)})
		out.bytes(2, sample)
	}
	p.appendPlaces(&out, t)
	period := t.valueType("wall", "nanoseconds")
	for _, s := range t.list {
		out.bytes(6, []byte(s))
	}
	out.number(9, p.began.UnixNano())
	out.number(10, int64(p.took))
	out.bytes(11, period)
	out.number(12, int64(p.period))
	return out
}

// appendPlaces appends the messages Location and Function, which count from 1.
func (p *Profile) appendPlaces(out *message, t *texts) {
	type function struct {
		name, path string
		line       int
	}
	functions := map[function]int64{}
	for i, at := range p.ordered {
		key := function{at.name, at.path, 0}
		if at.fn != nil {
			key.line = max(1, at.fn.Proto.LineDefined)
		}
		id, ok := functions[key]
		if !ok {
			id = int64(len(functions) + 1)
			functions[key] = id
			var fn message
			fn.number(1, id)
			fn.number(2, t.of(at.name))
			fn.number(3, t.of(at.name))
			fn.number(4, t.of(at.path))
			fn.number(5, int64(key.line))
			out.bytes(5, fn)
		}
		var line, location message
		line.number(1, id)
		line.number(2, int64(at.line))
		location.number(1, int64(i+1))
		location.bytes(4, line)
		out.bytes(4, location)
	}
}

// WriteFolded writes a line for each stack, outermost function first, with the
// number of periods: "main.lua:main chunk;f;g 12".
func (p *Profile) WriteFolded(w io.Writer) error {
	clean := strings.NewReplacer(";", ",", "\n", " ", "\r", " ")
	p.mu.Lock()
	counts := map[string]int64{}
	for _, s := range p.stacks {
		names := make([]string, len(s.places))
		for i, n := range s.places {
			names[len(names)-1-i] = clean.Replace(p.ordered[n].name)
		}
		counts[strings.Join(names, ";")] += s.periods
	}
	p.mu.Unlock()
	var b strings.Builder
	for _, line := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, "%s %d\n", line, counts[line])
	}
	_, err := io.WriteString(w, b.String())
	return err
}
