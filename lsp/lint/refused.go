package lint

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis"
	"github.com/llmspell/llmspell/lsp/analysis/types"
	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/lsp/library"
	"github.com/llmspell/llmspell/runtime/syntax"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// refusals reports files, programs and variables that the sandbox of the script does not
// allow, as far as literals name them.
func (p *pass) refusals() {
	if p.snap.Config().Refuses == nil || p.file.Path == "" || p.notes.Meta {
		return
	}
	t := p.tree
	for n := range p.nodes(syntax.Call) {
		f := p.snap.CalledFunc(p.file, n)
		if f == nil || !library.Standard(f.Decl.URI) {
			continue
		}
		args := p.count(t.Child(n, 1))
		path := func(at int, access string) {
			if at < len(args) {
				p.refusedPath(args[at], access)
			}
		}
		switch f.Name {
		case "io.open":
			path(0, openAccess(p, args))
		case "io.lines", "io.input", "dofile", "loadfile":
			path(0, analysis.ReadAccess)
		case "io.output", "os.remove":
			path(0, analysis.WriteAccess)
		case "os.rename":
			path(0, analysis.ReadAccess)
			path(1, analysis.WriteAccess)
		case "io.popen", "os.execute":
			if len(args) > 0 {
				p.refusedProgram(n)
			}
		case "os.getenv":
			if len(args) > 0 {
				p.refusedVariable(args[0])
			}
		}
	}
	if !p.hasTools() || !p.on("refused-path") {
		return
	}
	for _, g := range p.givenTables() {
		if g.to.Role == types.ToolParams {
			if x := p.snap.Catalog().Tool(g.to.Tool); x != nil {
				p.refusedParameters(g.built, x)
			}
		}
	}
}

// openAccess is what io.open needs for its mode, "" if that is not known.
func openAccess(p *pass, args []syntax.Node) string {
	if len(args) < 2 {
		return analysis.ReadAccess
	}
	mode, ok := p.tree.String(args[1])
	switch {
	case !ok:
		return ""
	case strings.ContainsAny(mode, "wa+"):
		return analysis.WriteAccess
	}
	return analysis.ReadAccess
}

// refusedPath reports a literal path that the script may not use.
func (p *pass) refusedPath(n syntax.Node, access string) {
	path, ok := p.tree.String(n)
	if !ok || path == "" || access == "" || !p.on("refused-path") {
		return
	}
	if err := p.refuses(access, path); err != nil {
		p.at("refused-path", n, err.Error())
	}
}

// refuses asks for a path from all folders that the script is likely to be started in: it
// is refused only if it is from each.
func (p *pass) refuses(access, path string) error {
	c := p.snap.Config()
	folders := []string{filepath.Dir(p.file.Path)}
	if !filepath.IsAbs(path) {
		for _, root := range c.Roots {
			if rel, err := filepath.Rel(root, p.file.Path); err == nil && filepath.IsLocal(rel) && !slices.Contains(folders, root) {
				folders = append(folders, root)
			}
		}
	}
	var first error
	for _, folder := range folders {
		err := c.Refuses(p.file.Path, folder, access, path)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

func (p *pass) refusedProgram(call syntax.Node) {
	if !p.on("refused-program") {
		return
	}
	if err := p.snap.Config().Refuses(p.file.Path, filepath.Dir(p.file.Path), analysis.RunAccess, ""); err != nil {
		p.at("refused-program", p.tree.First(call), err.Error()+". The tool process-executor runs single programs that are allowed, without a shell")
	}
}

func (p *pass) refusedVariable(n syntax.Node) {
	name, ok := p.tree.String(n)
	if !ok || name == "" || !p.on("refused-variable") {
		return
	}
	if err := p.snap.Config().Refuses(p.file.Path, filepath.Dir(p.file.Path), analysis.EnvAccess, name); err != nil {
		p.at("refused-variable", n, err.Error())
	}
}

// refusedParameters reports the paths among the parameters of a tool.
func (p *pass) refusedParameters(b *built, x *catalog.Tool) {
	if !x.Descriptor().NeedsAny(tool.Files) || x.Params == nil {
		return
	}
	operation := ""
	fields := map[string]syntax.Node{}
	for i, part := range b.parts {
		if name, ok := b.table.Fields[i].Key.(string); ok {
			fields[name] = part.value
		}
	}
	if n, ok := fields["operation"]; ok {
		operation, _ = p.tree.String(n)
	}
	for _, property := range x.Params.Properties {
		name := property.Name
		n, given := fields[name]
		if !given || !namesFile(name, property.Schema) {
			continue
		}
		access := analysis.ReadAccess
		switch {
		case strings.HasPrefix(name, "target") || strings.HasPrefix(name, "output"):
			access = analysis.WriteAccess
		case name == "path":
			switch operation {
			case "write", "append", "delete", "create_dir", "mkdir", "rm", "remove":
				access = analysis.WriteAccess
			}
		}
		p.refusedPath(n, access)
	}
}

// namesFile tells whether a parameter is the path of a file or folder: its name is one of
// a path, and its description says so too.
func namesFile(name string, property *schema.Schema) bool {
	if name != "path" && name != "file" && name != "folder" && !strings.HasSuffix(name, "_path") && !strings.HasSuffix(name, "_file") {
		return false
	}
	text := strings.ToLower(property.Description)
	return strings.Contains(text, "file") || strings.Contains(text, "folder")
}
