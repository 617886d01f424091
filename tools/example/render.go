package example

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// CommandLine writes a call as it is typed in a shell: each parameter as
// name=value where that says it, else as name:=JSON.
func CommandLine(d *tool.Descriptor, params map[string]any) string {
	words := []string{"llmspell", "tool", "invoke", d.Name}
	for _, name := range order(d, params) {
		words = append(words, argument(property(d, name), name, params[name]))
	}
	return strings.Join(words, " ")
}

// Typed is the whole command of an example: CommandLine, and the permissions that it
// takes beyond those that commands have from the start.
func Typed(d *tool.Descriptor, ex *tool.Example) string {
	line := CommandLine(d, ex.Params)
	if program, ok := ex.Params["executable"].(string); ok && d.NeedsAny(tool.Processes) {
		line += " " + Quote("--allow-run="+program)
	}
	if d.NeedsAny(tool.Network) {
		switch text := marshal(ex.Params) + marshal(ex.Settings); {
		case placeholder.MatchString(text):
			line += " --allow-net"
		case strings.Contains(text, `"localhost"`):
			line += " --allow-net=localhost"
		}
	}
	return line
}

// placeholder is what stands for a value that Setup gives.
var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// argument writes one parameter. A text is written as it is only where the
// schema takes a text and nothing else, and where it cannot be taken for @FILE.
func argument(s *schema.Schema, name string, v any) string {
	onlyText := s != nil && len(s.Types) == 1 && s.Types[0] == schema.String
	switch v := v.(type) {
	case string:
		if onlyText && !strings.HasPrefix(v, "@") {
			return name + "=" + Quote(v)
		}
	case bool, float64, int, int64:
		if s != nil && len(s.Types) == 1 && s.Types[0] != schema.String && s.Types[0] != schema.Array {
			return name + "=" + marshal(v)
		}
	}
	return name + ":=" + Quote(marshal(v))
}

// plainWord is what every shell takes as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_./:,@%+=-]+$`)

// Quote makes a word of a text for a POSIX shell.
func Quote(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Lua writes a call as a script makes it.
func Lua(d *tool.Descriptor, params map[string]any) string {
	var b strings.Builder
	b.WriteString("Tool.execute(" + luaString(d.Name))
	if len(params) > 0 {
		b.WriteString(", {")
		for i, name := range order(d, params) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(luaKey(name) + " = ")
			luaValue(&b, params[name])
		}
		b.WriteString("}")
	}
	b.WriteString(")")
	return b.String()
}

func luaValue(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("nil")
	case string:
		b.WriteString(luaString(v))
	case []any:
		b.WriteString("{")
		for i, item := range v {
			if i > 0 {
				b.WriteString(", ")
			}
			luaValue(b, item)
		}
		b.WriteString("}")
	case map[string]any:
		b.WriteString("{")
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(luaKey(name) + " = ")
			luaValue(b, v[name])
		}
		b.WriteString("}")
	default:
		b.WriteString(marshal(v))
	}
}

var (
	luaName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	luaWords = []string{"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local",
		"nil", "not", "or", "repeat", "return", "then", "true", "until", "while"}
)

func luaKey(name string) string {
	if luaName.MatchString(name) && !slices.Contains(luaWords, name) {
		return name
	}
	return "[" + luaString(name) + "]"
}

// luaString writes a string literal. Lua has no \u: other characters than
// control characters stand for themselves.
func luaString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\t':
			b.WriteString(`\t`)
		case c == '\r':
			b.WriteString(`\r`)
		case c < 0x20 || c == 0x7f:
			code := strconv.Itoa(int(c))
			b.WriteString(`\` + strings.Repeat("0", 3-len(code)) + code)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// order lists the parameters of a call as the schema lists them.
func order(d *tool.Descriptor, params map[string]any) []string {
	var out []string
	for _, p := range d.Parameters.Properties {
		if _, ok := params[p.Name]; ok {
			out = append(out, p.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func property(d *tool.Descriptor, name string) *schema.Schema {
	for _, p := range d.Parameters.Properties {
		if p.Name == name || slices.Contains(p.Aliases, name) {
			return p.Schema
		}
	}
	return nil
}

// marshal writes JSON without the escapes that only HTML needs.
func marshal(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // parameters of examples are JSON-like values
	return strings.TrimSuffix(b.String(), "\n")
}

// JSON writes a JSON-like value on one line, for people to read.
func JSON(v any) string { return marshal(v) }
