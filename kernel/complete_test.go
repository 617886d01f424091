package kernel

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/llmspell/llmspell/runtime/debug"
)

// at splits code at the mark ‸.
func at(code string) (string, int) {
	before, after, _ := strings.Cut(code, "‸")
	return before + after, len(before)
}

const shop = `
shop = {apples = 3, pears = {green = 1}}
-- Adds two prices.
-- Both are in cents.
function add(a, b, ...) return a + b end
touched = 0
trap = setmetatable({}, {__index = function(t, k) touched = touched + 1 return {} end})`

func TestComplete(t *testing.T) {
	h := session(t, Options{})
	run(t, h, shop)
	for _, c := range []struct{ code, want, not string }{
		{"sho‸", "shop:field:", "add"},
		{"shop.‸", "apples:field:number 3", "add"},
		{"x = shop.pe‸ + 1", "pears", "apples"},
		{"shop.pears.‸", "green", ""},
		{"string.for‸", "format:function", "rep"},
		{"('x'):up‸", "upper:method", ""},
		{"whi‸", "while:keyword", ""},
		{`Tool.get("calc‸`, "calculator:tool", "web-search"},
		{`Tool.execute('text_m‸`, "text-manipulator:tool", ""},
		{`local x = Tool.info "calc‸`, "calculator:tool", ""},
		{`Tool.execute("calculator", {‸`, "input:parameter", ""},
		{`Tool.execute("calculator", {input = "1", ‸})`, "", "input"},
		{`Tool.calculator:execute{in‸`, "input:parameter", ""},
		{`Tool.get("calculator"):execute({‸`, "input:parameter", ""},
		{`Tool.calc‸`, "calculator:tool", ""},
		{`Tool.‸`, "execute:function", ""},
		{`"sho‸`, "", "shop"},
		{`-- sho‸`, "", "shop"},
		{`print("‸`, "", "shop"},
	} {
		code, pos := at(c.code)
		got, err := h.Complete(t.Context(), code, pos)
		if err != nil {
			t.Errorf("%s: %v", c.code, err)
			continue
		}
		name, rest, _ := strings.Cut(c.want, ":")
		kind, detail, _ := strings.Cut(rest, ":")
		i := slices.IndexFunc(got.Matches, func(m Completion) bool { return m.Text == name })
		switch {
		case got.Start > pos || got.End < got.Start || got.End > len(code):
			t.Errorf("%s: replaces %d to %d", c.code, got.Start, got.End)
		case name != "" && (i < 0 || kind != "" && got.Matches[i].Kind != kind || !strings.HasPrefix(got.Matches[i].Detail, detail)):
			t.Errorf("%s: want %s in %+v", c.code, c.want, got)
		case c.not != "" && slices.ContainsFunc(got.Matches, func(m Completion) bool { return m.Text == c.not }):
			t.Errorf("%s: %s is proposed", c.code, c.not)
		}
	}
	// What has side effects is not evaluated.
	if _, err := h.Complete(t.Context(), "trap.x.", 7); err != nil {
		t.Error(err)
	}
	if got := run(t, h, "touched"); got[0] != "0" {
		t.Errorf("completion has run the script's code %s times", got[0])
	}
}

func TestCompleteRefuses(t *testing.T) {
	h := session(t, Options{})
	for _, pos := range []int{-1, 4} {
		if _, err := h.Complete(t.Context(), "abc", pos); err == nil {
			t.Errorf("position %d is accepted", pos)
		}
	}
	if _, err := h.Complete(t.Context(), strings.Repeat("x", maxAsked+1), 0); err == nil {
		t.Error("endless code is accepted")
	}
	h.Close()
	if _, err := h.Complete(t.Context(), "abc", 1); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestInspect(t *testing.T) {
	h := session(t, Options{})
	run(t, h, shop)
	for _, c := range []struct {
		code   string
		detail int
		want   []string // in the text; nothing: it is not found
	}{
		{"sho‸p.apples", 0, []string{"shop: table"}},
		{"shop.app‸les", 0, []string{"shop.apples: number = 3"}},
		{"shop‸", 1, []string{"apples = 3"}},
		{"x = add‸(1, 2)", 0, []string{"function add(a, b, ...)", "Adds two prices.\nBoth are in cents.", "declared in (execution):5"}},
		{"string.format‸", 0, []string{"function string.format"}},
		{"Tool.calcu‸lator", 0, []string{"Tool.execute(\"calculator\", {", "- input: The expression"}},
		{"Tool.get('calcu‸lator')", 0, []string{"Tool.execute(\"calculator\""}},
		{"nothing‸", 0, nil},
		{"whi‸le true do", 0, nil},
		{"'sho‸p'", 0, nil},
		{"trap.x‸", 0, nil},
		{"‸", 0, nil},
	} {
		code, pos := at(c.code)
		got, err := h.Inspect(t.Context(), code, pos, c.detail)
		if err != nil || got.Found != (c.want != nil) {
			t.Errorf("%s: %+v, %v", c.code, got, err)
		}
		for _, w := range c.want {
			if !strings.Contains(got.Text, w) || !strings.Contains(got.Markdown, w) {
				t.Errorf("%s: want %q in %q and %q", c.code, w, got.Text, got.Markdown)
			}
		}
	}
	if got := run(t, h, "touched"); got[0] != "0" {
		t.Errorf("inspection has run the script's code %s times", got[0])
	}
}

func TestVariables(t *testing.T) {
	h := session(t, Options{})
	if v, err := h.Variables(t.Context(), 0, 0); err != nil || v.Total != 0 || v.Variables == nil {
		t.Errorf("a new session has %+v, %v", v, err)
	}
	run(t, h, shop)
	v, err := h.Variables(t.Context(), 0, 0)
	var names []string
	for _, x := range v.Variables {
		names = append(names, x.Name)
	}
	if err != nil || v.Total != 4 || strings.Join(names, " ") != "add shop touched trap" {
		t.Fatalf("%+v, %v", v, err)
	}
	if page, err := h.Variables(t.Context(), 1, 2); err != nil || page.Total != 4 || len(page.Variables) != 2 || page.Variables[0].Name != "shop" {
		t.Errorf("%+v, %v", page, err)
	}
	if s := v.Variables[1]; s.Type != "table" || s.Children != 2 || s.Expression != "shop" {
		t.Errorf("%+v", s)
	}
	c, err := h.Children(t.Context(), "shop", 0, 1)
	if err != nil || c.Total != 2 || len(c.Variables) != 1 {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = h.Children(t.Context(), c.Variables[0].Expression, 5, 5); err != nil || len(c.Variables) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if _, err := h.Children(t.Context(), "trap.x", 0, 1); err == nil {
		t.Error("an expression with side effects is evaluated")
	}
	if _, err := h.Children(t.Context(), "1 +", 0, 1); err == nil {
		t.Error("a syntax error is accepted")
	}
}

func TestIsComplete(t *testing.T) {
	for code, want := range map[string]Completeness{
		"1 + 1":                         {Status: CodeComplete},
		"x = 1":                         {Status: CodeComplete},
		"return 1":                      {Status: CodeComplete},
		"":                              {Status: CodeComplete},
		"-- words":                      {Status: CodeComplete},
		"for i = 1, 2 do":               {Status: CodeIncomplete, Indent: "  "},
		"function f()":                  {Status: CodeIncomplete, Indent: "  "},
		"if x then\n  for i=1,2 do":     {Status: CodeIncomplete, Indent: "    "},
		"if x then y() else":            {Status: CodeIncomplete, Indent: "  "},
		"t = {":                         {Status: CodeIncomplete, Indent: "  "},
		"1 +":                           {Status: CodeIncomplete},
		"x =":                           {Status: CodeIncomplete},
		"s = [[text":                    {Status: CodeIncomplete},
		"--[[ words":                    {Status: CodeIncomplete},
		"repeat x() until":              {Status: CodeIncomplete},
		"f(":                            {Status: CodeIncomplete, Indent: "  "},
		")":                             {Status: CodeInvalid},
		"end":                           {Status: CodeInvalid},
		"x = = 1":                       {Status: CodeInvalid},
		"x = \"text":                    {Status: CodeInvalid},
		strings.Repeat(" ", maxAsked+1): {Status: CodeUnknown},
	} {
		got := IsComplete(code)
		if got.Status != want.Status || got.Indent != want.Indent || (got.Error != "") != (got.Status == CodeInvalid) {
			t.Errorf("%.40q: %+v, want %+v", code, got, want)
		}
	}
}

// TestAnswersWhileBusy asks sessions that are busy in all ways that there are.
func TestAnswersWhileBusy(t *testing.T) {
	for name, code := range busy(t) {
		t.Run(name, func(t *testing.T) {
			h := session(t, Options{})
			run(t, h, "shop = {apples = 3}")
			x := start(t, h, code)
			for range 20 {
				// On a machine that is busy with other things one long step of a library
				// function may outlast the time for an answer: asked again, it comes.
				until(t, "it answers", func() bool {
					c, err := h.Complete(t.Context(), "shop.a", 6)
					if err != nil || !c.Partial && len(c.Matches) != 1 {
						t.Fatalf("%+v, %v", c, err)
					}
					return !c.Partial
				})
				until(t, "it answers", func() bool {
					i, err := h.Inspect(t.Context(), "shop.apples", 8, 0)
					if err != nil || !i.Partial && i.Value != "3" {
						t.Fatalf("%+v, %v", i, err)
					}
					return !i.Partial
				})
				v, err := h.Variables(t.Context(), 0, 10)
				if err != nil || v.Total < 1 && !v.Partial {
					t.Fatalf("%+v, %v", v, err)
				}
			}
			select {
			case <-x.Done():
				t.Fatalf("it has ended meanwhile: %v", x.Outcome().Err)
			default:
			}
			h.Interrupt(false)
			if o := x.Outcome(); !errors.Is(o.Err, ErrInterrupted) {
				t.Fatal(o.Err)
			}
		})
	}
}

// TestAttachWhileWaiting lets a debugger in while the script waits for a tool, and
// asks while it is stopped.
func TestAttachWhileWaiting(t *testing.T) {
	h := session(t, Options{})
	run(t, h, "shop = {apples = 3}")
	start(t, h, busy(t)["a tool"])
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	handler := &stops{stopped: make(chan debug.Stop, 1)}
	e, err := debug.AttachContext(ctx, h.Session().State(), handler, debug.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Detach()
	h.Interrupt(false)
	x := start(t, h, "print('running') while true do end")
	if err := e.Pause(); err != nil {
		t.Fatal(err)
	}
	<-handler.stopped
	if c, err := h.Complete(t.Context(), "shop.a", 6); err != nil || len(c.Matches) != 1 || c.Partial {
		t.Errorf("stopped: %+v, %v", c, err)
	}
	h.Interrupt(false)
	if o := x.Outcome(); !errors.Is(o.Err, ErrInterrupted) {
		t.Error(o.Err)
	}
}

// TestAnswersWithoutTheScript asks while nobody serves.
func TestAnswersWithoutTheScript(t *testing.T) {
	h := session(t, Options{})
	block := make(chan struct{})
	blocked := make(chan struct{})
	x, err := h.Submit(t.Context(), Request{Code: "print(1)", Output: func(Stream, []byte) { close(blocked); <-block }})
	if err != nil {
		t.Fatal(err)
	}
	<-blocked
	c, err := h.Complete(t.Context(), "prin", 4)
	if err != nil || !c.Partial || len(c.Matches) != 1 || c.Matches[0].Text != "print" {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := h.Complete(t.Context(), `Tool.get("calc`, 14); err != nil || c.Partial || len(c.Matches) == 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if i, err := h.Inspect(t.Context(), "print", 2, 0); err != nil || !i.Partial || i.Found {
		t.Errorf("%+v, %v", i, err)
	}
	if v, err := h.Variables(t.Context(), 0, 0); err != nil || !v.Partial {
		t.Errorf("%+v, %v", v, err)
	}
	close(block)
	if o := x.Outcome(); o.Err != nil {
		t.Error(o.Err)
	}
}

func FuzzComplete(f *testing.F) {
	for _, s := range []string{"shop.", `Tool.get("`, `Tool.execute("calculator", {`, "a[[", "f(){", "x:y", `"\`, "a['b", "--[["} {
		f.Add(s, len(s))
	}
	k := New(Options{})
	f.Cleanup(k.Close)
	h, err := k.Open(SessionOptions{Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, code string, position int) {
		c, err := h.Complete(context.Background(), code, position)
		if (err != nil) != (position < 0 || position > len(code)) {
			t.Fatalf("%v", err)
		}
		if err == nil && (c.Start < 0 || c.Start > c.End || c.End > len(code)) {
			t.Fatalf("replaces %d to %d of %d", c.Start, c.End, len(code))
		}
		if err == nil {
			if _, err := h.Inspect(context.Background(), code, position, 1); err != nil {
				t.Fatal(err)
			}
		}
		switch IsComplete(code).Status {
		case CodeComplete, CodeIncomplete, CodeInvalid, CodeUnknown:
		default:
			t.Fatal("no status")
		}
	})
}

// stops is a debugger's Handler that notes stops.
type stops struct {
	debug.NopHandler
	stopped chan debug.Stop
}

func (s *stops) Stopped(st debug.Stop) { s.stopped <- st }
