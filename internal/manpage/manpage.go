// Package manpage writes manual pages of commands, in the man macros of roff.
package manpage

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Options of the pages.
type Options struct {
	// Version stands at the foot of each page.
	Version string
	// Date stands there too; the zero Date is left out.
	Date time.Time
	// More are paragraphs at the end of each page, by their headings, in order.
	More []Section
}

// Section is a part of a page.
type Section struct{ Heading, Text string }

// Name returns the name of a command's page, such as "llmspell-tool-list".
func Name(cmd *cobra.Command) string { return strings.ReplaceAll(cmd.CommandPath(), " ", "-") }

// WriteTree writes the pages of a command and of all below it that are not hidden
// into a folder, and returns their paths.
func WriteTree(dir string, cmd *cobra.Command, o Options) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write manual pages: %w", err)
	}
	var out []string
	for _, c := range Tree(cmd) {
		var page strings.Builder
		if err := Write(&page, c, o); err != nil {
			return out, err
		}
		path := filepath.Join(dir, Name(c)+".1")
		if err := os.WriteFile(path, []byte(page.String()), 0o644); err != nil {
			return out, fmt.Errorf("write manual pages: %w", err)
		}
		out = append(out, path)
	}
	return out, nil
}

// Tree lists a command and all below it that are not hidden.
func Tree(cmd *cobra.Command) []*cobra.Command {
	out := []*cobra.Command{cmd}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			out = append(out, Tree(c)...)
		}
	}
	return out
}

// Write writes the page of a command.
func Write(w io.Writer, cmd *cobra.Command, o Options) error {
	p := &page{}
	name := Name(cmd)
	date := ""
	if !o.Date.IsZero() {
		date = o.Date.Format("January 2006")
	}
	p.line(".TH %s 1 %s %s %s", quote(strings.ToUpper(name)), quote(date), quote(o.Version), quote("User Commands"))
	p.heading("NAME")
	p.line("%s \\- %s", escape(name), escape(cmd.Short))
	p.heading("SYNOPSIS")
	p.line(".B %s", escape(cmd.CommandPath()))
	if _, rest, ok := strings.Cut(cmd.UseLine(), cmd.CommandPath()); ok && strings.TrimSpace(rest) != "" {
		p.line("%s", escape(strings.TrimSpace(rest)))
	}
	p.heading("DESCRIPTION")
	text := cmd.Long
	if text == "" {
		text = cmd.Short + "."
	}
	p.paragraphs(text)
	p.flags("OPTIONS", cmd.NonInheritedFlags())
	p.flags("GLOBAL OPTIONS", cmd.InheritedFlags())
	p.commands(cmd)
	if cmd.HasExample() {
		p.heading("EXAMPLES")
		p.verbatim(cmd.Example)
	}
	for _, s := range o.More {
		p.heading(s.Heading)
		p.paragraphs(s.Text)
	}
	p.seeAlso(cmd)
	_, err := io.WriteString(w, p.b.String())
	return err
}

type page struct{ b strings.Builder }

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func (p *page) heading(text string) { p.line(".SH %s", quote(text)) }

// paragraphs writes text whose paragraphs are separated by empty lines. One that
// begins with a space stays as it is.
func (p *page) paragraphs(text string) {
	for _, par := range strings.Split(strings.TrimRight(text, "\n"), "\n\n") {
		if strings.HasPrefix(par, " ") || strings.Contains(par, "\n ") {
			p.verbatim(par)
			continue
		}
		p.line(".PP")
		for _, l := range strings.Split(par, "\n") {
			p.line("%s", escape(l))
		}
	}
}

func (p *page) verbatim(text string) {
	p.line(".PP\n.nf")
	for _, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		p.line("%s", escape(l))
	}
	p.line(".fi")
}

func (p *page) flags(heading string, flags *pflag.FlagSet) {
	begun := false
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Deprecated != "" {
			return
		}
		if !begun {
			p.heading(heading)
			begun = true
		}
		name := `\fB` + escape("--"+f.Name) + `\fR`
		if f.Shorthand != "" {
			name = `\fB` + escape("-"+f.Shorthand) + `\fR, ` + name
		}
		kind, usage := pflag.UnquoteUsage(f)
		if kind != "" {
			if f.NoOptDefVal != "" {
				name += `[=\fI` + escape(kind) + `\fR]`
			} else {
				name += ` \fI` + escape(kind) + `\fR`
			}
		}
		p.line(".TP\n%s", name)
		if !slices.Contains([]string{"", "false", "0", "0s", "[]"}, f.DefValue) {
			usage += fmt.Sprintf(" (default %s)", f.DefValue)
		}
		p.line("%s", escape(usage))
	})
}

func (p *page) commands(cmd *cobra.Command) {
	begun := false
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() {
			continue
		}
		if !begun {
			p.heading("COMMANDS")
			begun = true
		}
		p.line(".TP\n\\fB%s\\fR\n%s", escape(c.Name()), escape(c.Short))
	}
}

func (p *page) seeAlso(cmd *cobra.Command) {
	var names []string
	if cmd.HasParent() {
		names = append(names, Name(cmd.Parent()))
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			names = append(names, Name(c))
		}
	}
	if len(names) == 0 {
		return
	}
	p.heading("SEE ALSO")
	for i, n := range names {
		comma := ","
		if i == len(names)-1 {
			comma = ""
		}
		p.line(".BR %s (1)%s", escape(n), comma)
	}
}

// escape writes text for roff.
func escape(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
	if strings.HasPrefix(s, ".") { // no macro
		s = `\&` + s
	}
	return s
}

// quote writes an argument of a macro.
func quote(s string) string { return `"` + strings.ReplaceAll(escape(s), `"`, `\(dq`) + `"` }
