package lualib

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// newStringState returns a state whose string and utf8 libraries are ours and
// whose other libraries are gopher-lua's own.
func newStringState(t testing.TB, h *Host) *lua.LState {
	t.Helper()
	L := lua.NewState(lua.Options{RegistryMaxSize: 1 << 20, RegistryGrowStep: 4096})
	t.Cleanup(L.Close)
	openString(L, h)
	openUTF8(L, h)
	return L
}

// stringsCase is a chunk and what it returns, as describeAll writes it, or the
// error it raises, without the position.
type stringsCase struct {
	chunk, want, wantErr string
}

// runStringsCases runs each case in a state of its own.
func runStringsCases(t *testing.T, cases []stringsCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.chunk, func(t *testing.T) {
			got, err := evalStrings(t, NewHost(), c.chunk)
			if got != c.want || err != c.wantErr {
				t.Errorf("%s\n got %s, error %q\nwant %s, error %q", c.chunk, got, err, c.want, c.wantErr)
			}
		})
	}
}

// evalStrings runs a chunk and returns its results and its error.
func evalStrings(t testing.TB, h *Host, chunk string) (results, errText string) {
	t.Helper()
	L := newStringState(t, h)
	fn, err := L.Load(strings.NewReader(chunk), "chunk")
	if err != nil {
		t.Fatal(err)
	}
	L.Push(fn)
	if err := L.PCall(0, lua.MultRet, nil); err != nil {
		return "", strings.TrimPrefix(luaErrorText(t, err), "chunk:1: ")
	}
	values := make([]lua.LValue, L.GetTop())
	for i := range values {
		values[i] = L.Get(i + 1)
	}
	return describeAll(values), ""
}

// luaErrorText is the error value of err. A Go run-time error that PCall caught
// is a bug in the library.
func luaErrorText(t testing.TB, err error) string {
	t.Helper()
	apiErr, ok := err.(*lua.ApiError)
	if !ok || strings.Contains(err.Error(), "runtime error") {
		t.Fatalf("not a Lua error: %v", err)
	}
	return apiErr.Object.String()
}

// describeAll writes values as describePrelude's emit does under PUC Lua.
func describeAll(values []lua.LValue) string {
	texts := make([]string, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case lua.LString:
			texts[i] = luaQuote(string(v))
		case lua.LNumber:
			texts[i] = FormatNumber(v)
		case lua.LBool, *lua.LNilType:
			texts[i] = v.String()
		default:
			texts[i] = v.Type().String()
		}
	}
	return strings.Join(texts, " ")
}

// luaQuote is s as a literal that every Lua reads back byte by byte.
func luaQuote(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, c := range []byte(s) {
		if c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			out.WriteString(`\` + string([]byte{'0' + c/100, '0' + c/10%10, '0' + c%10}))
		} else {
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// describePrelude defines emit for PUC Lua: one line a call, values as
// describeAll writes them.
const describePrelude = `
local function quote(c) return ("\\%03d"):format(c:byte()) end
function emit(...)
	local line = {}
	for i = 1, select("#", ...) do
		local v = (select(i, ...))
		if type(v) == "string" then
			v = '"' .. v:gsub('[%z\1-\31\127-\255"\\]', quote) .. '"'
		elseif type(v) == "number" or type(v) == "boolean" or v == nil then
			v = tostring(v)
		else
			v = type(v)
		end
		line[i] = v
	end
	io.write(table.concat(line, " "), "\n")
end
`

// runPUC runs chunk under PUC Lua 5.1 and returns what it emits. It skips the
// test where there is none, except in CI.
func runPUC(t testing.TB, chunk string) []string {
	t.Helper()
	path, err := exec.LookPath("lua5.1")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the differential test needs lua5.1 in CI: install the package lua5.1")
		}
		t.Skip("lua5.1 is not installed; the differential test compares with it")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"prelude.lua": describePrelude, "chunk": chunk} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(path, "-e", `dofile "prelude.lua"`, "chunk")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("lua5.1: %v\n%s", err, out)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// runOurs runs the same chunk with our libraries.
func runOurs(t testing.TB, chunk string) []string {
	t.Helper()
	L := newStringState(t, NewHost())
	var lines []string
	L.SetGlobal("emit", L.NewFunction(func(L *lua.LState) int {
		values := make([]lua.LValue, L.GetTop())
		for i := range values {
			values[i] = L.Get(i + 1)
		}
		lines = append(lines, describeAll(values))
		return 0
	}))
	fn, err := L.Load(strings.NewReader(chunk), "chunk")
	if err != nil {
		t.Fatal(err)
	}
	L.Push(fn)
	if err := L.PCall(0, 0, nil); err != nil {
		t.Fatal(err)
	}
	return lines
}

// compareWithPUC runs one call a line under both and reports the lines whose
// results differ.
func compareWithPUC(t *testing.T, calls []string) {
	t.Helper()
	lines := make([]string, len(calls))
	for i, call := range calls {
		lines[i] = "emit(pcall(function() return " + call + " end))"
	}
	chunk := strings.Join(lines, "\n")
	want := runPUC(t, chunk)
	got := runOurs(t, chunk)
	if len(got) != len(calls) || len(want) != len(calls) {
		t.Fatalf("%d calls, %d results, PUC Lua has %d", len(calls), len(got), len(want))
	}
	differing := 0
	for i := range calls {
		if got[i] == want[i] {
			continue
		}
		if differing++; differing <= 20 {
			t.Errorf("%s\n got %s\nwant %s", calls[i], got[i], want[i])
		}
	}
	if differing > 0 {
		t.Errorf("%d of %d calls differ from PUC Lua", differing, len(calls))
	}
}
