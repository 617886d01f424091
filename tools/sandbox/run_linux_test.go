package sandbox

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestFindProgram(t *testing.T) {
	dir := t.TempDir()
	bin, work := filepath.Join(dir, "bin"), filepath.Join(dir, "work")
	for _, f := range []string{"bin/tool", "bin/other", "work/tool", "work/own", "work/multi"} {
		path := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"work/link": "../bin/tool", "bin/alias": "tool", "bin/box": "multi-call", "bin/ls": "box", "bin/rm": "box", "work/rm": "../bin/rm"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(bin, "multi-call"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+work)
	find := func(r Rule, write Rule, name string) (string, error) {
		s, err := New(work, Policy{Run: r, Write: write})
		if err != nil {
			t.Fatal(err)
		}
		return s.FindProgram(name)
	}
	allow := func(entries ...string) Rule { return Rule{Allow: entries} }
	deny := func(entries ...string) Rule { return Rule{All: true, Deny: entries} }
	for _, tc := range []struct {
		r, write Rule
		name     string
		want     string // "" for a denial
	}{
		{allow("tool"), Rule{}, "tool", "bin/tool"}, {allow("tool"), Rule{}, filepath.Join(bin, "tool"), "bin/tool"}, {allow("tool"), Rule{}, "../bin/tool", "bin/tool"},
		{allow("tool"), Rule{}, "./tool", ""}, {allow("tool"), Rule{}, "link", ""}, {allow("tool"), Rule{}, "other", ""}, {allow("tool"), Rule{}, filepath.Join(work, "tool"), ""},
		{allow("alias"), Rule{}, "alias", "bin/alias"}, {allow("alias"), Rule{}, "tool", "bin/tool"}, {allow("alias"), Rule{}, "link", ""},
		{allow("./own"), Rule{}, "./own", "work/own"}, {allow("./own"), Rule{}, "own", "work/own"}, {allow(filepath.Join(work, "own")), allow(work), "./own", "work/own"},
		// Who may write a folder of PATH could put a program there.
		{allow("own"), allow(work), "own", ""}, {allow("own"), Rule{}, "own", "work/own"}, {allow("own"), Rule{All: true}, "own", "work/own"}, {allow("tool"), allow(bin), "tool", ""},
		{Rule{All: true}, allow(work), "own", "work/own"}, {Rule{All: true}, Rule{}, "./link", "work/link"},
		{deny("tool"), Rule{}, "tool", ""}, {deny("tool"), Rule{}, filepath.Join(bin, "tool"), ""}, {deny("tool"), Rule{}, "link", ""}, {deny("tool"), Rule{}, "alias", ""},
		{deny("tool"), Rule{}, "other", "bin/other"}, {deny(filepath.Join(bin, "tool")), Rule{}, "tool", ""}, {deny("rm"), Rule{}, "rm", ""}, {deny("rm"), Rule{}, "./rm", ""},
		// One file under many names: only the name that is denied.
		{deny("rm"), Rule{}, "ls", "bin/ls"},
		{Rule{Allow: []string{"tool"}, Deny: []string{"tool"}}, Rule{}, "tool", ""},
	} {
		got, err := find(tc.r, tc.write, tc.name)
		var denied *DeniedError
		switch {
		case tc.want == "" && (!errors.As(err, &denied) || denied.Permission != Run):
			t.Errorf("%+v, write %+v: FindProgram(%s) = %s, %v; want a denial", tc.r, tc.write, tc.name, got, err)
		case tc.want != "" && (err != nil || got != filepath.Join(dir, tc.want)):
			t.Errorf("%+v: FindProgram(%s) = %s, %v; want %s", tc.r, tc.name, got, err, tc.want)
		}
	}
	if _, err := find(Rule{All: true}, Rule{}, "missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing program: %v", err)
	}
	if _, err := find(allow("missing"), Rule{}, "missing"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing program that is allowed: %v", err)
	}
	t.Setenv("PATH", ".")
	if _, err := find(Rule{All: true}, Rule{}, "own"); err == nil {
		t.Error("a program was found in the working folder without being asked for there")
	}
}
