package cli

import (
	"context"
	"fmt"
	"path/filepath"

	"go.uber.org/zap"

	"github.com/llmspell/llmspell/kernel/rpc"
	"github.com/llmspell/llmspell/kernel/service"
)

// logToFile makes the log the file of --log-file, if there is one.
func (a *app) logToFile(f *kernelFlags) error {
	if f.logFile == "" {
		return nil
	}
	path, err := filepath.Abs(f.logFile)
	if err != nil {
		return fmt.Errorf("--log-file: %w", err)
	}
	f.logFile = path
	o := a.logOptions()
	o.File = path
	if !a.config.IsSet("log.level") && a.globals.trace.value == "" && o.Spec == "" {
		o.Level = "info" // a log that nobody looks at while it is written should tell more
	}
	if err := a.logs.Apply(o); err != nil {
		return usageError{fmt.Errorf("--log-file: %w", err)}
	}
	return nil
}

// setLevels sets the levels of the log, unless they are "", and returns those in
// force.
func (a *app) setLevels(levels string) (string, error) {
	if levels != "" {
		if err := a.logs.SetLevels(levels); err != nil {
			return "", err
		}
	}
	return a.logs.Levels(), nil
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
		o := a.logOptions()
		if f.logFile != "" {
			o.File = f.logFile
			if !merged.IsSet("log.level") && a.globals.trace.value == "" && o.Spec == "" {
				o.Level = "info"
			}
		}
		if err := a.logs.Apply(o); err != nil {
			a.config = old
			return live, result, fmt.Errorf("the log: %w", err)
		}
		f.reloaded(merged)
		return live, result, nil
	}
}
