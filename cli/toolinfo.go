package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/example"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func (a *app) toolInfoCommand() *cobra.Command {
	var showSchema bool
	var flags toolFlags
	format := newChoice("text", "json")
	cmd := &cobra.Command{
		Use:               "info NAME",
		Short:             "Describe a tool: parameters, result, needs, settings, examples",
		Example:           "  llmspell tool info calculator\n  llmspell tool info csv-analyzer --show-schema",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeTools,
		RunE: started(func(cmd *cobra.Command, args []string) error {
			if flags.connect.wanted() {
				return a.infoRemote(cmd.Context(), &flags, args[0], format.value, showSchema)
			}
			box, err := a.newToolbox(cmd.Context(), &flags)
			if err != nil {
				return err
			}
			defer box.close()
			d, ok := box.reg.Get(args[0])
			if !ok {
				return a.toolExit(cmd.Context(), box.reg.Unknown(args[0]))
			}
			return a.printDescription(tools.Describe(d), d, format.value, showSchema)
		}),
	}
	cmd.Flags().BoolVar(&showSchema, "show-schema", false, "print the JSON Schemas of the parameters and the result too")
	addChoice(cmd, &format, "format", "how to print it")
	flags.add(cmd)
	return cmd
}

// printDescription prints all about a tool.
func (a *app) printDescription(about tools.Description, d *tool.Descriptor, format string, showSchema bool) error {
	out := newOutput(a.stdout)
	var err error
	if format == "json" {
		err = writeJSON(out, about, true)
	} else {
		err = printTool(out, d, showSchema)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

func printTool(w io.Writer, d *tool.Descriptor, showSchema bool) error {
	fmt.Fprintf(w, "%s (%s)\n%s.\n", d.Name, d.Category, strings.TrimSuffix(d.Description, "."))
	line := func(label, text string) {
		if text != "" {
			fmt.Fprintf(w, "%-10s %s\n", label, text)
		}
	}
	fmt.Fprintln(w)
	line("Security", string(d.Security))
	line("Needs", joined(d.Needs))
	line("Aliases", strings.Join(d.Aliases, ", "))
	line("Tags", strings.Join(d.Tags, ", "))
	if d.Timeout > 0 {
		line("Timeout", d.Timeout.String())
	}
	if len(d.Parameters.Properties) > 0 {
		fmt.Fprintln(w, "\nParameters:")
		for _, p := range d.Parameters.Properties {
			fmt.Fprintf(w, "  %s\n", parameterLine(p))
			if p.Description != "" {
				fmt.Fprintf(w, "      %s\n", p.Description)
			}
		}
	}
	if len(d.Settings) > 0 {
		fmt.Fprintln(w, "\nSettings, from the environment:")
		for _, s := range d.Settings {
			fmt.Fprintf(w, "  %s\n      %s\n", strings.Join(tools.SettingVariables(d, s), ", "), s.Description)
		}
	}
	if len(d.Examples) > 0 {
		fmt.Fprintln(w, "\nExamples:")
		for _, e := range d.Examples {
			fmt.Fprintf(w, "  # %s\n  %s\n", e.Description, strings.ReplaceAll(example.Typed(d, &e), "\n", "\n  "))
		}
	}
	if !showSchema {
		return nil
	}
	for _, s := range []struct {
		title  string
		schema *schema.Schema
	}{{"Parameters", d.Parameters}, {"Result", d.Result}} {
		if s.schema == nil {
			continue
		}
		text, err := json.MarshalIndent(s.schema, "", "  ")
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "\n%s, as JSON Schema:\n%s\n", s.title, text)
	}
	return nil
}

func joined[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}

// parameterLine is a parameter's name and what it takes.
func parameterLine(p schema.Property) string {
	line := p.Name + ": " + example.Type(p.Schema)
	if p.Required {
		line += ", required"
	}
	if p.Default != nil {
		line += ", default " + example.JSON(p.Default)
	}
	if len(p.Aliases) > 0 {
		line += " (also " + strings.Join(p.Aliases, ", ") + ")"
	}
	return line
}
