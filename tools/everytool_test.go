package tools_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/example"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Tests over all registered tools: what holds for one holds for each.

var categories = []string{"filesystem", "web", "api", "document", "data", "system", "media", "utility"}

// withoutExample lists the operations that no example can show, and why.
var withoutExample = map[string]map[string]string{
	"environment-reader": {"set": "it is refused"},
}

func everyTool(t *testing.T, check func(t *testing.T, d *tool.Descriptor)) {
	t.Helper()
	for _, d := range tools.Builtin().List(tools.Filter{}) {
		t.Run(d.Name, func(t *testing.T) { check(t, d) })
	}
}

func TestEveryToolDescribesItself(t *testing.T) {
	everyTool(t, func(t *testing.T, d *tool.Descriptor) {
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(d.Name) {
			t.Errorf("the name %q is not lower case words joined by hyphens", d.Name)
		}
		if !slices.Contains(categories, d.Category) {
			t.Errorf("the category %q is not known", d.Category)
		}
		if !slices.Contains([]tool.Security{tool.Safe, tool.Restricted, tool.Privileged}, d.Security) {
			t.Errorf("the security level %q is not known", d.Security)
		}
		if d.Version == "" || len(d.Tags) == 0 {
			t.Errorf("version %q, tags %q: want both", d.Version, d.Tags)
		}
		if d.SideEffects && d.CacheFor > 0 {
			t.Error("a tool with side effects must not be cached")
		}
		sentence(t, "the description", d.Description)
		described(t, "parameters", d.Parameters, 9)
		if d.Result == nil {
			t.Fatal("the result has no schema")
		}
		described(t, "result", d.Result, 1)
		for _, s := range d.Settings {
			sentence(t, "the setting "+s.Name, s.Description)
		}
	})
}

func sentence(t *testing.T, what, text string) {
	t.Helper()
	first := []rune(text + " ")[0]
	if text == "" || strings.HasSuffix(text, ".") || unicode.IsLower(first) {
		t.Errorf("%s %q: want a sentence that begins with a capital and ends without a dot", what, text)
	}
}

// described checks that each property, so many levels deep, says what it is, and
// that its default, bounds and aliases make sense.
func described(t *testing.T, path string, s *schema.Schema, depth int) {
	t.Helper()
	names := map[string]bool{}
	for _, p := range s.Properties {
		here := path + "." + p.Name
		if p.Description == "" && depth > 0 {
			t.Errorf("%s has no description", here)
		}
		for _, name := range append([]string{p.Name}, p.Aliases...) {
			if names[name] {
				t.Errorf("%s: two properties are called %q", here, name)
			}
			names[name] = true
		}
		if p.Default != nil {
			if _, err := schema.Compile(p.Schema).Check(p.Default); err != nil {
				t.Errorf("%s: the default is not valid: %v", here, err)
			}
		}
		for from, to := range p.Schema.Aliases {
			if !slices.Contains(p.Enum, any(to)) || slices.Contains(p.Enum, any(from)) {
				t.Errorf("%s: the alias %q of %q: want a new spelling of an existing value", here, from, to)
			}
		}
		described(t, here, p.Schema, depth-1)
		if p.Items != nil {
			described(t, here+"[]", p.Items, depth-1)
		}
	}
}

// TestEveryToolHasExamples checks that each operation has one, that they are
// valid as they stand, and that they say what they show. TestDocs runs them.
func TestEveryToolHasExamples(t *testing.T) {
	everyTool(t, func(t *testing.T, d *tool.Descriptor) {
		if len(d.Examples) == 0 {
			t.Error("there is no example")
		}
		shown := map[any]bool{}
		for i := range d.Examples {
			ex := &d.Examples[i]
			sentence(t, "the example", ex.Description)
			checked, err := schema.Compile(d.Parameters).CheckObject(ex.Params)
			if err != nil && ex.Setup == nil { // placeholders need not be valid
				t.Errorf("%s: %v", ex.Description, err)
			}
			if err != nil {
				checked = ex.Params
			}
			shown[checked["operation"]] = true
		}
		for _, p := range d.Parameters.Properties {
			if p.Name != "operation" {
				continue
			}
			for _, op := range p.Enum {
				name, _ := op.(string)
				if reason := withoutExample[d.Name][name]; !shown[op] && reason == "" {
					t.Errorf("no example shows the operation %v", op)
				}
			}
		}
	})
}

// runsAnyway lists tools whose examples give a result even when nothing is
// allowed, and why.
var runsAnyway = map[string]string{}

// TestEveryToolAsksTheSandbox runs the examples that use files, servers or
// programs where nothing is allowed.
func TestEveryToolAsksTheSandbox(t *testing.T) {
	reg := tools.Builtin()
	nothing := func(*tool.Descriptor, string) sandbox.Policy { return sandbox.Safe() }
	everyTool(t, func(t *testing.T, d *tool.Descriptor) {
		for i := range d.Examples {
			ex := &d.Examples[i]
			if len(ex.Files) == 0 && ex.Setup == nil {
				continue
			}
			if len(d.Needs) == 0 {
				t.Fatal("an example has files or a setup, but the tool says that it needs nothing")
			}
			o := example.RunUnder(context.Background(), reg, d, ex, nothing)
			var te *tool.Error
			switch {
			case o.Unavailable(), runsAnyway[d.Name] != "":
			case o.Err == nil:
				t.Errorf("%s: worked without a permission: %v", ex.Description, o.Response.Result)
			case !errors.As(o.Err, &te) || te.Code != tool.PermissionDenied:
				t.Errorf("%s: got %v; want a denial", ex.Description, o.Err)
			case te.Details["flag"] == nil:
				t.Errorf("%s: the denial names no flag: %v %v", ex.Description, te, te.Details)
			}
		}
	})
}

// TestEveryToolEndsWhenCancelled runs examples with a context that is cancelled
// already, past the Invoker, which would not even call the tool.
func TestEveryToolEndsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	defs := map[string]tool.Definition{}
	for _, def := range tools.BuiltinDefinitions() {
		defs[def.Descriptor.Name] = def
	}
	everyTool(t, func(t *testing.T, d *tool.Descriptor) {
		made, err := defs[d.Name].New()
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Examples {
			direct := tools.NewRegistry()
			var took time.Duration
			if err := direct.Register(tool.Static(d, func(_ context.Context, call *tool.Call) (*tool.Result, error) {
				start := time.Now()
				_, err := made.Run(ctx, call)
				took = time.Since(start)
				return nil, err
			})); err != nil {
				t.Fatal(err)
			}
			example.Run(context.Background(), direct, d, &d.Examples[i])
			if took > time.Minute {
				t.Errorf("%s: ended %v after it was cancelled", d.Examples[i].Description, took)
			}
		}
	})
}

// TestQuickToolsAreQuick checks those that run on their caller's goroutine.
func TestQuickToolsAreQuick(t *testing.T) {
	reg := tools.Builtin()
	everyTool(t, func(t *testing.T, d *tool.Descriptor) {
		if !d.Quick {
			return
		}
		if len(d.Needs) > 0 {
			t.Errorf("a quick tool must not need %v: it could block", d.Needs)
		}
		for i := range d.Examples {
			best := time.Hour // other processes want the machine too: once is enough
			for end := time.Now().Add(time.Minute); best > 2*time.Millisecond && time.Now().Before(end); {
				o := example.Run(context.Background(), reg, d, &d.Examples[i])
				if o.Err != nil {
					t.Fatal(o.Err)
				}
				best = min(best, o.Response.Duration)
			}
			if best > 2*time.Millisecond {
				t.Errorf("%s took %v", d.Examples[i].Description, best)
			}
		}
	})
}
