package lint

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/luacats"
)

// mostSlips is how many letters a name differs by at most from the rule that was meant:
// other checkers have rules with similar names, such as return-type-mismatch.
const mostSlips = 2

// RuleNamed returns the rule of a code or other name; of several with that name the first, nil if there
// is none.
func RuleNamed(name string) *Rule {
	rules := Rules()
	for i := range rules {
		if rules[i].Code == name {
			return &rules[i]
		}
	}
	for i := range rules {
		if slices.Contains(rules[i].Aliases, name) {
			return &rules[i]
		}
	}
	return nil
}

// Text is all that is to be said of a rule, Markdown.
func (r *Rule) Text() string {
	text := fmt.Sprintf("%s Default: %s.", r.Doc, r.Severity)
	if r.Raises {
		text += " Where errors are caught: hint."
	}
	if len(r.Aliases) > 0 {
		text += fmt.Sprintf(" Other names: `%s`.", strings.Join(r.Aliases, "`, `"))
	}
	return text
}

// NearRule returns the code or other name of a rule that a name was probably meant to be,
// "" if none is near. known is true if it is one.
func NearRule(name string) (near string, known bool) {
	most := mostSlips
	rules := Rules()
	for i := range rules {
		for _, other := range append([]string{rules[i].Code}, rules[i].Aliases...) {
			if other == name {
				return "", true
			}
			if _, err := strconv.Atoi(other); err == nil || len(name) <= 2*mostSlips {
				continue // of numbers, and of what is short, every other one is near
			}
			if d := distance(name, other, most); d < most || d == most && near == "" {
				near, most = other, d
			}
		}
	}
	return near, false
}

// ruleNames reports names in @diagnostic comments that are nearly those of rules: such a
// comment does nothing.
func (p *pass) ruleNames() {
	if !p.on("unknown-rule") {
		return
	}
	for _, b := range p.notes.Blocks {
		for _, tag := range b.Tags {
			t, ok := tag.(*luacats.DiagnosticTag)
			if !ok {
				continue
			}
			for _, code := range t.Codes {
				if near, known := NearRule(code.Text); !known && near != "" {
					x := p.report("unknown-rule", code.Start, code.End, fmt.Sprintf("there is no rule named %q; did you mean %q?", code.Text, near))
					x.fix("Change to "+near, false, code.Start, code.End, near)
				}
			}
		}
	}
}
