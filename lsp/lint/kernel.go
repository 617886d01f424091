package lint

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/runtime/syntax"
)

// secretKind is a form that access keys of a service have.
type secretKind struct {
	prefix, what string
	// least and most are how many characters follow the prefix, all of them letters,
	// digits or one of extra; no lower-case ones with upper.
	least, most int
	extra       string
	upper       bool
}

func secretKinds() []secretKind {
	return []secretKind{
		{"AKIA", "an AWS access key", 16, 16, "", true},
		{"ASIA", "an AWS access key", 16, 16, "", true},
		{"ghp_", "a GitHub token", 36, 251, "", false},
		{"gho_", "a GitHub token", 36, 251, "", false},
		{"ghs_", "a GitHub token", 36, 251, "", false},
		{"github_pat_", "a GitHub token", 60, 120, "_", false},
		{"glpat-", "a GitLab token", 20, 60, "-_", false},
		{"xoxb-", "a Slack token", 24, 120, "-", false},
		{"xoxp-", "a Slack token", 24, 120, "-", false},
		{"AIza", "a Google API key", 35, 35, "-_", false},
		{"sk-ant-", "an Anthropic API key", 40, 200, "-_", false},
		{"sk-proj-", "an OpenAI API key", 40, 200, "-_", false},
		{"sk-", "an API key", 40, 64, "", false},
		{"sk_live_", "a Stripe key", 24, 120, "", false},
	}
}

// minDistinct is how many different characters a secret has at least: what has fewer is
// a placeholder.
const minDistinct = 10

// secrets reports strings that look like access keys.
func (p *pass) secrets() {
	if !p.on("secret") {
		return
	}
	kinds := secretKinds()
	for n := range p.nodes(syntax.String) {
		s, _ := p.tree.String(n)
		if strings.Contains(s, "-----BEGIN ") && strings.Contains(s, "PRIVATE KEY-----") && len(s) > 200 {
			p.at("secret", n, "the string holds a private key: read it from a file that is not part of the script")
			continue
		}
		for _, k := range kinds {
			if k.matches(s) {
				p.at("secret", n, "the string looks like "+k.what+": read it from the environment or from the configuration")
				break
			}
		}
	}
}

func (k *secretKind) matches(s string) bool {
	rest, ok := strings.CutPrefix(s, k.prefix)
	if !ok || len(rest) < k.least || len(rest) > k.most || strings.Contains(strings.ToUpper(rest), "EXAMPLE") {
		return false
	}
	seen := map[rune]bool{}
	for _, c := range rest {
		letter := 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || !k.upper && 'a' <= c && c <= 'z'
		if !letter && !strings.ContainsRune(k.extra, c) {
			return false
		}
		seen[c] = true
	}
	return len(seen) >= minDistinct
}

// loops reports loops without an end that call tools without a pause.
func (p *pass) loops() {
	t := p.tree
	if !p.on("endless-tool-calls") {
		return
	}
	for n := range p.nodes(syntax.WhileStat, syntax.RepeatStat) {
		condition := t.First(n)
		if t.Kind(n) == syntax.RepeatStat {
			condition = t.Child(n, 1)
			if k := t.Kind(condition); k != syntax.False && k != syntax.Nil {
				continue
			}
		} else if t.Kind(condition) != syntax.True {
			continue
		}
		if p.leftBy(n, syntax.BreakStat, syntax.GotoStat, syntax.ReturnStat) {
			continue
		}
		if call := p.onlyTools(n); call != syntax.None {
			first, _ := t.Range(n)
			x := p.report("endless-tool-calls", t.Start(n), int(t.Tokens()[first].End), "the loop calls tools without an end and without a pause: add a break, a limit or a sleep")
			p.relate(x, call, "the tool is called here")
		}
	}
}

// onlyTools returns a call of a tool in a loop, or None if there is none, or if there
// are calls of which it is not known that they neither end the loop nor wait.
func (p *pass) onlyTools(loop syntax.Node) syntax.Node {
	t, found := p.tree, syntax.None
	for n := loop + 1; int(n) < t.Len() && p.inside(n, loop); n++ {
		if t.Kind(n) != syntax.Call {
			continue
		}
		callee := t.First(n)
		if p.callsTool(callee) {
			found = n
			continue
		}
		switch source := t.Source(callee); {
		case source == "print", source == "tostring", source == "tonumber", source == "pcall", source == "ipairs", source == "pairs", source == "type",
			strings.HasPrefix(source, "string."), strings.HasPrefix(source, "table."), strings.HasPrefix(source, "math."), strings.HasPrefix(source, "JSON."):
		default:
			return syntax.None
		}
	}
	return found
}

func (p *pass) callsTool(callee syntax.Node) bool {
	t := p.tree
	switch t.Kind(callee) {
	case syntax.Index, syntax.Method:
		switch t.NameOf(t.Child(callee, 1)) {
		case "execute", "invoke":
			o, ok := p.snap.TypeOf(p.file, t.First(callee)).(*types.Object)
			return ok && (o.Role == types.ToolItself || o.Name == "Tool" || o.Name == "llmspell.Tool")
		}
	}
	return false
}
