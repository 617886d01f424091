package kernel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/runtime/debug"
	"github.com/llmspell/llmspell/tools/tool"
)

// Bounds of questions: the time that an answer may take, for which what runs may
// be held up, and the longest code that is looked at, in bytes.
const (
	maxAnswer = 250 * time.Millisecond
	maxAsked  = 1 << 20
)

// Completions are the ways in which code could go on. Start and End, offsets in
// bytes, are what each match replaces.
type Completions struct {
	Start   int          `json:"start"`
	End     int          `json:"end"`
	Matches []Completion `json:"matches"`
	// Partial says that the script could not be asked in time: only what is known
	// without it is there.
	Partial bool `json:"partial,omitempty"`
}

// Completion is one way in which code could go on.
type Completion struct {
	Text          string `json:"text"`
	Kind          string `json:"kind"` // method, function, field, variable, keyword, tool, parameter
	Detail        string `json:"detail,omitempty"`
	Documentation string `json:"documentation,omitempty"`
}

// inspect returns the session's inspector. It is made with the session in a
// kernel, else when it is first needed.
func (s *Session) inspect(ctx context.Context) (*debug.Inspector, error) {
	if i := s.inspector.Load(); i != nil {
		return i, nil
	}
	err := s.state.Do(ctx, func(*lua.LState) {
		if s.inspector.Load() == nil {
			s.inspector.Store(debug.NewInspector(s.state, "arg", "ARGS"))
		}
	})
	return s.inspector.Load(), err
}

// asking bounds a question in size and time.
func asking(ctx context.Context, code string, position int) (context.Context, context.CancelFunc, error) {
	switch {
	case len(code) > maxAsked:
		return nil, nil, fmt.Errorf("the code has %d bytes: at most %d are looked at", len(code), maxAsked)
	case position < 0 || position > len(code):
		return nil, nil, fmt.Errorf("position %d is outside of the code, which has %d bytes", position, len(code))
	}
	ctx, cancel := context.WithTimeout(ctx, maxAnswer)
	return ctx, cancel, nil
}

// Complete proposes how code goes on at a position, an offset in bytes: names and
// fields that exist now, tools and their parameters. It answers while the session
// runs, changes nothing, and takes a quarter of a second at most. Any goroutine
// but the one that runs the session.
func (s *Session) Complete(ctx context.Context, code string, position int) (Completions, error) {
	asked, cancel, err := asking(ctx, code, position)
	if err != nil {
		return Completions{}, err
	}
	defer cancel()
	if out, ok := s.completeTool(code, position); ok {
		return out, nil
	}
	out := Completions{Start: position, End: position}
	var matches []debug.Completion
	i, err := s.inspect(asked)
	if err == nil {
		matches, err = i.Complete(asked, code, position)
	}
	switch {
	case ctx.Err() != nil:
		return Completions{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return wordsAt(code, position), nil
	case err != nil:
		return Completions{}, err
	}
	for _, m := range matches {
		out.Start, out.End = m.Start, m.Start+m.Length
		out.Matches = append(out.Matches, Completion{Text: m.Text, Kind: string(m.Kind), Detail: m.Detail})
	}
	s.completeField(&out, code, position)
	return out, nil
}

// libraries are the globals that each session has.
const libraries = `_G _VERSION arg ARGS assert bit32 collectgarbage coroutine debug dofile error getfenv getmetatable io ipairs load
	loadfile loadstring math module next os package pairs pcall print rawequal rawget rawlen rawset require select setfenv
	setmetatable string table tonumber tostring Tool type unpack utf8 xpcall`

// wordsAt proposes what is known without the script.
func wordsAt(code string, position int) Completions {
	start := wordStart(code, position)
	out := Completions{Start: start, End: position, Partial: true}
	if start > 0 && strings.IndexByte(".:", code[start-1]) >= 0 {
		return out
	}
	partial := code[start:position]
	for _, w := range strings.Fields(libraries) {
		if strings.HasPrefix(w, partial) {
			out.Matches = append(out.Matches, Completion{Text: w, Kind: string(debug.CompleteVariable)})
		}
	}
	for _, w := range debug.Keywords() {
		if strings.HasPrefix(w, partial) {
			out.Matches = append(out.Matches, Completion{Text: w, Kind: string(debug.CompleteKeyword)})
		}
	}
	return out
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// named are the functions whose first argument is the name of a tool.
var named = map[string]bool{
	"Tool.get": true, "Tool.execute": true, "Tool.invoke": true, "Tool.start": true, "Tool.exists": true,
	"Tool.info": true, "Tool.get_info": true, "Tool.schema": true, "Tool.get_schema": true,
}

// completeTool proposes the names of tools and their parameters in calls.
func (s *Session) completeTool(code string, position int) (out Completions, ok bool) {
	call, ok := debug.CallAt(code, position)
	if !ok {
		return out, false
	}
	out = Completions{Start: call.Start, End: position}
	switch {
	case call.String && call.Arg == 0 && named[call.Callee]:
		for _, d := range s.tools.Known() {
			if strings.HasPrefix(d.Name, strings.ReplaceAll(call.Partial, "_", "-")) {
				out.Matches = append(out.Matches, Completion{Text: d.Name, Kind: "tool", Detail: d.Category, Documentation: d.Description})
			}
		}
		return out, true
	case call.Table:
		d, ok := s.toolOf(call)
		if !ok || d.Parameters == nil {
			return out, false
		}
		out.Matches = parameters(d, call)
		return out, true
	}
	return out, false
}

// toolOf is the tool whose parameters a table is.
func (s *Session) toolOf(call debug.Call) (*tool.Descriptor, bool) {
	switch call.Callee {
	case "Tool.execute", "Tool.invoke", "Tool.start":
		if call.Arg != 1 {
			return nil, false
		}
		return s.tools.KnownTool(call.Strings[0])
	}
	name, ok := strings.CutSuffix(call.Callee, ":execute")
	if !ok {
		name, ok = strings.CutSuffix(call.Callee, ".execute")
	}
	if !ok || call.Arg != 0 {
		return nil, false
	}
	if short, ok := strings.CutPrefix(name, "Tool."); ok && strings.IndexFunc(short, func(r rune) bool { return r >= 0x80 || !isWord(byte(r)) }) < 0 {
		return s.tools.KnownTool(short)
	}
	if quoted, ok := strings.CutPrefix(name, "Tool.get("); ok {
		return s.tools.KnownTool(strings.Trim(strings.TrimSuffix(quoted, ")"), `"' `))
	}
	return nil, false
}

// parameters proposes those that are not there yet, required ones first.
func parameters(d *tool.Descriptor, call debug.Call) (out []Completion) {
	all := slices.Clone(d.Parameters.Properties)
	sort.SliceStable(all, func(i, j int) bool { return all[i].Required && !all[j].Required })
	for _, p := range all {
		if !strings.HasPrefix(p.Name, call.Partial) || slices.Contains(call.Keys, p.Name) {
			continue
		}
		var types []string
		var doc string
		if p.Schema != nil {
			for _, t := range p.Types {
				types = append(types, string(t))
			}
			doc = p.Description
		}
		detail := strings.Join(types, " or ")
		if p.Required {
			detail = strings.TrimSpace(detail + " (required)")
		}
		out = append(out, Completion{Text: p.Name, Kind: "parameter", Detail: detail, Documentation: doc})
	}
	return out
}

// completeField adds the tools as fields of the global Tool.
func (s *Session) completeField(out *Completions, code string, position int) {
	start := wordStart(code, position)
	before, ok := strings.CutSuffix(code[:start], "Tool.")
	if !ok || before != "" && (isWord(before[len(before)-1]) || before[len(before)-1] == '.') || len(out.Matches) > 0 && out.Start != start {
		return
	}
	out.Start, out.End = start, position
	for _, d := range s.tools.Known() {
		name := strings.ReplaceAll(d.Name, "-", "_")
		if strings.HasPrefix(name, code[start:position]) {
			out.Matches = append(out.Matches, Completion{Text: name, Kind: "tool", Detail: d.Category, Documentation: d.Description})
		}
	}
}

// wordStart is where the word before a position begins.
func wordStart(code string, position int) int {
	for position > 0 && isWord(code[position-1]) {
		position--
	}
	return position
}

// Complete is Session.Complete.
func (h *Hosted) Complete(ctx context.Context, code string, position int) (Completions, error) {
	h.touch()
	out, err := h.session.Complete(ctx, code, position)
	return out, h.asked(err)
}

// asked words the error of a question to a session that is closed.
func (h *Hosted) asked(err error) error {
	if err == nil {
		return nil
	}
	select {
	case <-h.gone:
		return fmt.Errorf("%w: %s", ErrClosed, h.id)
	default:
		return err
	}
}
