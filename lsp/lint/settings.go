package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// SettingFaults returns what is not understood in settings: in files of projects, and names
// and severities of rules wherever they are set. Names in the project's own files may be
// meant for other checkers: they are only faults if they are nearly those of rules.
func SettingFaults(c *analysis.Config) []analysis.SettingFault {
	out := slices.Clone(c.Faults)
	for _, r := range c.Rules {
		message := ""
		near, known := NearRule(r.Name)
		_, severity := ParseSeverity(r.Value)
		switch {
		case !known && near != "":
			message = fmt.Sprintf("there is no rule named %q; did you mean %q?", r.Name, near)
		case !known && r.Path == "":
			message = fmt.Sprintf("there is no rule named %q; docs/check.md lists all", r.Name)
		case known && !severity:
			message = fmt.Sprintf("%s: there is no severity %q: want error, warning, information, hint or off", r.Name, r.Value)
		default:
			continue
		}
		if r.Where != "" {
			message = r.Where + ": " + message
		}
		out = append(out, analysis.SettingFault{Path: r.Path, Text: r.Text, Start: r.Start, End: r.End, Message: message})
	}
	slices.SortStableFunc(out, func(a, b analysis.SettingFault) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Start, b.Start))
	})
	return slices.DeleteFunc(slices.Compact(out), func(f analysis.SettingFault) bool {
		set, ok := ParseSeverity(c.SeverityFor(f.Path)["settings"])
		return ok && set == 0
	})
}
