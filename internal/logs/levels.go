package logs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"go.uber.org/zap/zapcore"
)

// TraceLevel is below debug: what happens so often that it helps only who looks
// for one thing.
const TraceLevel = zapcore.DebugLevel - 1

// levelOff is above every level that anything logs at.
const levelOff = zapcore.FatalLevel + 1

// Levels are the lowest levels that are logged, by component. They never change.
type Levels struct {
	base      zapcore.Level
	component map[string]zapcore.Level
}

// Parse reads levels as LLMSPELL_LOG and RUST_LOG have them:
//
//	warn                     the level of all components
//	dap=debug                that of one, and of those below it
//	kernel.rpc=off           names have dots; kernel::rpc and llmspell_kernel::rpc are the same
//	kernel[rpc]=trace        a part of one: that is kernel.rpc
//	dap                      a name alone is traced
//	llmspell=info            the same as info
//
// Commas separate them; the last of the same name counts. Levels are off, error,
// warn, info, debug and trace. What is not said stays as in l.
func (l Levels) Parse(spec string) (Levels, error) {
	out := Levels{base: l.base, component: maps.Clone(l.component)}
	if out.component == nil {
		out.component = map[string]zapcore.Level{}
	}
	for _, part := range strings.Split(spec, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if err := out.directive(part); err != nil {
			return l, fmt.Errorf("%w in %q", err, clip(spec))
		}
	}
	return out, nil
}

func (l *Levels) directive(part string) error {
	name, text, named := strings.Cut(part, "=")
	switch {
	case strings.ContainsAny(part, "{}/"):
		return fmt.Errorf("%q filters by fields or by text, which is not supported: use NAME=LEVEL", clip(part))
	case !named:
		if level, err := ParseLevel(part); err == nil {
			l.base = level
			return nil
		} else if part != program && !strings.ContainsAny(part, ".:[_") && !slices.Contains(Components(), part) {
			return fmt.Errorf("%w, which is no component either: those are %s", err, strings.Join(Components(), ", "))
		}
		text = "trace"
	}
	level, err := ParseLevel(text)
	if err != nil {
		return err
	}
	if name, err = component(name); err != nil {
		return err
	}
	if name == program {
		l.base = level
	} else {
		l.component[name] = level
	}
	return nil
}

// program is the name of all there is, as RUST_LOG has it.
const program = "llmspell"

// Components returns the names that something logs as, sorted. script is what scripts
// log, whatever runs them.
func Components() []string {
	return []string{"config", "dap", "dap.script", "kernel", "kernel.rpc", "kernel.script", "lsp", "lsp.kernel", "mcp", scriptComponent, "trace"}
}

// Unknown returns the names that have a level and that nothing logs as, sorted: levels
// that do nothing.
func (l Levels) Unknown() []string {
	known := Components()
	return slices.DeleteFunc(slices.Sorted(maps.Keys(l.component)), func(name string) bool { return slices.Contains(known, name) })
}

// component cleans a name.
func component(name string) (string, error) {
	name = strings.TrimSpace(name)
	if before, span, ok := strings.Cut(name, "["); ok {
		span, closed := strings.CutSuffix(span, "]")
		if !closed {
			return "", fmt.Errorf("%q has a [ without ]", clip(name))
		}
		name = strings.Trim(before+"."+span, ".")
	}
	name = strings.ReplaceAll(name, "::", ".")
	for strings.HasPrefix(name, program+"_") || strings.HasPrefix(name, program+".") {
		name = name[len(program)+1:]
	}
	if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r == '[' || r == ']' || unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return "", fmt.Errorf("%q is no name of a component", clip(name))
	}
	return name, nil
}

func clip(s string) string {
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}

// ParseLevel reads a level: off, error, warn, info, debug or trace.
func ParseLevel(s string) (zapcore.Level, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "off", "none":
		return levelOff, nil
	case "error":
		return zapcore.ErrorLevel, nil
	case "warn", "warning":
		return zapcore.WarnLevel, nil
	case "info":
		return zapcore.InfoLevel, nil
	case "debug":
		return zapcore.DebugLevel, nil
	case "trace":
		return TraceLevel, nil
	}
	return 0, fmt.Errorf("unknown level %q (use off, error, warn, info, debug or trace)", clip(s))
}

// levelName is the word for a level.
func levelName(l zapcore.Level) string {
	switch {
	case l <= TraceLevel:
		return "trace"
	case l >= levelOff:
		return "off"
	}
	return l.String()
}

// NewLevels makes levels of a base and those of components, all as words.
func NewLevels(base string, components map[string]string) (Levels, error) {
	if base == "" {
		base = "warn"
	}
	level, err := ParseLevel(base)
	l := Levels{base: level, component: map[string]zapcore.Level{}}
	if err != nil {
		return l, err
	}
	for name, text := range components {
		clean, err := component(name)
		if err != nil {
			return l, err
		}
		if l.component[clean], err = ParseLevel(text); err != nil {
			return l, fmt.Errorf("component %s: %w", clean, err)
		}
	}
	return l, nil
}

// String is the levels in the grammar of Parse.
func (l Levels) String() string {
	parts := []string{levelName(l.base)}
	for _, name := range slices.Sorted(maps.Keys(l.component)) {
		parts = append(parts, name+"="+levelName(l.component[name]))
	}
	return strings.Join(parts, ",")
}

// scriptComponent is what scripts log, whatever runs them: it stands for
// kernel.script, dap.script and so on.
const scriptComponent = "script"

// of returns the level of a component: its own, or that of the nearest name
// above it.
func (l *Levels) of(name string) zapcore.Level {
	for name != "" {
		if level, ok := l.component[name]; ok {
			return level
		}
		if level, ok := l.component[scriptComponent]; ok && strings.HasSuffix(name, "."+scriptComponent) {
			return level
		}
		i := strings.LastIndexByte(name, '.')
		if i < 0 {
			break
		}
		name = name[:i]
	}
	return l.base
}

// lowest returns the lowest level of a component and of all below it. "" is the
// root.
func (l *Levels) lowest(name string) zapcore.Level {
	low := l.of(name)
	for other, level := range l.component {
		// Those of scripts may be below any.
		if name == "" || other == scriptComponent || strings.HasPrefix(other, name) && len(other) > len(name) && other[len(name)] == '.' {
			low = min(low, level)
		}
	}
	return low
}
