package puc

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	tests := []struct {
		name      string
		installed string
		want      string
	}{
		{"debian", "lua5.1", "/bin/lua5.1"},
		{"windows and fedora", "lua51", "/bin/lua51"},
		{"homebrew", "lua-5.1", "/bin/lua-5.1"},
		{"missing", "lua5.4", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := find(func(name string) (string, error) {
				if name == tt.installed {
					return "/bin/" + name, nil
				}
				return "", errors.New("not found")
			})
			if got != tt.want {
				t.Errorf("find = %q, want %q", got, tt.want)
			}
			if (err == nil) != (tt.want != "") {
				t.Errorf("error %v", err)
			}
			if err != nil && !strings.Contains(err.Error(), "install") {
				t.Errorf("error %q does not say what to do", err)
			}
		})
	}
}

func TestPathIsLua51(t *testing.T) {
	got, err := Run(t, "print(_VERSION)\n", Path(t))
	if err != nil || got != "Lua 5.1\n" {
		t.Errorf("_VERSION printed %q, error %v", got, err)
	}
}

func TestRun(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file.lua")
	if err := os.WriteFile(file, []byte("print(arg[0]:match('[^/]*$'), ...)"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, script string
		args         []string
		want         string
		wantErr      string
	}{
		{"source", "print(1 + 1)\n", nil, "2\n", ""},
		{"source on one line", "print(1)", nil, "1\n", ""},
		{"source with arguments", "print(...)", []string{"a", "b c"}, "a\tb c\n", ""},
		{"source that names a file", "-- see\n-- file.lua", nil, "", ""},
		{"file", file, []string{"x"}, "file.lua\tx\n", ""},
		{"failure", "print(1)\nerror('boom')\n", nil, "1\n", "source.lua:2: boom"},
		{"syntax error", "x =", nil, "", "unexpected symbol"},
		{"missing file", "/nonexistent/x.lua", nil, "", "cannot open"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Run(t, tt.script, tt.args...)
			if got != tt.want {
				t.Errorf("output %q, want %q", got, tt.want)
			}
			switch {
			case tt.wantErr == "" && err != nil:
				t.Errorf("error %v", err)
			case tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)):
				t.Errorf("error %v, want one with %q", err, tt.wantErr)
			}
		})
	}
}

// Number must print what PUC Lua prints.
func TestNumber(t *testing.T) {
	tests := []struct {
		value  float64
		source string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {100000, "100000"}, {123456, "123456"},
		{1e14, "1e14"}, {99999999999999, "99999999999999"}, {1e15, "1e15"}, {1 << 53, "2^53"},
		{1.0 / 3, "1/3"}, {0.1, "0.1"}, {1e100, "1e100"}, {1e-5, "1e-5"}, {0.0001, "0.0001"},
		{-2.5, "-2.5"}, {123456.789, "123456.789"}, {math.Inf(1), "1/0"}, {math.Inf(-1), "-1/0"},
		{1e300, "1e300"}, {5e-324, "5e-324"}, {1e5, "1e5"}, {12345678901234567890, "12345678901234567890"},
	}
	var source strings.Builder
	for _, tt := range tests {
		// -0 as a constant would share 0's place in PUC Lua's table of constants.
		if tt.source == "-0" {
			source.WriteString("local zero = tonumber('0') print(-zero)\n")
			continue
		}
		source.WriteString("print(" + tt.source + ")\n")
	}
	out, err := Run(t, source.String())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out, "\n")
	for i, tt := range tests {
		if got := Number(tt.value); got != lines[i] {
			t.Errorf("Number(%s) = %q, PUC Lua prints %q", tt.source, got, lines[i])
		}
	}
	if got := Number(math.NaN()); got != "nan" {
		t.Errorf("Number(NaN) = %q", got)
	}
}

func TestQuote(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", `""`},
		{"a\n\"b\"\\", `"a\n\"b\"\\"`},
		{strings.Repeat("x", 60), `"` + strings.Repeat("x", 60) + `"`},
		{strings.Repeat("x", 61), `"` + strings.Repeat("x", 60) + `"`},
		{"\x00\xff", `"\x00\xff"`},
	}
	for _, tt := range tests {
		if got := Quote(tt.in); got != tt.want {
			t.Errorf("Quote(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
}
