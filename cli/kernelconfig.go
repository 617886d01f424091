package cli

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/internal/logs"
	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/kernel/service"
)

// logToFile makes the log the file of --log-file, if there is one.
func (a *app) logToFile(f *kernelFlags) error {
	if f.logFile == "" && !f.rotates() {
		return nil
	}
	path, err := absolutePath("log-file", f.logFile)
	if err != nil {
		return err
	}
	f.logFile = path
	o, err := a.kernelLog(f)
	if err != nil {
		return err
	}
	if err := a.logs.Apply(o); err != nil {
		return usageError{fmt.Errorf("--log-file: %w", err)}
	}
	return nil
}

// rotates tells whether a flag says how the log is put aside.
func (f *kernelFlags) rotates() bool {
	return f.cmd.Flags().Changed("log-rotate-size") || f.cmd.Flags().Changed("log-rotate-count")
}

// kernelLog are the options of a kernel's log: the flags win over the configuration.
func (a *app) kernelLog(f *kernelFlags) (logs.Options, error) {
	o := a.logOptions()
	if f.logFile != "" {
		o.File = f.logFile
		if !a.config.IsSet("log.level") && a.globals.trace.value == "" && o.Spec == "" {
			o.Level = "info" // a log that nobody looks at while it is written should tell more
		}
	}
	if f.cmd.Flags().Changed("log-rotate-size") {
		size, err := config.ParseSize(f.rotateSize)
		if err != nil {
			return o, usagef("--log-rotate-size: %v", err)
		}
		o.Rotation.Size = size
	}
	if f.cmd.Flags().Changed("log-rotate-count") {
		if f.rotateCount < 0 {
			return o, usagef("--log-rotate-count: %d is negative", f.rotateCount)
		}
		o.Rotation.Count = f.rotateCount
	}
	return o, nil
}

// setLevels sets the levels of the log, unless they are "", and returns those in
// force.
func (a *app) setLevels(levels string) (string, error) {
	if levels != "" {
		if err := a.logs.SetLevels(levels); err != nil {
			return "", err
		}
		set, _ := logs.Levels{}.Parse(levels)
		for _, text := range unknownComponents("levels of the log that a client has set", set) {
			a.log.Named("config").Warn(text)
		}
	}
	return a.logs.Levels(), nil
}

// outweighs tells whether a flag was given that wins over a setting, now and at the next start
// with the same command: a change of the setting changes nothing.
func (f *kernelFlags) outweighs(key string) bool {
	name, ok := map[string]string{
		"kernel.port": "port", "kernel.metrics_port": "metrics-port", "kernel.connection_file": "connection-file",
		"kernel.max_clients": "max-clients", "kernel.max_sessions": "max-sessions", "kernel.execution_timeout": "execution-timeout",
		"kernel.idle_timeout": "idle-timeout", "kernel.shutdown_timeout": "timeout",
	}[key]
	return ok && f.cmd.Flags().Changed(name)
}

// reloader reads the configuration again. What may change while a kernel runs is in
// force then, except where a flag says otherwise.
func (a *app) reloader(f *kernelFlags) func(context.Context) (service.Live, rpc.ReloadResult, error) {
	return func(context.Context) (service.Live, rpc.ReloadResult, error) {
		next, err := a.config.Reload()
		if err != nil {
			return service.Live{}, rpc.ReloadResult{}, err
		}
		result := rpc.ReloadResult{Changed: []string{}}
		for _, c := range next.Diff(a.config) {
			if f.outweighs(c.Key) {
				continue
			}
			if c.Live {
				result.Changed = append(result.Changed, c.Key)
			} else {
				result.Restart = append(result.Restart, c.Key)
			}
		}
		for _, w := range next.Warnings {
			a.log.Named("config").Warn("a setting is ignored", zap.Error(w))
		}
		merged := next.Live(a.config)
		live, err := f.live(merged)
		if err != nil {
			return live, result, err
		}
		old := a.config
		a.config = merged
		o, err := a.kernelLog(f)
		if err == nil {
			err = a.logs.Apply(o)
		}
		if err != nil {
			a.config = old
			return live, result, fmt.Errorf("the log: %w", err)
		}
		for _, text := range a.unknownInLog() {
			a.log.Named("config").Warn(text)
		}
		f.reloaded(merged)
		return live, result, nil
	}
}
