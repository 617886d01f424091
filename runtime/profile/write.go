package profile

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// WritePprof writes the profile for `go tool pprof`, compressed.
func (p *Profile) WritePprof(w io.Writer) error {
	p.mu.Lock()
	out := p.pprof()
	p.mu.Unlock()
	if err := out.CheckValid(); err != nil {
		return fmt.Errorf("the profile is not valid: %w", err)
	}
	return out.Write(w)
}

func (p *Profile) pprof() *profile.Profile {
	out := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "wall", Unit: "nanoseconds"}},
		PeriodType: &profile.ValueType{Type: "wall", Unit: "nanoseconds"},
		Period:     int64(p.period), TimeNanos: p.began.UnixNano(), DurationNanos: int64(p.took),
	}
	type function struct {
		name, path string
		line       int
	}
	functions := map[function]*profile.Function{}
	for i, at := range p.ordered {
		key := function{at.name, at.path, 0}
		if at.fn != nil {
			key.line = max(1, at.fn.Proto.LineDefined)
		}
		fn := functions[key]
		if fn == nil {
			fn = &profile.Function{
				ID: uint64(len(functions) + 1), Name: at.name, SystemName: at.name, Filename: at.path, StartLine: int64(key.line),
			}
			functions[key] = fn
			out.Function = append(out.Function, fn)
		}
		out.Location = append(out.Location, &profile.Location{
			ID: uint64(i + 1), Line: []profile.Line{{Function: fn, Line: int64(at.line)}},
		})
	}
	for _, key := range slices.Sorted(maps.Keys(p.stacks)) {
		s := p.stacks[key]
		sample := &profile.Sample{Value: []int64{s.periods, s.periods * int64(p.period)}}
		for _, n := range s.places {
			sample.Location = append(sample.Location, out.Location[n])
		}
		out.Sample = append(out.Sample, sample)
	}
	return out
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
