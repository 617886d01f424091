package lint

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
)

// modules reports modules that require does not find.
func (p *pass) modules() {
	if !p.on("missing-module") || p.file.Path == "" || p.changesPath() || !p.untouchedGlobal("require") {
		return
	}
	for n, f := range p.snap.Requires(p.file) {
		name, _ := p.tree.String(n)
		if f != nil || name == "" || analysis.StandardModule(name) || p.snap.LiesSomewhere(p.file, name) || p.guarded(n) {
			continue
		}
		if q, ok := p.tree.Quote(n); !ok || !q.Closed {
			continue
		}
		var tried []string
		for _, template := range p.snap.Config().Templates(p.file.Path) {
			tried = append(tried, strings.ReplaceAll(template, "?", strings.ReplaceAll(name, ".", "/")))
		}
		message := "module '" + name + "' not found: no file '" + strings.Join(tried, "', no file '") + "'"
		near, most := "", 1+len(name)/5
		for _, other := range p.snap.ModuleNames(p.file, true) {
			if d := distance(name, other, most); d < most || d == most && near == "" {
				near, most = other, d
			}
		}
		if near != "" {
			message += "; did you mean '" + near + "'?"
		}
		x := p.at("missing-module", n, message)
		if q, _ := p.tree.Quote(n); near != "" && !q.Long() {
			x.fix("Change to "+near, false, q.Start, q.End, near)
		}
	}
}

// untouchedGlobal tells whether the file assigns a global of Lua's nothing.
func (p *pass) untouchedGlobal(name string) bool {
	for _, u := range p.vars.Globals[name] {
		if u.Write {
			return false
		}
	}
	return true
}

// changesPath tells whether this file, or another one of the project, may change where
// modules are looked for.
func (p *pass) changesPath() bool {
	if len(p.vars.Globals["package"]) > 0 {
		return true
	}
	return slices.ContainsFunc(p.snap.Config().Roots, func(root string) bool { return root == "" }) || p.mentionedElsewhere("package")
}
