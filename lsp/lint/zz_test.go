package lint

import ("testing";"context";"fmt";"os"
"github.com/llmspell/llmspell/lsp/analysis"
"github.com/llmspell/llmspell/lsp/catalog"
"github.com/llmspell/llmspell/runtime/syntax")

func TestZZ(t *testing.T) {
	data, _ := os.ReadFile(os.Getenv("ZZ"))
	f := analysis.NewFile("file:///proj/a.lua", "/proj/a.lua", 1, string(data))
	snap := analysis.NewSnapshot(&analysis.Config{Roots: []string{"/proj"}}, catalog.Builtin()).WithFile(f)
	p := newPass(context.Background(), snap, f)
	for n := range p.nodes(syntax.Index, syntax.Method) {
		of := snap.TypeOf(f, p.tree.First(n))
		name := p.tree.NameOf(p.tree.Child(n, 1))
		a, ok := snap.Absent(p.ctx, f, p.tree.First(n), name)
		kind, known := snap.FieldsOf(of)
		fmt.Println(p.tree.Source(n), of, snap.Field(of, name) != nil, "absent", ok, a, "kind", kind, known, "cert", snap.Certain(f, p.tree.First(n)), p.written(n))
	}
	for _, x := range Check(p.ctx, snap, f) { fmt.Println(x.Start, x.Code, x.Message) }
}
