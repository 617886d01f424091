package compile_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"

	"github.com/llmspell/llmspell/internal/luagen"
	"github.com/llmspell/llmspell/internal/puc"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/runtime/compile"
	"github.com/llmspell/llmspell/runtime/lualib"
)

// env is enough to compile; code that runs is compiled by a runtime.State.
func env() *compile.Env {
	return &compile.Env{TrapMeta: &lua.LTable{Metatable: lua.LNil}, Concat: &lua.LFunction{IsG: true}}
}

// compiled compiles source that is right.
func compiled(t testing.TB, source string) *compile.Chunk {
	t.Helper()
	c, err := compile.Compile(source, "=test", env())
	if err != nil {
		t.Fatalf("compile: %v\n%s", err, clip(source))
	}
	return c
}

// message returns the error of compiling, or "" if the source is right.
func message(source, name string) string {
	_, err := compile.Compile(source, name, env())
	if err != nil {
		return err.Error()
	}
	return ""
}

func clip(s string) string {
	if len(s) > 2000 {
		return s[:2000] + "…"
	}
	return s
}

// quote writes a string as a Lua literal, byte for byte.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		fmt.Fprintf(&b, `\%03d`, s[i])
	}
	b.WriteByte('"')
	return b.String()
}

// mark separates the answers of the interpreter.
const mark = "\x01\n"

// pucLoad returns PUC Lua's messages for loading sources under a chunk name,
// "" for those that it accepts.
func pucLoad(t testing.TB, name string, sources []string) []string {
	t.Helper()
	var b strings.Builder
	for _, s := range sources {
		fmt.Fprintf(&b, "local f, e = loadstring(%s, %s) io.write(e or '', %s)\n", quote(s), quote(name), quote(mark))
		b.WriteString("do end\n")
	}
	// A chunk has at most 200 locals, so each answer gets a block.
	script := strings.ReplaceAll(b.String(), "local f, e", "do local f, e")
	script = strings.ReplaceAll(script, "do end\n", "end\n")
	out, err := puc.Run(t, script)
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Split(out, mark)
	return answers[:len(answers)-1]
}

// slots counts the slots that a run passed.
type slots struct {
	traps bool // every instruction is trapped, too, before and after it
	count int
}

// run runs source in a state of its own and returns what it printed, and its
// error if it failed. With armed set, every slot is armed.
func run(t testing.TB, source, path string, armed *slots) (string, error) {
	t.Helper()
	var out bytes.Buffer
	host := lualib.NewHost()
	host.Stdout, host.Stderr, host.Stdin = &out, io.Discard, strings.NewReader("")
	st, err := runtime.New(runtime.Options{Host: host, Limits: runtime.Limits{Time: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if armed != nil {
		st.SetHooks(&runtime.Hooks{
			Load: func(_ *runtime.Source, in *compile.Instance) {
				armAll(in)
				if armed.traps {
					trapAll(t, in)
				}
			},
			Slot: func(*lua.LState, *compile.Function, runtime.Frame) bool {
				armed.count++
				return true
			},
		})
	}
	name := "@source.lua"
	if path != "" {
		name = "@" + path
		dir := filepath.Dir(path)
		st.SetPath([]string{dir + "/?.lua", dir + "/?/init.lua"})
	}
	fn, err := st.LoadString(source, name, path)
	if err != nil {
		return "", err
	}
	_, err = st.Call(context.Background(), fn)
	return out.String(), err
}

func armAll(in *compile.Instance) {
	for _, fn := range in.Chunk.Functions {
		for _, s := range fn.Slots {
			s.Arm(in.Protos[fn.Index], true)
		}
	}
}

// trapAll traps every instruction.
func trapAll(t testing.TB, in *compile.Instance) {
	for _, fn := range in.Chunk.Functions {
		for raw := range fn.RawLen() {
			if fn.Pc(raw) < 0 {
				continue
			}
			trap, err := fn.TrapAt(raw)
			if err != nil {
				t.Errorf("trap at %d: %v", raw, err)
				return
			}
			trap.Arm(in.Protos[fn.Index], true, true)
		}
	}
}

// runs is run for source that is right.
func runs(t testing.TB, source string) string {
	t.Helper()
	out, err := run(t, source, "", nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, clip(source))
	}
	return out
}

// scripts returns the Lua files of testdata by path.
func scripts(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, dir := range []string{"programs", "scripts"} {
		files, err := filepath.Glob("../../testdata/" + dir + "/*.lua")
		if err != nil || len(files) == 0 {
			t.Fatalf("no scripts in testdata/%s: %v", dir, err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			abs, err := filepath.Abs(f)
			if err != nil {
				t.Fatal(err)
			}
			out[abs] = runtime.FileSource(string(data))
		}
	}
	return out
}

// generated returns the generated program of a seed.
func generated(seed int64) string {
	opts := luagen.All()
	opts.Size = 20 + int(seed)%80
	return luagen.Program(seed, opts)
}
