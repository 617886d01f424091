package lint

import (
	"slices"
	"strings"
)

// Rule is a kind of finding.
type Rule struct {
	Code string
	// Severity that it has by default; 0: it is off.
	Severity Severity
	// Unfinished: it is about a name or value, which may only be half of what somebody is
	// about to write.
	Unfinished bool
	// Raises: it is an error of Lua's that is certainly raised where the code runs. In a
	// function whose errors are caught it is only a hint: it may be raised on purpose.
	Raises bool
	// Aliases are the names and numbers that other checkers have for it: settings and
	// comments made for them count here too.
	Aliases []string
	// Doc says what is reported and why, Markdown.
	Doc string
}

// helpPage is the page about all kinds of findings; a code is an anchor in it.
const helpPage = "https://github.com/llmspell/llmspell/blob/main/docs/check.md#"

// HelpPage is the address of what is said about a kind of finding.
func HelpPage(code string) string { return helpPage + code }

const offSeverity = "off"

// ParseSeverity reads a severity as settings write it: error, warning, information (or
// info), hint, off (which is 0).
func ParseSeverity(s string) (Severity, bool) {
	s = strings.ToLower(strings.TrimSuffix(s, "!"))
	switch s {
	case offSeverity, "none":
		return 0, true
	case "info":
		return Information, true
	}
	for v := Error; v <= Hint; v++ {
		if v.String() == s {
			return v, true
		}
	}
	return 0, false
}

// ruleLevels are all rules by code, and their severities where some are set, by code or alias.
func ruleLevels(severity map[string]string) (map[string]*Rule, map[string]Severity) {
	rules := Rules()
	byCode, level := make(map[string]*Rule, len(rules)), make(map[string]Severity, len(rules))
	for i := range rules {
		r := &rules[i]
		byCode[r.Code], level[r.Code] = r, r.Severity
		for _, name := range slices.Backward(append([]string{r.Code}, r.Aliases...)) {
			if set, ok := severity[name]; ok {
				if v, ok := ParseSeverity(set); ok {
					level[r.Code] = v
				}
			}
		}
	}
	return byCode, level
}

// askFor turns on the rules that are off unless they are set, as hints, for where luacheck's
// options ask for them.
func (p *pass) askFor() {
	set := p.snap.Config().SeverityFor(p.file.Path)
	p.asked = map[string]bool{}
	for code, r := range p.rules {
		if p.level[code] != 0 || !slices.ContainsFunc(r.Aliases, isNumber) {
			continue
		}
		if _, ok := set[code]; !ok && !slices.ContainsFunc(r.Aliases, func(name string) bool { _, ok := set[name]; return ok }) {
			p.level[code], p.asked[code] = Hint, true
		}
	}
}
