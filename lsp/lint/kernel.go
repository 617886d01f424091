package lint

import (
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/scope"
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
		if what := secretForm(s); what != "" {
			p.at("secret", n, "the string holds "+what+": read it from the environment, or from a file that is not part of the script")
			continue
		}
		if p.isKept(n, s) {
			p.at("secret", n, "the string looks like a secret, as its name says: read it from the environment or from the configuration")
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
	for n := range p.nodes(syntax.WhileStat, syntax.RepeatStat, syntax.NumericFor) {
		if !p.endless(n) {
			continue
		}
		if p.leftBy(n, syntax.BreakStat, syntax.GotoStat, syntax.ReturnStat) {
			continue
		}
		if call := p.onlyTools(n, maxCalled); call != syntax.None {
			first, _ := t.Range(n)
			x := p.report("endless-tool-calls", t.Start(n), int(t.Tokens()[first].End), "the loop calls tools without an end and without a pause: add a break, a limit or a sleep")
			p.relate(x, call, "the tool is called here")
		}
	}
}

// endless tells whether the head of a loop never ends it.
func (p *pass) endless(loop syntax.Node) bool {
	t := p.tree
	switch t.Kind(loop) {
	case syntax.RepeatStat:
		k := t.Kind(t.Child(loop, 1))
		return k == syntax.False || k == syntax.Nil
	case syntax.NumericFor:
		limit := t.Child(loop, 2)
		if t.Source(limit) != "math.huge" || !p.untouched("math", t.First(limit)) {
			return false
		}
		step := t.Next(limit)
		return t.Kind(step) == syntax.Block || t.Kind(step) == syntax.Number && strings.Trim(t.Source(step), "0.") != ""
	}
	k := t.Kind(t.First(loop))
	return k == syntax.True || k == syntax.Number || k == syntax.String
}

// maxCalled is through how many local functions a loop is followed.
const maxCalled = 3

// onlyTools returns a call of a tool in a loop or a function, or None if there is none, or if there
// are calls of which it is not known that they neither end the loop nor wait.
func (p *pass) onlyTools(loop syntax.Node, depth int) syntax.Node {
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
		if body := p.localBody(callee); body != syntax.None && depth > 0 {
			if p.onlyTools(body, depth-1) == syntax.None {
				return syntax.None
			}
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

// localBody is the body of the local function that a name means, None if it is no such.
func (p *pass) localBody(callee syntax.Node) syntax.Node {
	if p.tree.Kind(callee) != syntax.Name {
		return syntax.None
	}
	v := p.vars.Var(callee)
	if v == scope.NoVar || p.vars.Vars[v].Kind != scope.LocalFunction {
		return syntax.None
	}
	for _, u := range p.vars.Vars[v].Uses {
		if u.Write {
			return syntax.None
		}
	}
	return p.tree.Next(p.vars.Vars[v].Decl)
}

func (p *pass) callsTool(callee syntax.Node) bool {
	t := p.tree
	switch t.Kind(callee) {
	case syntax.Index, syntax.Method:
		switch t.NameOf(t.Child(callee, 1)) {
		case "parallel", "start":
			o, ok := p.snap.TypeOf(p.file, t.First(callee)).(*types.Object)
			return ok && (o.Name == "Tool" || o.Name == "llmspell.Tool")
		case "execute", "invoke":
			o, ok := p.snap.TypeOf(p.file, t.First(callee)).(*types.Object)
			return ok && (o.Role == types.ToolItself || o.Name == "Tool" || o.Name == "llmspell.Tool")
		}
	}
	return false
}
