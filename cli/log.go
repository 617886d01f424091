package cli

import (
	"fmt"
	"io"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// levels are the lowest levels that are logged, by component: the logger's
// name up to any dot.
type levels struct {
	base      zapcore.Level
	component map[string]zapcore.Level
}

// levelOff is above every level that anything logs at.
const levelOff = zapcore.FatalLevel + 1

// parseLevels reads "warn,dap=debug,kernel.rpc=off".
func parseLevels(spec string) (levels, error) {
	l := levels{base: zapcore.WarnLevel, component: map[string]zapcore.Level{}}
	for _, part := range strings.Split(spec, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		name, text, named := strings.Cut(part, "=")
		if !named {
			name, text = "", part
		}
		level, err := parseLevel(text)
		if err != nil {
			return l, fmt.Errorf("LLMSPELL_LOG: %w in %q", err, spec)
		}
		if named {
			l.component[strings.TrimSpace(name)] = level
		} else {
			l.base = level
		}
	}
	return l, nil
}

func parseLevel(s string) (zapcore.Level, error) {
	switch s = strings.ToLower(strings.TrimSpace(s)); s {
	case "off":
		return levelOff, nil
	case "trace":
		return zapcore.DebugLevel, nil
	}
	level, err := zapcore.ParseLevel(s)
	if err != nil {
		return 0, fmt.Errorf("unknown level %q (use off, error, warn, info, debug or trace)", s)
	}
	return level, nil
}

// of returns the level of a component: its own, or that of the nearest name
// above it.
func (l levels) of(name string) zapcore.Level {
	for name != "" {
		if level, ok := l.component[name]; ok {
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

func (l levels) lowest() zapcore.Level {
	low := l.base
	for _, level := range l.component {
		low = min(low, level)
	}
	return low
}

// componentCore filters by the logger's name.
type componentCore struct {
	zapcore.Core
	levels levels
}

func (c componentCore) With(f []zapcore.Field) zapcore.Core {
	return componentCore{c.Core.With(f), c.levels}
}

func (c componentCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if e.Level < c.levels.of(e.LoggerName) {
		return ce
	}
	return c.Core.Check(e, ce)
}

// newLogger makes the logger of LLMSPELL_LOG and LLMSPELL_LOG_FORMAT
// (compact, text, pretty or json).
func newLogger(spec, format string, w io.Writer) (*zap.Logger, error) {
	l, err := parseLevels(spec)
	if err != nil {
		return nil, err
	}
	cfg := zap.NewProductionEncoderConfig()
	cfg.EncodeTime = zapcore.ISO8601TimeEncoder
	var enc zapcore.Encoder
	switch format {
	case "", "compact":
		cfg.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		enc = zapcore.NewConsoleEncoder(cfg)
	case "text":
		enc = zapcore.NewConsoleEncoder(cfg)
	case "pretty":
		cfg.EncodeLevel = zapcore.CapitalColorLevelEncoder
		enc = zapcore.NewConsoleEncoder(cfg)
	case "json":
		enc = zapcore.NewJSONEncoder(cfg)
	default:
		return nil, fmt.Errorf("LLMSPELL_LOG_FORMAT: unknown format %q (use compact, text, pretty or json)", format)
	}
	core := zapcore.NewCore(enc, zapcore.Lock(zapcore.AddSync(w)), l.lowest())
	return zap.New(componentCore{core, l}), nil
}
