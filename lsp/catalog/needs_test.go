package catalog_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/lsp/catalog"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

var writeNeeds = flag.Bool("needs", false, "write needs.txt anew, from what the tools say")

// asker calls tools where they reach nothing, to hear what they miss.
type asker struct {
	t   *testing.T
	inv *tools.Invoker
}

func newAsker(t *testing.T) asker {
	t.Helper()
	dir := t.TempDir()
	box, err := sandbox.New(dir, sandbox.Folders(dir))
	if err != nil {
		t.Fatal(err)
	}
	none := func(string, string) (string, bool) { return "", true }
	return asker{t, tools.NewInvoker(tools.Builtin(), tools.Options{Sandbox: box, CacheBytes: -1, Settings: none})}
}

// missing calls a tool. names are the parameters of which it misses one; wrong is the
// one whose value it cannot use.
func (a asker) missing(d *tool.Descriptor, params map[string]any) (names []string, text, wrong string) {
	_, err := a.inv.Invoke(a.t.Context(), d.Name, params, tools.CallOptions{Timeout: 300 * time.Millisecond, NoCache: true})
	var e *schema.FieldError
	if !errors.As(err, &e) {
		return nil, "", ""
	}
	if e.Problem != "is missing" || !strings.HasPrefix(e.Help, "the operation ") {
		wrong, _, _ = strings.Cut(e.Path, ".")
		wrong, _, _ = strings.Cut(wrong, "[")
		return nil, "", wrong
	}
	names = []string{e.Path}
	if _, list, ok := strings.Cut(e.Help, " needs one of "); ok {
		names = strings.Split(list, ", ")
	}
	return names, e.Error(), ""
}

// samples are values that a parameter can have, those of the examples first.
func samples(d *tool.Descriptor, p *schema.Property, operation string) (out []any) {
	var others []any
	for _, ex := range d.Examples {
		for _, name := range append([]string{p.Name}, p.Aliases...) {
			if v, ok := ex.Params[name]; ok && ex.Params["operation"] == operation {
				out = append(out, v)
			} else if ok {
				others = append(others, v)
			}
		}
	}
	all := append(append(out, others...), p.Enum...)
	all = append(all, "x", true, false, int64(1), int64(0), []any{"x"}, []any{}, []any{map[string]any{}}, map[string]any{}, map[string]any{"x": "x"}, "[]", "http://localhost/x")
	for i := range p.Properties {
		for _, v := range samples(d, &p.Properties[i], operation) {
			all = append(all, map[string]any{p.Properties[i].Name: v})
		}
	}
	c := schema.Compile(p.Schema)
	return slices.DeleteFunc(all, func(v any) bool { _, err := c.Check(v); return err != nil })
}

// needsOf asks a tool what an operation needs: one line of needs.txt, "" for nothing.
func (a asker) needsOf(d *tool.Descriptor, operation string) string {
	params := map[string]any{"operation": operation}
	var needs []string
	for i := range d.Parameters.Properties {
		if p := &d.Parameters.Properties[i]; p.Required && p.Name != "operation" {
			list := samples(d, p, operation)
			if len(list) == 0 {
				return ""
			}
			params[p.Name] = list[0]
		}
	}
	for range 6 {
		names, text, _ := a.missing(d, params)
		if names == nil {
			break
		}
		// same: it is missing whatever p is, unless p itself is wrong.
		same := func(p *schema.Property) bool {
			if slices.Contains(p.Types, schema.Object) && len(p.Properties) == 0 || len(p.Types) == 0 {
				return false // anything may be in it
			}
			with, stays := maps.Clone(params), false
			for _, v := range samples(d, p, operation) {
				with[p.Name] = v
				_, got, wrong := a.missing(d, with)
				if got != text && wrong != p.Name {
					return false
				}
				stays = stays || got == text
			}
			return stays
		}
		var unless []string
		var first *schema.Property
		for i := range d.Parameters.Properties {
			switch p := &d.Parameters.Properties[i]; {
			case p.Name == names[0]:
				first = p
			case p.Name != "operation" && !slices.Contains(names, p.Name) && !same(p):
				unless = append(unless, p.Name)
			}
		}
		need := strings.Join(names, "|")
		if len(unless) > 0 {
			need += " unless " + strings.Join(unless, ",")
		}
		needs = append(needs, need)
		if first == nil {
			break
		}
		list := samples(d, first, operation)
		if len(list) == 0 {
			break
		}
		params[first.Name] = list[0]
	}
	if len(needs) == 0 {
		return ""
	}
	return fmt.Sprintf("%s %s: %s\n", d.Name, operation, strings.Join(needs, "; "))
}

// TestNeeds compares needs.txt with what every tool says at run time of each of its
// operations.
func TestNeeds(t *testing.T) {
	a := newAsker(t)
	var want strings.Builder
	for _, d := range tools.Builtin().Known() {
		i := slices.IndexFunc(d.Parameters.Properties, func(p schema.Property) bool { return p.Name == "operation" })
		if i < 0 {
			continue
		}
		for _, op := range d.Parameters.Properties[i].Enum {
			want.WriteString(a.needsOf(d, op.(string)))
		}
	}
	if *writeNeeds {
		if err := os.WriteFile("needs.txt", []byte(want.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile("needs.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Errorf("needs.txt is not what the tools say: write it with go test ./lsp/catalog -run TestNeeds -needs, and look at the difference")
	}
}

// TestNeededIsMissing makes many calls of each tool. What is said to be missing is so
// when the tool runs, unless it finds fault with another parameter first.
func TestNeededIsMissing(t *testing.T) {
	a, said := newAsker(t), 0
	everyTool(t, func(t *testing.T, c *catalog.Catalog, d *tool.Descriptor) {
		s := spoiler{rand.New(rand.NewPCG(5, 6))}
		for range 100 {
			params := map[string]any{}
			if len(d.Examples) > 0 {
				params = maps.Clone(pick(s, d.Examples).Params)
			}
			for range s.IntN(4) { // another operation, or a parameter more
				if p := &d.Parameters.Properties[s.IntN(len(d.Parameters.Properties))]; len(samples(d, p, "")) > 0 {
					params[p.Name] = pick(s, samples(d, p, ""))
				}
			}
			for range s.IntN(3) {
				if names := sortedKeys(params); len(names) > 0 {
					delete(params, pick(s, names))
				}
			}
			problems := catalog.CheckCall(c.Tool(d.Name), table(params).(*catalog.LiteralTable))
			if len(problems) != 1 || !needed(problems[0].Message) {
				continue
			}
			said++
			_, err := a.inv.Invoke(t.Context(), d.Name, params, tools.CallOptions{Timeout: time.Minute, NoCache: true})
			var e *schema.FieldError
			if !errors.As(err, &e) || e.Problem == "is missing" && e.Error() != problems[0].Message {
				t.Errorf("%v\nproblem %s\nruntime %v", params, problems[0].Message, err)
			}
		}
	})
	if said < 300 {
		t.Errorf("%d calls are too few", said)
	}
}

// needed tells whether a message says what an operation needs.
func needed(message string) bool { return strings.Contains(message, "is missing (the operation ") }
