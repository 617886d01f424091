package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	goruntime "runtime"
	"runtime/pprof"
	"runtime/trace"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// goProfiles says where profiles of this program's Go code are written; "" is nowhere.
type goProfiles struct{ cpu, memory, trace pathFlag }

// pathFlag is a path, absolute once it is given, so that it means the same in a kernel that is
// started in the background.
type pathFlag string

// Set implements pflag.Value.
func (p *pathFlag) Set(text string) error {
	if text == "" {
		return errors.New("want the path of a file")
	}
	path, err := filepath.Abs(text)
	*p = pathFlag(path)
	return err
}

func (p *pathFlag) String() string { return string(*p) }

// Type names the value in the help.
func (p *pathFlag) Type() string { return "file" }

// traceFlag is --trace: a level of the log, or a file, whose name has a dot or a slash.
type traceFlag struct {
	level *choice
	file  *pathFlag
}

// Set implements pflag.Value.
func (f traceFlag) Set(text string) error {
	if strings.ContainsAny(text, "./"+string(filepath.Separator)) {
		return f.file.Set(text)
	}
	if err := f.level.Set(text); err != nil {
		return fmt.Errorf("%w, or a file for a trace of the program, with a dot or a slash in its name", err)
	}
	return nil
}

func (f traceFlag) String() string { return "" }

// Type names the value in the help.
func (f traceFlag) Type() string { return f.level.Type() + "|FILE" }

// GetSlice implements pflag.SliceValue: both can be given.
func (f traceFlag) GetSlice() []string {
	return slices.DeleteFunc([]string{f.level.value, string(*f.file)}, func(s string) bool { return s == "" })
}

// Replace implements pflag.SliceValue.
func (f traceFlag) Replace(list []string) error {
	f.level.value, *f.file = "", ""
	for _, text := range list {
		if err := f.Set(text); err != nil {
			return err
		}
	}
	return nil
}

// Append implements pflag.SliceValue.
func (f traceFlag) Append(text string) error { return f.Set(text) }

func (p *goProfiles) add(flags *pflag.FlagSet) {
	flags.Var(&p.cpu, "cpuprofile", "write where the program's time went, for go tool pprof")
	flags.Var(&p.memory, "memprofile", "write what the program's memory is used for, for go tool pprof")
}

// beginProfiles starts the profiles that a command was asked for. A command that only starts a kernel
// in the background leaves them to the kernel, which has the flags too.
func (a *app) beginProfiles(cmd *cobra.Command) (err error) {
	if f := cmd.Flags().Lookup("daemon"); f != nil && f.Value.String() == "true" {
		return nil
	}
	a.endProfiles, err = a.globals.profile.begin()
	return err
}

// begin starts to measure this program. What it returns writes the profiles.
func (p *goProfiles) begin() (end func() error, err error) {
	var ends []func() error
	end = func() error {
		var errs []error
		for _, f := range ends {
			errs = append(errs, f())
		}
		ends = nil
		return errors.Join(errs...)
	}
	for _, one := range []struct {
		name  string
		path  pathFlag
		start func(*os.File) (stop func() error, err error)
	}{{"--cpuprofile", p.cpu, profileCPU}, {"--memprofile", p.memory, profileMemory}, {"--trace", p.trace, traceProgram}} {
		if one.path == "" {
			continue
		}
		file, err := os.OpenFile(string(one.path), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", one.name, err), end())
		}
		stop, err := one.start(file)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", one.name, err), file.Close(), end())
		}
		ends = append(ends, func() error {
			if err := errors.Join(stop(), file.Close()); err != nil {
				return fmt.Errorf("%s: %w", one.name, err)
			}
			return nil
		})
	}
	return end, nil
}

func profileCPU(f *os.File) (func() error, error) {
	return func() error { pprof.StopCPUProfile(); return nil }, pprof.StartCPUProfile(f)
}

func profileMemory(f *os.File) (func() error, error) {
	return func() error {
		goruntime.GC() // what is garbage is not in use
		return pprof.WriteHeapProfile(f)
	}, nil
}

func traceProgram(f *os.File) (func() error, error) {
	return func() error { trace.Stop(); return nil }, trace.Start(f)
}
