package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	yaml "go.yaml.in/yaml/v4"

	"github.com/llmspell/llmspell/config"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show, check and begin the configuration",
		Long: "Show, check and begin the configuration. It is made of layers; from the weakest to the\n" +
			"strongest: defaults, profiles (-p), files, environment (LLMSPELL_…), flags (--set and others).\n\n" +
			"Files are those of the system, the user and the project, or the one that -c names. A file\n" +
			"that was only found in the working folder can make things stricter, never wider.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.configInitCommand(), a.configValidateCommand(), a.configShowCommand(), a.configProfilesCommand(), a.configPathCommand())
	return tolerate(cmd)
}

func (a *app) configInitCommand() *cobra.Command {
	var path string
	var force bool
	cmd := &cobra.Command{
		Use:     "init",
		Aliases: []string{"generate"},
		Short:   "Write a configuration with every key, its meaning and its default",
		Example: "  llmspell config init\n  llmspell config init -o ~/.config/llmspell/config.toml\n" +
			"  llmspell config init -p daemon-prod -o kernel.toml",
		Args: cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			return a.configInit(a.configOptions(cmd).Profile, path, force)
		}),
	}
	cmd.Flags().StringVarP(&path, "out", "o", "llmspell.toml", "the file to write; - is stdout")
	cmd.Flags().BoolVarP(&force, "force", "f", false, "replace a file that is there")
	return cmd
}

func (a *app) configInit(profiles, path string, force bool) error {
	var text strings.Builder
	if err := config.Template(&text, profiles); err != nil {
		return err
	}
	if path == "-" {
		_, err := io.WriteString(a.stdout, text.String())
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_EXCL
	if force {
		flags = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return usagef("%s is there already; --force replaces it, --out writes another file", path)
	}
	if err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	_, err = io.WriteString(f, text.String())
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the configuration: %w", err)
	}
	fmt.Fprintf(a.stdout, "wrote %s\n", path)
	return nil
}

func (a *app) configValidateCommand() *cobra.Command {
	var file string
	format := newChoice("text", "json")
	cmd := &cobra.Command{
		Use:   "validate [FILE]",
		Short: "Check the configuration, and say what nothing uses yet",
		Long: "Check a file, or the whole configuration with profiles, environment and flags. All\n" +
			"mistakes are shown at once. The exit code is 2 if there are any.",
		Args: cobra.MaximumNArgs(1),
		RunE: started(func(cmd *cobra.Command, args []string) error {
			options := a.configOptions(cmd)
			if len(args) > 0 {
				file = args[0]
			}
			if file != "" {
				options.File = file
			}
			return a.configValidate(options, format.value)
		}),
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "check this file instead of those that are found")
	addChoice(cmd, &format, "format", "what to print")
	return cmd
}

// validation is the result of config validate as JSON.
type validation struct {
	Valid    bool              `json:"valid"`
	Files    []string          `json:"files"`
	Profiles []string          `json:"profiles"`
	Problems []*config.Problem `json:"problems"`
	Warnings []*config.Problem `json:"warnings"`
	Unused   []string          `json:"unused"` // sections and keys that nothing uses yet
}

func (a *app) configValidate(o config.Options, format string) error {
	l, err := config.Load(o)
	v := validation{Valid: err == nil, Files: []string{}, Profiles: []string{}, Problems: []*config.Problem{}, Warnings: []*config.Problem{}, Unused: []string{}}
	var wrong *config.Error
	switch {
	case errors.As(err, &wrong):
		v.Problems = wrong.Problems
	case err != nil:
		return err
	default:
		for _, f := range l.Files {
			v.Files = append(v.Files, f.Path)
		}
		v.Profiles, v.Warnings, v.Unused = append(v.Profiles, l.Profiles...), append(append(v.Warnings, l.Warnings...), l.Refused...), append(v.Unused, l.Unused()...)
	}
	if format == "json" {
		if err := writeJSON(a.stdout, v, true); err != nil {
			return err
		}
	} else {
		a.printValidation(&v)
	}
	if !v.Valid {
		return exitError{exitUsage}
	}
	return nil
}

func (a *app) printValidation(v *validation) {
	for _, p := range v.Problems {
		fmt.Fprintf(a.stdout, "error: %v\n", p)
	}
	for _, p := range v.Warnings {
		fmt.Fprintf(a.stdout, "warning: %v\n", p)
	}
	for _, key := range v.Unused {
		fmt.Fprintf(a.stdout, "unused: nothing uses %s yet\n", key)
	}
	switch {
	case !v.Valid:
	case len(v.Files)+len(v.Profiles) == 0:
		fmt.Fprintln(a.stdout, "valid: there is no file; the defaults are in force (llmspell config init writes one)")
	default:
		fmt.Fprintf(a.stdout, "valid: %s\n", strings.Join(append(append([]string{}, v.Profiles...), v.Files...), ", "))
	}
}

func (a *app) configShowCommand() *cobra.Command {
	format := newChoice("toml", "json", "yaml")
	var origin bool
	cmd := &cobra.Command{
		Use:     "show [SECTION]",
		Short:   "Print the values in force, secrets masked",
		Example: "  llmspell config show\n  llmspell config show kernel --origin\n  llmspell config show log.level --format json",
		Args:    cobra.MaximumNArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return config.Sections(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: started(func(cmd *cobra.Command, args []string) error {
			if a.configError != nil {
				return a.configError
			}
			return a.configShow(strings.Join(args, ""), format.value, origin)
		}),
	}
	addChoice(cmd, &format, "format", "how to print it")
	cmd.Flags().BoolVar(&origin, "origin", false, "say of each value where it comes from")
	return cmd
}

func (a *app) configShow(section, format string, origin bool) error {
	if section = config.Canonical(section); a.config.Tree(section) == nil {
		var keys []string
		for _, k := range config.Keys() {
			keys = append(keys, k.Path)
		}
		return usagef("the configuration has no %q%s; llmspell config show prints all of it", section, didYouMean(section, keys))
	}
	var value any = a.config.Tree(section)
	if origin && format != "toml" {
		value = withOrigins(a.config.Values(section))
	}
	switch format {
	case "json":
		return writeJSON(a.stdout, value, true)
	case "yaml":
		data, err := yaml.Marshal(value)
		if err != nil {
			return fmt.Errorf("write YAML: %w", err)
		}
		_, err = a.stdout.Write(data)
		return err
	}
	return a.config.WriteTOML(a.stdout, section, origin)
}

// withOrigins gives each key its value and where that comes from.
func withOrigins(values []config.Value) map[string]any {
	out := map[string]any{}
	for _, v := range values {
		entry := map[string]any{"value": v.Value, "layer": string(v.Origin.Layer)}
		if v.Origin.Source != "" {
			entry["source"] = v.Origin.Source
		}
		if v.Origin.Line > 0 {
			entry["line"] = v.Origin.Line
		}
		out[v.Key] = entry
	}
	return out
}

func (a *app) configProfilesCommand() *cobra.Command {
	var detailed bool
	format := newChoice("text", "json")
	cmd := &cobra.Command{
		Use:   "list-profiles",
		Short: "List the profiles that -p takes: presets, and layers to combine",
		Long: "List the profiles that -p takes. Several are separated by commas, the last wins:\n" +
			"-p bases/daemon,features/state,envs/prod. A file NAME.toml in the folder profiles beside\n" +
			"the user's configuration is a profile too.",
		Args: cobra.NoArgs,
		RunE: started(func(*cobra.Command, []string) error { return a.listProfiles(format.value, detailed) }),
	}
	cmd.Flags().BoolVarP(&detailed, "detailed", "d", false, "show what each of them sets")
	addChoice(cmd, &format, "format", "what to print")
	return cmd
}

func (a *app) listProfiles(format string, detailed bool) error {
	profiles := config.Profiles()
	if format == "json" {
		return writeJSON(a.stdout, profiles, true)
	}
	if !detailed {
		t := table{header: []string{"NAME", "KIND", "DESCRIPTION"}, width: terminalWidth(a.stdout)}
		for _, p := range profiles {
			t.rows = append(t.rows, []string{p.Name, p.Kind, p.Doc})
		}
		t.print(a.stdout)
		return nil
	}
	for i, p := range profiles {
		if i > 0 {
			fmt.Fprintln(a.stdout)
		}
		fmt.Fprintf(a.stdout, "%s (%s)\n", p.Name, p.Kind)
		for _, line := range strings.Split(strings.TrimRight(p.TOML(), "\n"), "\n") {
			fmt.Fprintln(a.stdout, strings.TrimRight("  "+oneLine(line), " "))
		}
	}
	return nil
}

func (a *app) configPathCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "path",
		Short: "Print which files are read, and where files are looked for",
		Args:  cobra.NoArgs,
		RunE: started(func(cmd *cobra.Command, _ []string) error {
			options := a.configOptions(cmd)
			places, err := config.Places(options)
			if err != nil {
				return err
			}
			for _, p := range places {
				mark := "-"
				if p.Found {
					mark = "*"
				}
				fmt.Fprintf(a.stdout, "%s %s  (%s)\n", mark, p.Path, p.Kind)
			}
			return nil
		}),
	}
}
