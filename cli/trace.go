package cli

import (
	"fmt"
	"os"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/kernel/trace"
)

// configureTrace finds out whether traces are sent, and where: the flag goes
// before the configuration, and that before OpenTelemetry's own variables. A
// mistake in those is only logged: they are there for all programs.
func (a *app) configureTrace(l *config.Loaded) error {
	a.traces = nil
	c := l.Config.Trace
	given := a.globals.otelEndpoint
	if given == "" && c.Enabled {
		given = c.Endpoint
	}
	o, on, err := trace.FromEnvironment(given, os.LookupEnv)
	if err != nil {
		a.component("trace").Warn("no traces are sent", zap.Error(err))
		return nil
	}
	if !on {
		return nil
	}
	for name, text := range c.Headers {
		value, err := config.Expand(text, os.LookupEnv)
		if err != nil {
			return fmt.Errorf("trace.headers.%s: %w", name, err)
		}
		o.Headers[name] = value
	}
	if o.Service == "" {
		o.Service = c.ServiceName
	}
	if l.IsSet("trace.sample_ratio") {
		if o.Ratio = c.SampleRatio; o.Ratio == 0 {
			return nil // no trace is kept
		}
	}
	o.Version, _ = buildVersion()
	switch err := o.Check(); {
	case err == nil:
		a.traces = &o
	case a.globals.otelEndpoint != "":
		return usagef("--otel-endpoint: %v", err)
	case given != "":
		return fmt.Errorf("trace.endpoint: %w", err)
	default:
		a.component("trace").Warn("no traces are sent", zap.Error(err))
	}
	return nil
}

// tracer makes what sends traces, or nil if they are off.
func (a *app) tracer() kernel.Tracer {
	if a.traces == nil {
		return nil
	}
	log := a.component("trace")
	o := *a.traces
	o.Report = func(err error) { log.Warn("traces are lost", zap.Error(err)) }
	t, err := trace.New(o)
	if err != nil {
		log.Error("no traces are sent", zap.Error(err))
		return nil
	}
	return t
}
