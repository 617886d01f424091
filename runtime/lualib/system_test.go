//go:build unix

package lualib

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// picky refuses what has "secret" in its name, and notes what it was asked.
type picky struct {
	OS
	asked []string
}

var errRefused = errors.New("refused: ask for permission")

func (p *picky) judge(what string, names ...string) error {
	p.asked = append(p.asked, what)
	for _, name := range names {
		if strings.Contains(name, "secret") {
			return &Denied{Err: errRefused}
		}
	}
	return nil
}

func (p *picky) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	if err := p.judge("open", name); err != nil {
		return nil, err
	}
	return p.OS.OpenFile(name, flag, perm)
}

func (p *picky) Stat(name string) (fs.FileInfo, error) {
	if err := p.judge("stat", name); err != nil {
		return nil, err
	}
	return p.OS.Stat(name)
}

func (p *picky) Remove(name string) error {
	if err := p.judge("remove", name); err != nil {
		return err
	}
	return p.OS.Remove(name)
}

func (p *picky) Rename(from, to string) error {
	if err := p.judge("rename", from, to); err != nil {
		return err
	}
	return p.OS.Rename(from, to)
}

func (p *picky) CreateTemp(prefix string) (*os.File, error) {
	if err := p.judge("temp", os.Getenv("LUALIB_TEST_TEMP")); err != nil {
		return nil, err
	}
	return p.OS.CreateTemp(prefix)
}

func (p *picky) MayRun() error { return p.judge("run", os.Getenv("LUALIB_TEST_RUN")) }

func (p *picky) MayReadEnv(name string) error { return p.judge("env", name) }

// TestRefusals: where the System refuses, functions that report failures do so,
// with the refusal's text and the number of EACCES, and the others raise it.
func TestRefusals(t *testing.T) {
	w := newWorld(t)
	system := &picky{}
	w.host.System = system
	raised := 0
	w.host.Raise = func(L *lua.LState, err error) {
		if errors.Is(err, errRefused) {
			raised++
		}
		raise(L, err.Error())
	}
	t.Setenv("LUALIB_secret", "hidden")
	for _, name := range []string{"secret", "open"} {
		if err := os.WriteFile(filepath.Join(w.host.Dir, name), []byte("content"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const nilled, thrown = "nil\trefused: ask for permission\t13\n", "false\tsource.lua:1: refused: ask for permission\n"
	for source, want := range map[string]string{
		`print(io.open("secret"))`:                                                        nilled,
		`print(io.open("secret", "w"))`:                                                   nilled,
		`print(io.open("secret-new", "a+"))`:                                              nilled,
		`print(os.remove("secret"))`:                                                      nilled,
		`print(os.rename("secret", "x"))`:                                                 nilled,
		`print(os.rename("open", "secret"))`:                                              nilled,
		`print(pcall(function() return (io.lines("secret")) end))`:                        thrown,
		`print(pcall(function() return (io.input("secret")) end))`:                        thrown,
		`print(pcall(function() return (io.output("secret")) end))`:                       thrown,
		`print(pcall(function() return (os.getenv("LUALIB_secret")) end))`:                thrown,
		`print(os.getenv("LUALIB_secret_not_set"))`:                                       "nil\n",
		`os.setenv("LUALIB_secret", "mine") print(os.getenv("LUALIB_secret"))`:            "mine\n",
		`print(io.open("open"):read("*a"), io.open("none"))`:                              "content\tnil\tnone: No such file or directory\t2\n",
		`print(io.popen("echo [$LUALIB_secret2]"):read())`:                                "[]\n",
		`os.setenv("LUALIB_secret2", "x") print(io.popen("echo $LUALIB_secret2"):read())`: "x\n",
	} {
		if strings.Contains(source, "secret2") {
			t.Setenv("LUALIB_secret2", "hidden")
		}
		w := w
		if strings.Contains(source, "setenv") { // it lasts
			w = newWorld(t)
			w.host.System = system
		}
		if got := w.output(t, source); got != want {
			t.Errorf("%s\nprinted %q, want %q", source, got, want)
		}
	}
	if raised != 4 {
		t.Errorf("%d refusals were raised with their Go error, want 4", raised)
	}

	t.Setenv("LUALIB_TEST_RUN", "secret")
	t.Setenv("LUALIB_TEST_TEMP", "secret")
	for source, want := range map[string]string{
		`print(io.popen("true"))`:                                  nilled,
		`print(io.popen("cat", "w"))`:                              nilled,
		`print(io.tmpfile())`:                                      nilled,
		`print(os.execute())`:                                      "0\n",
		`print(pcall(function() return (os.execute("true")) end))`: thrown,
		`print(pcall(function() return (os.tmpname()) end))`:       thrown,
	} {
		if got := w.output(t, source); got != want {
			t.Errorf("%s\nprinted %q, want %q", source, got, want)
		}
	}
	if data, err := os.ReadFile(filepath.Join(w.host.Dir, "secret")); err != nil || string(data) != "content" {
		t.Errorf("the refused file holds %q, %v", data, err)
	}
}

// Without a System, and with that of NewHost, nothing is refused.
func TestNoSystem(t *testing.T) {
	for name, system := range map[string]System{"nil": nil, "NewHost's": NewHost().System} {
		t.Run(name, func(t *testing.T) {
			host := NewHost()
			host.System, host.Dir, host.LookupEnv = system, t.TempDir(), os.LookupEnv
			L := lua.NewState()
			defer L.Close()
			defer Open(L, host)()
			if err := L.DoString(`
				assert(io.tmpfile()):close()
				assert(os.execute() == 1 and os.execute("exit 0") == 0)
				assert(os.getenv("PATH") and io.popen("echo hi"):read() == "hi")
				local f = assert(io.open("a", "w")) f:close()
				assert(os.rename("a", "b") and os.remove("b"))
			`); err != nil {
				t.Error(err)
			}
		})
	}
}
