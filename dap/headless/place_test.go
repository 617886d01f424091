package headless

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParsePlace(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Place
	}{
		{"a.lua:3", Place{File: "a.lua", Line: 3}},
		{"  a.lua:3  ", Place{File: "a.lua", Line: 3}},
		{"12", Place{Line: 12}},
		{"12 if t:f(3)", Place{Line: 12, Condition: "t:f(3)"}},
		{`12 if s == "b.lua:4 if x"`, Place{Line: 12, Condition: `s == "b.lua:4 if x"`}},
		{`C:\x.lua:12`, Place{File: `C:\x.lua`, Line: 12}},
		{`C:\x y.lua:12 if a`, Place{File: `C:\x y.lua`, Line: 12, Condition: "a"}},
		{`C:/x.lua:12 if s == "D:3"`, Place{File: "C:/x.lua", Line: 12, Condition: `s == "D:3"`}},
		{`a.lua:3 if s == ":4 if 5"`, Place{File: "a.lua", Line: 3, Condition: `s == ":4 if 5"`}},
		{"a.lua:3\tif\ta", Place{File: "a.lua", Line: 3, Condition: "a"}},
		{"a.lua:3 if a\nand b", Place{File: "a.lua", Line: 3, Condition: "a\nand b"}},
		{"it's.lua:3", Place{File: "it's.lua", Line: 3}},
	} {
		if got, err := ParsePlace(tt.text); err != nil || got != tt.want {
			t.Errorf("%q is %+v, %v; want %+v", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", "a.lua", "a.lua:", ":3", "a.lua:x", "a.lua:-1", "a.lua:0", "a.lua:3x", "a.lua:3 when x", "a.lua:3 if", "a.lua:3 if  ", "a.lua:3if x", "99999999999999999999"} {
		if got, err := ParsePlace(text); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q is %+v, %v; want an error that names it", text, got, err)
		}
	}
}

func TestParseAction(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Place
	}{
		{"a.lua:3 => x == 1", Place{File: "a.lua", Line: 3, Action: "x == 1"}},
		{"3 => x", Place{Line: 3, Action: "x"}},
		{`C:\x.lua:3 if a => b`, Place{File: `C:\x.lua`, Line: 3, Condition: "a", Action: "b"}},
		{`3 if s == " => " => b => c`, Place{Line: 3, Condition: `s == " => "`, Action: "b => c"}},
		{`3 if s == '\' => ' => b`, Place{Line: 3, Condition: `s == '\' => '`, Action: "b"}},
		{`3 if s == [[ => ]] => b`, Place{Line: 3, Condition: `s == [[ => ]]`, Action: "b"}},
		{`3 if s == [==[ ]] => ]=] ]==] => b`, Place{Line: 3, Condition: `s == [==[ ]] => ]=] ]==]`, Action: "b"}},
		{`3 if t[i] => b`, Place{Line: 3, Condition: "t[i]", Action: "b"}},
		{`3 if t[t[1]] => b`, Place{Line: 3, Condition: "t[t[1]]", Action: "b"}},
		{`3 => it's {x} => "`, Place{Line: 3, Action: `it's {x} => "`}},
		{"3 if a=>b => c", Place{Line: 3, Condition: "a=>b", Action: "c"}},
	} {
		if got, err := ParseAction(tt.text, "TEXT"); err != nil || got != tt.want {
			t.Errorf("%q is %+v, %v; want %+v", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"", "3", "3 if a", "3 =>", "3 => ", "3 if => x", `3 if s == " => x`, "3 if s == [[ => x", "x => y", "3=>x"} {
		if got, err := ParseAction(text, "TEXT"); err == nil {
			t.Errorf("%q is %+v, want an error", text, got)
		}
	}
}

func FuzzParseAction(f *testing.F) {
	f.Add("a.lua:3 if s == [=[ => ]=] => b")
	f.Add(`C:\x.lua:12 if '\`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseAction(text, "TEXT")
		if err == nil && (p.Line < 1 || p.Action == "" || !strings.Contains(text, p.Action) || !strings.Contains(text, p.Condition) || !strings.Contains(text, p.File)) {
			t.Errorf("%q is taken for %+v", text, p)
		}
	})
}

func TestFind(t *testing.T) {
	work, scripts := t.TempDir(), t.TempDir()
	t.Chdir(work)
	for _, path := range []string{filepath.Join(work, "both.lua"), filepath.Join(work, "here.lua"), filepath.Join(scripts, "both.lua"), filepath.Join(scripts, "beside.lua"), filepath.Join(scripts, "main.lua")} {
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	script := filepath.Join(scripts, "main.lua")
	for _, tt := range []struct {
		file  string
		want  []string
		found bool
	}{
		{"", []string{script}, true},
		{"both.lua", []string{filepath.Join(work, "both.lua")}, true},
		{"here.lua", []string{filepath.Join(work, "here.lua")}, true},
		{"beside.lua", []string{filepath.Join(scripts, "beside.lua")}, true},
		{"none.lua", []string{filepath.Join(work, "none.lua"), filepath.Join(scripts, "none.lua")}, false},
		{filepath.Join(scripts, "none.lua"), []string{filepath.Join(scripts, "none.lua")}, false},
	} {
		paths, found := Place{File: tt.file}.Find(script)
		if strings.Join(paths, " ") != strings.Join(tt.want, " ") || found != tt.found {
			t.Errorf("%q is in %v, %v; want %v, %v", tt.file, paths, found, tt.want, tt.found)
		}
	}
}
