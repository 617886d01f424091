package logs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Options say what is logged, how and where to.
type Options struct {
	// Level of all components that have none of their own. Empty: warn.
	Level string
	// Components have levels of their own.
	Components map[string]string
	// Spec is laid over both: see Levels.Parse.
	Spec string
	// Format is compact, text, pretty or json. Empty: compact.
	Format string
	// File is logged to. Empty: Stderr is.
	File string
	// Rotation of the File.
	Rotation Rotation
	// Stderr gets the log, and what goes wrong with it. Nil: os.Stderr.
	Stderr io.Writer
}

func (o *Options) stderr() io.Writer {
	if o.Stderr == nil {
		return os.Stderr
	}
	return o.Stderr
}

// Log is the log of a process. Its methods may be called by any goroutine.
type Log struct {
	state *state

	mu      sync.Mutex
	options Options
}

// state is what the cores of all loggers share.
type state struct {
	levels  atomic.Pointer[Levels]
	out     atomic.Pointer[output]
	mu      sync.Mutex
	minimum map[string]*atomic.Int32 // by component: its lowest level, and that of those below
}

// output is where entries go, and how they look.
type output struct {
	core zapcore.Core
	file *File // nil: stderr
}

// New makes a log. A file is opened, and made, at once.
func New(o Options) (*Log, error) {
	l := &Log{state: &state{minimum: map[string]*atomic.Int32{}}, options: o}
	levels, out, err := open(o, nil)
	if err != nil {
		return nil, err
	}
	l.state.out.Store(out)
	l.state.set(levels)
	return l, nil
}

// open makes what the options say. A file that is open already is taken over.
func open(o Options, old *output) (*Levels, *output, error) {
	levels, err := NewLevels(o.Level, o.Components)
	if err == nil {
		levels, err = levels.Parse(o.Spec)
	}
	if err != nil {
		return nil, nil, err
	}
	enc, err := encoder(o.Format)
	if err != nil {
		return nil, nil, err
	}
	out := &output{}
	var sink zapcore.WriteSyncer
	switch {
	case o.File == "":
		sink = zapcore.Lock(zapcore.AddSync(o.stderr()))
	case old != nil && old.file != nil && old.file.path == o.File:
		out.file = old.file
		out.file.setRotation(o.Rotation)
	default:
		if out.file, err = OpenFile(o.File, o.Rotation, o.stderr()); err != nil {
			return nil, nil, err
		}
	}
	if out.file != nil {
		sink = out.file
	}
	out.core = zapcore.NewCore(enc, sink, TraceLevel)
	return &levels, out, nil
}

func (s *state) set(levels *Levels) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.levels.Store(levels)
	for name, m := range s.minimum {
		m.Store(int32(levels.lowest(name)))
	}
}

// threshold returns the lowest level of a component, which follows changes.
func (s *state) threshold(name string) *atomic.Int32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.minimum[name]
	if m == nil {
		m = &atomic.Int32{}
		m.Store(int32(s.levels.Load().lowest(name)))
		s.minimum[name] = m
	}
	return m
}

// Component returns the logger of a component; "" is the root. A disabled level
// costs it a few nanoseconds; loggers that are made with Named cost more where
// another component's level is lower than theirs.
func (l *Log) Component(name string) *zap.Logger {
	log := zap.New(&core{state: l.state, minimum: l.state.threshold(name)})
	if name == "" {
		return log
	}
	return log.Named(name)
}

// Levels returns the levels in force, in the grammar of Parse.
func (l *Log) Levels() string { return l.state.levels.Load().String() }

// SetLevels changes levels at once, for all loggers: see Levels.Parse. What spec
// does not say stays. A mistake changes nothing.
func (l *Log) SetLevels(spec string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	levels, err := l.state.levels.Load().Parse(spec)
	if err != nil {
		return err
	}
	l.state.set(&levels)
	return nil
}

// Apply goes on with other options. A mistake in them changes nothing.
func (l *Log) Apply(o Options) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	old := l.state.out.Load()
	levels, out, err := open(o, old)
	if err != nil {
		return err
	}
	l.state.out.Store(out)
	l.state.set(levels)
	l.options = o
	if old.file != nil && old.file != out.file {
		return old.file.Close()
	}
	return nil
}

// Reopen closes the file and opens it again under its name, after somebody else
// has put it aside. Without a file it does nothing.
func (l *Log) Reopen() error {
	if f := l.state.out.Load().file; f != nil {
		return f.Reopen()
	}
	return nil
}

// File returns the path of the file that is logged to, "" if it is stderr.
func (l *Log) File() string {
	if f := l.state.out.Load().file; f != nil {
		return f.path
	}
	return ""
}

// Close closes the file. What is logged later goes nowhere.
func (l *Log) Close() error {
	if f := l.state.out.Load().file; f != nil {
		return f.Close()
	}
	return nil
}

// core filters by the logger's name, and writes to the output of the moment.
type core struct {
	state   *state
	minimum *atomic.Int32
	fields  []zapcore.Field
}

// Enabled tells whether a level is logged by the component or one below it.
func (c *core) Enabled(level zapcore.Level) bool { return int32(level) >= c.minimum.Load() }

// With adds fields to every entry.
func (c *core) With(fields []zapcore.Field) zapcore.Core {
	return &core{c.state, c.minimum, append(c.fields[:len(c.fields):len(c.fields)], fields...)}
}

// Check decides by the logger's name.
func (c *core) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if e.Level < c.state.levels.Load().of(e.LoggerName) {
		return ce
	}
	return ce.AddCore(e, c)
}

// Write writes an entry.
func (c *core) Write(e zapcore.Entry, fields []zapcore.Field) error {
	if len(c.fields) > 0 {
		fields = append(c.fields[:len(c.fields):len(c.fields)], fields...)
	}
	return c.state.out.Load().core.Write(e, fields)
}

// Sync makes the file's content durable.
func (c *core) Sync() error { return c.state.out.Load().core.Sync() }

// encoder makes the encoder of a format.
func encoder(format string) (zapcore.Encoder, error) {
	cfg := zap.NewProductionEncoderConfig()
	cfg.EncodeTime = zapcore.ISO8601TimeEncoder
	cfg.EncodeLevel = func(l zapcore.Level, enc zapcore.PrimitiveArrayEncoder) { enc.AppendString(levelName(l)) }
	switch format {
	case "", "compact":
		cfg.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	case "text":
	case "pretty":
		if os.Getenv("NO_COLOR") == "" {
			cfg.EncodeLevel = func(l zapcore.Level, enc zapcore.PrimitiveArrayEncoder) { enc.AppendString(colored(l)) }
		}
		cfg.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
	case "json":
		return zapcore.NewJSONEncoder(cfg), nil
	default:
		return nil, fmt.Errorf("unknown format %q of the log (use %s)", clip(format), strings.Join(Formats(), ", "))
	}
	return zapcore.NewConsoleEncoder(cfg), nil
}

// Formats lists how lines may look.
func Formats() []string { return []string{"compact", "json", "pretty", "text"} }

// colored is a level in five columns and its color, for terminals.
func colored(l zapcore.Level) string {
	color := 35 // magenta
	switch {
	case l >= zapcore.ErrorLevel:
		color = 31 // red
	case l == zapcore.WarnLevel:
		color = 33 // yellow
	case l == zapcore.InfoLevel:
		color = 32 // green
	case l == zapcore.DebugLevel:
		color = 36 // cyan
	}
	return fmt.Sprintf("\x1b[%dm%-5s\x1b[0m", color, strings.ToUpper(levelName(l)))
}

// errClosed is returned by a file that was closed.
var errClosed = errors.New("the log file is closed")
