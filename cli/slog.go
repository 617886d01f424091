package cli

import (
	"context"
	"log/slog"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// zapHandler passes the records of log/slog on to our logger. What libraries
// call information is debugging to our users.
type zapHandler struct{ log *zap.Logger }

func (h zapHandler) level(l slog.Level) zapcore.Level {
	switch {
	case l >= slog.LevelError:
		return zapcore.ErrorLevel
	case l >= slog.LevelWarn:
		return zapcore.WarnLevel
	}
	return zapcore.DebugLevel
}

// Enabled tells whether records of a level are logged.
func (h zapHandler) Enabled(_ context.Context, l slog.Level) bool {
	return h.log.Check(h.level(l), "") != nil
}

// Handle logs a record.
func (h zapHandler) Handle(_ context.Context, r slog.Record) error {
	fields := make([]zap.Field, 0, r.NumAttrs())
	r.Attrs(func(a slog.Attr) bool {
		fields = append(fields, zap.Any(a.Key, a.Value.Resolve().Any()))
		return true
	})
	h.log.Log(h.level(r.Level), r.Message, fields...)
	return nil
}

// WithAttrs returns a handler that adds attributes to each record.
func (h zapHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	fields := make([]zap.Field, len(attrs))
	for i, a := range attrs {
		fields[i] = zap.Any(a.Key, a.Value.Resolve().Any())
	}
	return zapHandler{h.log.With(fields...)}
}

// WithGroup returns a handler that puts its attributes in a group.
func (h zapHandler) WithGroup(name string) slog.Handler {
	return zapHandler{h.log.With(zap.Namespace(name))}
}
