package lsp_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/lsp/analysis/scope"
	"github.com/llmspell/llmspell/lsp/protocol"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/syntax"
)

var (
	programs     = flag.Int("programs", 12, "how many generated programs are renamed in")
	perScript    = flag.Int("perscript", 4, "about how many names are renamed of each script of testdata")
	firstProgram = flag.Int("firstprogram", 0, "the number of the first of them")
)

// outcome runs main.lua of some files in a kernel session, and returns all that can be
// seen of it.
func outcome(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := folder(t, files)
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Stderr: io.Discard, Dir: dir, Limits: runtime.Limits{Time: 20 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	result, err := s.Run(t.Context(), kernel.Script{File: filepath.Join(dir, "main.lua"), Texts: true})
	fmt.Fprintln(&out, result.Texts)
	if err != nil {
		fmt.Fprintln(&out, strings.ReplaceAll(err.Error(), dir, ""))
	}
	return plain(out.String())
}

// addresses are what a run prints of tables that have no text: no two runs print the same.
var addresses = regexp.MustCompile(`0x[0-9a-f]+`)

// named are what messages say of variables and fields: they follow a renaming.
var named = regexp.MustCompile(`(local|global|field|method|upvalue|function) '[^']*'`)

func plain(out string) string {
	return named.ReplaceAllString(addresses.ReplaceAllString(out, "0x"), "$1 ''")
}

// tally counts renamings by what is renamed.
type tally map[string]*struct{ accepted, refused int }

func (y tally) add(kind string, accepted bool) {
	if y[kind] == nil {
		y[kind] = &struct{ accepted, refused int }{}
	}
	if accepted {
		y[kind].accepted++
	} else {
		y[kind].refused++
	}
}

func (y tally) String() string {
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(y)) {
		n := y[kind]
		fmt.Fprintf(&b, "%-16s accepted %4d  refused %4d  (%d %%)\n", kind, n.accepted, n.refused, 100*n.accepted/(n.accepted+n.refused))
	}
	return b.String()
}

// kindOf says what a name is.
func kindOf(t *syntax.Tree, vars *scope.Info, n syntax.Node) string {
	parent := t.Parent(n)
	switch k := t.Kind(parent); {
	case t.Kind(n) == syntax.String:
		if k == syntax.IndexKey && t.First(parent) != n || k == syntax.KeyField && t.First(parent) == n {
			return "field in string"
		}
		return "string"
	case (k == syntax.Index || k == syntax.Method) && t.First(parent) != n, k == syntax.NameField && t.First(parent) == n:
		return "field"
	case k == syntax.LabelStat || k == syntax.GotoStat:
		return "label"
	}
	v := vars.Var(n)
	if v == scope.NoVar {
		return "global"
	}
	switch vars.Vars[v].Kind {
	case scope.LocalFunction:
		return "local function"
	case scope.Param:
		return "parameter"
	case scope.Self:
		return "self"
	}
	return "local"
}

const newName = "zzRenamed"

// renameAll renames the names of a program one after another, each in the program as it
// was, and compares what it prints. pick says which names are tried.
func renameAll(t testing.TB, files map[string]string, count tally, pick func() bool) {
	t.Helper()
	n, uri := navigate(t, files)
	defer n.c.Shutdown()
	before := outcome(t, files)
	tried := map[string]bool{} // places of accepted renamings
	for _, name := range slices.Sorted(maps.Keys(files)) {
		u := uri(name)
		tree := syntax.Parse(files[name])
		vars := scope.Resolve(tree)
		for node := syntax.Node(1); int(node) < tree.Len(); node++ {
			if k := tree.Kind(node); k != syntax.Name && k != syntax.String || tree.Start(node) == tree.End(node) {
				continue
			}
			offset := tree.Start(node)
			if q, ok := tree.Quote(node); ok {
				if q.Start == q.End {
					continue
				}
				offset = q.Start
			}
			if tried[fmt.Sprint(name, offset)] || !pick() {
				continue
			}
			kind := kindOf(tree, vars, node)
			if kind == "self" {
				continue
			}
			if kind == "global" && isLibrary(tree.Source(node)) {
				continue
			}
			var e protocol.WorkspaceEdit
			err := n.c.Begin("textDocument/rename", protocol.RenameParams{PositionParams: n.at(u, offset), NewName: newName}).Wait(&e)
			if err != nil && kind == "string" && strings.Contains(err.Message, "no name here") {
				continue
			}
			count.add(kind, err == nil)
			if err != nil {
				t.Logf("%s %s line %d: %s", kind, tree.Source(node), 1+strings.Count(files[name][:offset], "\n"), err.Message)
				continue
			}
			changed := maps.Clone(files)
			for _, d := range documentEdits(&e) {
				file := path.Base(string(d.TextDocument.URI))
				for f := range files {
					if uri(f) == d.TextDocument.URI {
						file = f
					}
				}
				changed[file] = n.edited(files[file], d.Edits, func(at int) { tried[fmt.Sprint(file, at)] = true })
			}
			if after := outcome(t, changed); after != before {
				t.Errorf("%s %s in line %d of %s: another program\n--- before\n%s--- after\n%s--- renamed\n%s", kind, tree.Source(node),
					1+strings.Count(files[name][:offset], "\n"), name, before, after, differences(files, changed))
				return
			}
		}
	}
}

// differences are the lines that two versions of files differ in.
func differences(a, b map[string]string) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(a)) {
		x, y := strings.Split(a[name], "\n"), strings.Split(b[name], "\n")
		for i := range x {
			if i < len(y) && x[i] != y[i] {
				fmt.Fprintf(&out, "%s:%d\n- %s\n+ %s\n", name, i+1, x[i], y[i])
			}
		}
	}
	return out.String() + "--- program\n" + a["main.lua"]
}

// edited is a text with edits; note is told where they were.
func (n *navigator) edited(text string, list []protocol.TextEdit, note func(at int)) string {
	slices.SortFunc(list, func(a, b protocol.TextEdit) int {
		if a.Range.Start.Before(b.Range.Start) {
			return 1
		}
		return -1
	})
	lines := syntax.NewLines(text)
	out := text
	for _, x := range list {
		start := lines.Offset(int(x.Range.Start.Line), int(x.Range.Start.Character), syntax.UTF16)
		end := lines.Offset(int(x.Range.End.Line), int(x.Range.End.Character), syntax.UTF16)
		note(start)
		out = out[:start] + x.NewText + out[end:]
	}
	return out
}

func isLibrary(name string) bool {
	return slices.Contains(strings.Fields(`print pairs ipairs next type tostring tonumber setmetatable getmetatable rawget rawset pcall xpcall
		error assert select unpack require string table math os io coroutine loadstring load setfenv getfenv State Event Tool JSON Hook _G rawequal collectgarbage dofile loadfile debug arg`), name)
}

// TestRenamedScriptsDoTheSame does so with the scripts of testdata, those that print the
// same in each run.
func TestRenamedScriptsDoTheSame(t *testing.T) {
	var paths []string
	for _, pattern := range []string{"programs/*.lua", "scripts/*.lua", "differences/*.lua", "tools/*.lua"} {
		found, err := filepath.Glob(filepath.Join("..", "testdata", pattern))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	count := tally{}
	r := rand.New(rand.NewPCG(1, uint64(*firstProgram)))
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string]string{"main.lua": string(text)}
		began := time.Now()
		first := outcome(t, files)
		if took := time.Since(began); took > 300*time.Millisecond || outcome(t, files) != first {
			continue
		}
		names := strings.Count(string(text), "\n")
		t.Run(path.Base(p), func(t *testing.T) {
			renameAll(t, files, count, func() bool { return r.IntN(names/(*perScript)+1) == 0 })
		})
	}
	t.Log("\n" + count.String())
}
