package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/llmspell/llmspell/config"
	"github.com/llmspell/llmspell/internal/logs"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// globalFlags are the flags of every command.
type globalFlags struct {
	config   string
	profiles []string
	trace    choice
	output   choice
	set      []string

	otelEndpoint string
	profile      goProfiles
}

// addGlobals gives all commands the global flags. A command that uses one of their
// letters itself has the flag without it.
func (a *app) addGlobals(root *cobra.Command) {
	g := &a.globals
	g.trace = newChoice("", "off", "error", "warn", "info", "debug", "trace")
	g.output = newChoice("text", "json", "pretty")
	flags := root.PersistentFlags()
	flags.StringVarP(&g.config, "config", "c", "", "read this configuration, and no other file (or LLMSPELL_CONFIG)")
	flags.StringSliceVarP(&g.profiles, "profile", "p", nil, "begin with these presets or layers: config list-profiles (or LLMSPELL_PROFILE)")
	flags.StringArrayVar(&g.set, "set", nil, "set a key of the configuration, as in --set kernel.max_clients=5 (may repeat)")
	flags.Var(traceFlag{&g.trace, &g.profile.trace}, "trace", "what is logged: off, error, warn, info, debug or trace; or a file for a trace of the program, for go tool trace (may repeat)")
	g.profile.add(flags)
	flags.Var(&g.output, "output", "what run and exec print: text, or an object as json or pretty")
	flags.StringVar(&g.otelEndpoint, "otel-endpoint", "", "send OpenTelemetry traces to this collector: http://127.0.0.1:4318 (or OTEL_EXPORTER_OTLP_ENDPOINT)")
	_ = root.RegisterFlagCompletionFunc("trace", cobra.FixedCompletions(g.trace.allowed[1:], cobra.ShellCompDirectiveDefault))
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(g.output.allowed, cobra.ShellCompDirectiveNoFileComp))
	_ = root.RegisterFlagCompletionFunc("profile", completeProfiles)
	_ = root.RegisterFlagCompletionFunc("set", completeKeys)
	for _, cmd := range root.Commands() {
		freeLetters(cmd, flags)
	}
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		if err := a.beginProfiles(cmd); err != nil {
			return startedError{err}
		}
		if err := a.configure(cmd); err != nil {
			return startedError{err}
		}
		return nil
	}
}

// freeLetters gives a command that uses a global flag's letter for a flag of its
// own the global flag without the letter.
func freeLetters(cmd *cobra.Command, globals *pflag.FlagSet) {
	globals.VisitAll(func(g *pflag.Flag) {
		if g.Shorthand == "" || cmd.Flags().Lookup(g.Name) != nil || cmd.Flags().ShorthandLookup(g.Shorthand) == nil {
			return
		}
		plain := *g
		plain.Shorthand = ""
		cmd.Flags().AddFlag(&plain)
	})
	for _, sub := range cmd.Commands() {
		freeLetters(sub, globals)
	}
}

// tolerant marks commands that work with a configuration that is wrong: those
// that help to mend it, those that read none, and those that see to kernels that run.
const tolerant = "tolerant"

// How a command is tolerant.
const (
	silently   = "silently"
	withNotice = "with a notice" // that the defaults are in force
)

func tolerate(cmd *cobra.Command) *cobra.Command { return annotate(cmd, silently) }

func tolerateWithNotice(cmd *cobra.Command) *cobra.Command { return annotate(cmd, withNotice) }

func annotate(cmd *cobra.Command, how string) *cobra.Command {
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[tolerant] = how
	return cmd
}

func isTolerant(cmd *cobra.Command) bool {
	if name := cmd.Name(); name == "help" || name == cobra.ShellCompRequestCmd || name == cobra.ShellCompNoDescRequestCmd {
		return true
	}
	for ; cmd != nil; cmd = cmd.Parent() {
		if cmd.Annotations[tolerant] != "" {
			return true
		}
	}
	return false
}

// loadedKey is where a command's context holds the configuration.
type loadedKey struct{}

// configOf returns the configuration of a command that runs: the defaults, before
// it does.
func configOf(cmd *cobra.Command) *config.Loaded {
	if cmd != nil && cmd.Context() != nil {
		if l, ok := cmd.Context().Value(loadedKey{}).(*config.Loaded); ok {
			return l
		}
	}
	return &config.Loaded{Config: config.Default()}
}

// configure reads the configuration for a command, and makes the log.
func (a *app) configure(cmd *cobra.Command) error {
	loaded, err := config.Load(a.configOptions(cmd))
	if err != nil {
		if !isTolerant(cmd) {
			return err
		}
		if cmd.Annotations[tolerant] == withNotice {
			a.warn("%v; the defaults are in force", err)
		}
		a.configError = err
		loaded = &config.Loaded{Config: config.Default()}
	}
	a.config = loaded
	cmd.SetContext(context.WithValue(cmd.Context(), loadedKey{}, loaded))
	if err := a.openLog(); err != nil && !isTolerant(cmd) {
		return err
	}
	if !isTolerant(cmd) {
		a.warnOfConfig(loaded)
	}
	if err := a.configureTrace(loaded); err != nil && !isTolerant(cmd) {
		return err
	}
	return fillFlags(cmd.Flags(), loaded.Config)
}

// warnOfConfig tells what was ignored in the configuration.
func (a *app) warnOfConfig(l *config.Loaded) {
	for _, text := range a.unknownInLog() { // on stderr, also where the log is a file or off
		a.warn("%s", text)
	}
	log := a.component("config")
	for _, w := range l.Warnings {
		log.Warn(w.Error())
	}
	if len(l.Refused) == 0 {
		return
	}
	keys := make([]string, len(l.Refused))
	for i, r := range l.Refused {
		keys[i] = r.Key
	}
	log.Warn(fmt.Sprintf("%s was only found in the working folder and can only make things stricter: not taken from it: %s; if you trust it, name it with --config",
		l.Refused[0].Source, strings.Join(keys, ", ")))
}

// configOptions are the options of a command's configuration.
func (a *app) configOptions(cmd *cobra.Command) config.Options {
	o := config.Options{File: a.globals.config, KnownVariable: knownVariable}
	profiles := a.globals.profiles
	if own := cmd.Flags().Lookup("profile"); own != nil {
		if m, ok := own.Value.(*profileFlag); ok {
			profiles = append(slices.Clone(profiles), m.profiles...)
		}
	}
	o.Profile = strings.Join(profiles, ",")
	for _, s := range a.globals.set {
		key, value, _ := strings.Cut(s, "=")
		o.Settings = append(o.Settings, config.Setting{Key: strings.TrimSpace(key), Value: value, Flag: "--set " + key})
	}
	return o
}

// knownVariable tells whether a variable is a setting of a tool. Some tools have
// settings that they do not list, such as those of each provider.
func knownVariable(name string) bool {
	if !strings.HasPrefix(name, "LLMSPELL_TOOLS_") {
		return false
	}
	return slices.ContainsFunc(tools.Builtin().List(tools.Filter{}), func(d *tool.Descriptor) bool {
		return strings.HasPrefix(name, tools.SettingVariable(d.Name, ""))
	})
}

// logVariable sets the levels of the log.
const logVariable = "LLMSPELL_LOG"

// openLog makes the log. What is decided, from the weakest to the strongest, by
// the configuration, --trace, RUST_LOG and LLMSPELL_LOG.
func (a *app) openLog() error {
	options := a.logOptions()
	log, err := logs.New(options)
	if err != nil {
		fallback, fallbackErr := logs.New(logs.Options{Stderr: a.stderr})
		if fallbackErr != nil {
			return fallbackErr
		}
		a.logs, a.log = fallback, fallback.Component("")
		if _, wrong := (logs.Levels{}).Parse(os.Getenv(logVariable)); wrong != nil {
			return usageError{fmt.Errorf("%s: %w", logVariable, wrong)}
		}
		return usageError{fmt.Errorf("the log: %w", err)}
	}
	a.logs, a.log = log, log.Component("")
	if a.rustLog != nil {
		a.log.Named("config").Warn("RUST_LOG is ignored", zap.Error(a.rustLog))
	}
	return nil
}

func (a *app) logOptions() logs.Options {
	c := a.config.Config.Log
	o := logs.Options{
		Level: c.Level, Components: c.Components, Format: c.Format, File: c.File, Stderr: a.stderr,
		Rotation: logs.Rotation{Size: int64(c.RotateSize), Count: c.RotateCount, Compress: c.RotateCompress},
	}
	if format := os.Getenv("LOG_FORMAT"); !a.config.IsSet("log.format") && slices.Contains(logs.Formats(), format) {
		o.Format = format
	}
	if a.globals.trace.value != "" {
		o.Level = a.globals.trace.value
	}
	o.Spec = os.Getenv(logVariable)
	if rust := os.Getenv("RUST_LOG"); o.Spec == "" && rust != "" {
		// It may be meant for other programs: what we cannot read is no mistake.
		if _, a.rustLog = (logs.Levels{}).Parse(rust); a.rustLog == nil {
			o.Spec = rust
		}
	}
	return o
}

// configKey annotates a flag with the key of the configuration that is its value
// when it is not given.
const configKey = "llmspell_config"

// fillFlags gives flags that were not given the values of the configuration.
func fillFlags(flags *pflag.FlagSet, c *config.Config) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		if key := f.Annotations[configKey]; key != nil && !f.Changed {
			errs = append(errs, f.Value.Set(flagDefault(key[0], c)))
		}
	})
	return errors.Join(errs...)
}

// What flags may follow.
const (
	followTime         = "time"
	followTestTime     = "test time"
	followInstructions = "instructions"
	followHeap         = "heap"
)

// follow makes a flag take its default from the configuration.
func follow(flags *pflag.FlagSet, name, what string) {
	_ = flags.SetAnnotation(name, configKey, []string{what}) // fails only for unknown flags
}

func flagDefault(what string, c *config.Config) string {
	switch what {
	case followTime:
		return c.ScriptTime().String()
	case followTestTime:
		return cmp.Or(c.ScriptTime(), testTime).String()
	case followInstructions:
		return strconv.FormatInt(c.Engines.Lua.MaxInstructions, 10)
	}
	return strconv.FormatInt(c.ScriptHeap(), 10)
}

// profileFlag is the flag --profile of commands that measure: values with a colon
// say where a profile of the run is written, others name presets.
type profileFlag struct {
	measures *[]string
	profiles []string
}

func (f *profileFlag) String() string { return "" }
func (f *profileFlag) Type() string   { return "KIND:PATH|PRESET" }

// Set adds a value.
func (f *profileFlag) Set(s string) error {
	if strings.Contains(s, ":") {
		*f.measures = append(*f.measures, s)
	} else {
		f.profiles = append(f.profiles, s)
	}
	return nil
}

func completeProfiles(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, p := range config.Profiles() {
		out = append(out, p.Name+"\t"+p.Doc)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func completeKeys(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, k := range config.Keys() {
		if !k.Table && !strings.Contains(k.Path, "*") {
			out = append(out, k.Path+"=\t"+k.Doc)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// component returns the logger of a component.
func (a *app) component(name string) *zap.Logger {
	if a.logs == nil {
		return a.log.Named(name)
	}
	return a.logs.Component(name)
}

func (a *app) closeLog() {
	if a.logs == nil {
		return
	}
	if err := a.logs.Close(); err != nil {
		fmt.Fprintf(a.stderr, "llmspell: close the log: %v\n", err)
	}
}

// configArguments are the flags that give another command the same configuration.
func configArguments(cmd *cobra.Command) []string {
	if cmd == nil {
		return nil
	}
	var out []string
	if f := cmd.Flags().Lookup("config"); f != nil && f.Changed {
		path := f.Value.String()
		if abs, err := filepath.Abs(path); err == nil {
			path = abs
		}
		out = append(out, "--config", path)
	}
	for _, p := range configOf(cmd).Profiles {
		out = append(out, "--profile", p)
	}
	if f := cmd.Flags().Lookup("set"); f != nil {
		if values, ok := f.Value.(pflag.SliceValue); ok {
			for _, v := range values.GetSlice() {
				out = append(out, "--set", v)
			}
		}
	}
	return out
}
