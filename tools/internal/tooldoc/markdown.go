package tooldoc

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/example"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// categories are the parts of the document, in order.
var categories = []struct{ name, title string }{
	{"utility", "Utilities"}, {"data", "Data"}, {"document", "Documents"}, {"filesystem", "Files"},
	{"media", "Media"}, {"system", "System"}, {"api", "APIs and services"}, {"web", "Web"},
}

const intro = `# Tools

This document is made from what the tools say about themselves: ` + "`go test ./tools -run TestDocs -update`" + ` writes it, and a test
runs every example and checks that its output is what stands here.

A tool is called from Lua with ` + "`Tool.execute(name, parameters)`" + `, on the command line with ` + "`llmspell tool invoke`" + `, and by other
programs over the Model Context Protocol ([mcp.md](mcp.md)). The answer is an envelope:

` + "```" + `
{operation, success, message?, result?, text?, error?{code, message, details?}, metadata{duration_ms, …}}
` + "```" + `

The examples show its ` + "`result`" + `; ` + "`llmspell tool test NAME`" + ` runs them. They run in a folder of their own, here ` + "`" + Folder + "`" + `. A name in
braces, such as ` + "`{url}`" + `, stands for the address of a server that is started for the example. Long texts and lists are cut (…), and
what differs from call to call, such as a duration, is that of one call.

Names may be written with hyphens or underscores. What a tool *needs* must be allowed by the flags that stand behind it; reading and
writing below the script's folder and the temp folder is allowed from the start. Settings come from environment variables; the first
that is set counts.
`

// Markdown writes the document.
func Markdown(list []*tool.Descriptor, records Records) string {
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("\n## Contents\n")
	for _, c := range categories {
		members := inCategory(list, c.name)
		if len(members) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s:\n\n", c.title)
		for _, d := range members {
			fmt.Fprintf(&b, "- [%s](#%s): %s\n", d.Name, d.Name, prose(firstSentence(d.Description)))
		}
	}
	for _, c := range categories {
		members := inCategory(list, c.name)
		if len(members) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n", c.title)
		for _, d := range members {
			writeTool(&b, d, records[d.Name])
		}
	}
	return b.String()
}

func inCategory(list []*tool.Descriptor, category string) []*tool.Descriptor {
	var out []*tool.Descriptor
	for _, d := range list {
		if d.Category == category {
			out = append(out, d)
		}
	}
	return out
}

func firstSentence(s string) string {
	if first, _, ok := strings.Cut(s, ". "); ok {
		return first
	}
	return s
}

func writeTool(b *strings.Builder, d *tool.Descriptor, results []any) {
	fmt.Fprintf(b, "\n### %s\n\n%s.\n", d.Name, prose(strings.TrimSuffix(d.Description, ".")))
	if facts := factsOf(d); len(facts) > 0 {
		b.WriteString("\n- " + strings.Join(facts, "\n- ") + "\n")
	}
	if len(d.Parameters.Properties) > 0 {
		b.WriteString("\n| parameter | type | default | description |\n|---|---|---|---|\n")
		writeProperties(b, d.Parameters, "", true)
	}
	if len(d.Settings) > 0 {
		b.WriteString("\n| setting | default | description |\n|---|---|---|\n")
		for _, s := range d.Settings {
			variables := append([]string{tools.SettingVariable(d.Name, s.Name)}, s.Env...)
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", strings.Join(variables, "` `"), code(s.Default), cell(s.Description))
		}
	}
	writeResult(b, d.Result)
	for i := range d.Examples {
		var result any
		if i < len(results) {
			result = results[i]
		}
		writeExample(b, d, &d.Examples[i], result)
	}
}

// flags are what allows the things that tools need.
var flags = map[tool.Need]string{
	tool.Files: "`--allow-read` `--allow-write`", tool.Network: "`--allow-net`",
	tool.Processes: "`--allow-run`", tool.Environment: "`--allow-env`",
}

func factsOf(d *tool.Descriptor) []string {
	var facts []string
	if len(d.Needs) > 0 {
		needs := make([]string, len(d.Needs))
		for i, n := range d.Needs {
			needs[i] = fmt.Sprintf("%s (%s)", n, flags[n])
		}
		facts = append(facts, "Needs: "+strings.Join(needs, ", "))
	}
	if len(d.Aliases) > 0 {
		facts = append(facts, "Also called: `"+strings.Join(d.Aliases, "`, `")+"`")
	}
	if d.SideEffects {
		facts = append(facts, "Changes things: never cached, never retried")
	}
	if d.CacheFor > 0 {
		facts = append(facts, "Results are cached for "+span(d.CacheFor))
	}
	if d.Timeout > 0 {
		facts = append(facts, "Time limit of a call: "+span(d.Timeout)+", unless it says otherwise")
	}
	return facts
}

// span writes a duration as people do: 1m, not 1m0s.
func span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// writeProperties writes a row for each property, and for those of objects
// inside, two levels deep.
func writeProperties(b *strings.Builder, s *schema.Schema, prefix string, defaults bool) {
	for _, p := range s.Properties {
		name := "`" + prefix + p.Name + "`"
		if p.Required {
			name += " (required)"
		}
		about := cell(p.Description)
		if len(p.Aliases) > 0 {
			about += " (also `" + strings.Join(p.Aliases, "`, `") + "`)"
		}
		row := []string{name, cell(example.Type(p.Schema))}
		if defaults {
			fallback := ""
			if p.Default != nil {
				fallback = code(example.JSON(p.Default))
				if text, ok := p.Default.(string); ok && text != "" {
					fallback = code(text)
				}
			}
			row = append(row, fallback)
		}
		fmt.Fprintf(b, "| %s |\n", strings.Join(append(row, strings.TrimSpace(about)), " | "))
		if strings.Count(prefix, ".") < 2 {
			writeProperties(b, p.Schema, prefix+p.Name+".", defaults)
			if p.Items != nil {
				writeProperties(b, p.Items, prefix+p.Name+"[].", defaults)
			}
		}
	}
}

func writeResult(b *strings.Builder, s *schema.Schema) {
	if s == nil {
		return
	}
	if s.Description != "" {
		fmt.Fprintf(b, "\nResult: %s.\n", prose(strings.TrimSuffix(s.Description, ".")))
	}
	if len(s.Properties) > 0 {
		b.WriteString("\n| result | type | description |\n|---|---|---|\n")
		writeProperties(b, s, "", false)
	}
}

func writeExample(b *strings.Builder, d *tool.Descriptor, ex *tool.Example, result any) {
	fmt.Fprintf(b, "\n%s:\n\n", prose(strings.TrimRight(ex.Description, ".:")))
	for _, name := range slices.Sorted(maps.Keys(ex.Files)) {
		content := ex.Files[name]
		if !isText(content) {
			fmt.Fprintf(b, "(with the file `%s`, %d bytes)\n\n", name, len(content))
			continue
		}
		content, _ = shorten(content).(string)
		fmt.Fprintf(b, "`%s`:\n\n%s\n", name, fence(strings.TrimPrefix(path.Ext(name), "."), content))
	}
	for _, name := range slices.Sorted(maps.Keys(ex.Settings)) {
		fmt.Fprintf(b, "(with `%s` set to `%s`)\n\n", tools.SettingVariable(d.Name, name), ex.Settings[name])
	}
	b.WriteString(fence("sh", example.Typed(d, ex)))
	b.WriteString("\n" + fence("lua", example.Lua(d, ex.Params)))
	b.WriteString("\n" + fence("json", layout(result)))
}

func isText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r == '\uFFFD' || r < 0x20 && r != '\n' && r != '\t' && r != '\r' })
}

// fence makes a code block whose fence is longer than any inside.
func fence(language, text string) string {
	marks := "```"
	for strings.Contains(text, marks) {
		marks += "`"
	}
	return marks + language + "\n" + strings.TrimSuffix(text, "\n") + "\n" + marks + "\n"
}

// cell makes a text fit for a cell of a table.
func cell(s string) string {
	return strings.ReplaceAll(prose(strings.ReplaceAll(s, "\n", " ")), "|", "\\|")
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.ReplaceAll(s, "|", "\\|") + "`"
}

// prose keeps a plain text from being read as markup.
func prose(s string) string {
	return strings.NewReplacer("*", "\\*", "<", "&lt;", "_", "\\_").Replace(s)
}
