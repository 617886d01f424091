package lint_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/kernel"
)

// TestKeptValues: tables and ids that cannot be kept are reported in the words of the kernel, which
// is asked too; what it keeps is not.
func TestKeptValues(t *testing.T) {
	for _, name := range []string{"XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, t.TempDir())
	}
	services := kernel.NewDefaultServices(nil, nil)
	defer services.Close()
	var out bytes.Buffer
	s, err := kernel.NewSession(kernel.Config{Stdout: &out, Stderr: &out, Dir: t.TempDir(), Services: services})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for text, refused := range map[string]bool{
		`State.set("k", {[true] = 1})`:                                    true,
		`State.set("k", {a = {[true] = 1}})`:                              true,
		`State.set("k", {a = {b = print}})`:                               true,
		`State.compare_and_set("k", 1, {[false] = 1})`:                    true,
		`Event.publish("e", {[true] = 1})`:                                true,
		`print(JSON.stringify({a = {[true] = 1}}))`:                       true,
		`print(JSON.encode({[true] = 1}))`:                                true,
		`Session.create({id = "a b"})`:                                    true,
		`Session.create({id = "` + strings.Repeat("x", 129) + `"})`:       true,
		`Session.create({id = ""})`:                                       false,
		`Session.create({id = "a.b:c-d_1"})`:                              false,
		`Session.create({name = "a b"})`:                                  false,
		`State.set("k", {[1] = 1, ["1"] = 2})`:                            false,
		`State.set("k", {[1.5] = 1, a = {}, [2] = 1})`:                    false,
		`print(JSON.stringify({[1.5] = 1}), State.set("k", {[...] = 1}))`: false,
	} {
		out.Reset()
		if _, err := s.RunString(t.Context(), "local ok, err = pcall(function(...) "+text+" end, 'x') print(err)", "=test", nil); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		said := lines[len(lines)-1]
		if (said != "nil") != refused {
			t.Errorf("%s: the kernel says %q", text, said)
		}
		list := check(t, text, nil)
		switch {
		case !refused && len(list) > 0 || len(list) > 1:
			t.Errorf("%s: %v", text, list)
		case refused && (len(list) == 0 || !strings.HasSuffix(said, list[0].Message)):
			t.Errorf("%s: the kernel says %q, the check %v", text, said, list)
		}
	}
}
