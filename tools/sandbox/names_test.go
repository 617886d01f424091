package sandbox

import (
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestCheckDB(t *testing.T) {
	for _, c := range []struct {
		allow, deny, address string
		write                bool
		want                 string // part of the denial; "" if it is allowed
	}{
		{"postgres://h/d", "", "postgres://user:pass@h/d?sslmode=off", true, ""},
		{"postgres://h/d", "", "postgresql://H:5432/d", true, ""},
		{"postgres://h:5432/d", "", "postgres://h/d", true, ""},
		{"mysql://h/d", "", "mariadb://h.:3306/d", true, ""},
		{"postgres://h/*", "", "postgres://h/other", false, ""},
		{"postgres://*.example.org/*", "", "postgres://db.example.org/d", false, ""},
		{"postgres://h/d:ro", "", "postgres://h/d", false, ""},
		{"postgres://h/d:ro", "", "postgres://h/d", true, "is allowed for reading only; allow it with --allow-db=postgres://h/d:rw"},
		{"postgres://h/d:rw", "", "postgres://h/d", true, ""},
		{"postgres://h/d", "", "postgres://h/other", false, "is not allowed; allow it with --allow-db=postgres://h/other:ro"},
		{"postgres://h/d", "", "postgres://h:5433/d", true, "--allow-db=postgres://h:5433/d:rw"},
		{"postgres://h/d", "", "mysql://h/d", true, "--allow-db=mysql://h/d:rw"},
		{"*", "postgres://h/*", "postgresql://H.:5432/secret", false, "is forbidden by --deny-db=postgres://h/*"},
		{"*", "postgres://h/d:ro", "postgres://h/d", true, "is forbidden by"},
		{"postgres://h", "", "postgres://h/d", true, ""},
		{"postgres://h:5433:ro", "", "postgres://h:5433/d", false, ""},
		{"postgres://h", "", "postgres://h:5433/d", false, "is not allowed"},
		{"postgres://h/", "", "postgres://h/d", false, "is not allowed"},
		{"*", "postgres://h", "postgresql://h/secret", false, "is forbidden by --deny-db=postgres://h"},
		{"*", "postgres://*", "postgres://h:1234/d", false, "is forbidden by"},
		{"*", "*", "sqlite://x", false, "is forbidden by --deny-db=*"},
		{"postgres://h", "", "postgres://h:5432/d", true, ""},
		{"postgres://h:ro", "", "postgres://h/d", true, "is allowed for reading only; allow it with --allow-db=postgres://h/d:rw"},
		{"postgres://h/", "", "postgres://h/d", true, "--allow-db=postgres://h/d:rw"},
		{"postgres://h", "", "postgres://h.evil.org/d", true, "--allow-db=postgres://h.evil.org/d:rw"},
		{"postgres://*", "", "postgres://127.0.0.1:34367/x", false, ""},
		{"*", "postgres://h", "postgres://h/d", false, "is forbidden by --deny-db=postgres://h"},
		{"", "", "postgres://user:hunter2@h/d?password=hunter2", true, "--allow-db=postgres://h/d:rw"},
	} {
		var p Policy
		if c.allow != "" {
			p.DB.Allow = []string{c.allow}
		}
		if c.deny != "" {
			p.DB.Deny = []string{c.deny}
		}
		s, err := New("", p)
		if err != nil {
			t.Fatal(err)
		}
		address, err := url.Parse(c.address)
		if err != nil {
			t.Fatal(err)
		}
		err = s.CheckDB(address, c.write)
		var denied *DeniedError
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%+v: %v", c, err)
		case c.want != "" && (!errors.As(err, &denied) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2")):
			t.Errorf("%+v: %v", c, err)
		}
		// The flag works.
		if denied != nil && denied.Flag != "" {
			_, entry, _ := strings.Cut(denied.Flag, "=")
			again, err := s.With(func(p *Policy) { p.DB.Allow = append(p.DB.Allow, entry) })
			if err != nil || again.CheckDB(address, c.write) != nil {
				t.Errorf("%+v: with %s: %v, %v", c, denied.Flag, err, again.CheckDB(address, c.write))
			}
		}
	}
}

func TestVariables(t *testing.T) {
	t.Setenv("SANDBOX_TEST_A", "a")
	t.Setenv("SANDBOX_TEST_B", "b")
	s, err := New("", Policy{Env: Rule{Allow: []string{"SANDBOX_TEST_*"}, Deny: []string{"*_B"}}})
	if err != nil {
		t.Fatal(err)
	}
	if value, set, err := s.Getenv("SANDBOX_TEST_A"); value != "a" || !set || err != nil {
		t.Errorf("A = %q, %v, %v", value, set, err)
	}
	_, _, err = s.Getenv("SANDBOX_TEST_B")
	wantEnv(t, err, "is forbidden by --deny-env=*_B")
	_, _, err = s.Getenv("HOME")
	wantEnv(t, err, "allow it with --allow-env=HOME")
	if list := s.Environ(); !slices.Equal(list, []string{"SANDBOX_TEST_A=a"}) {
		t.Errorf("the environment is %q", list)
	}
	// A sandbox may have another environment than the process.
	other, err := s.With(func(p *Policy) { p.Env.Deny = nil }, WithEnvironment(Environment{
		Lookup: func(name string) (string, bool) { return "given", name == "SANDBOX_TEST_C" },
		List:   func() []string { return []string{"SANDBOX_TEST_C=given", "SECRET=x"} },
	}))
	if err != nil {
		t.Fatal(err)
	}
	if value, _, err := other.Getenv("SANDBOX_TEST_C"); value != "given" || err != nil {
		t.Errorf("C = %q, %v", value, err)
	}
	if list := other.Environ(); !slices.Equal(list, []string{"SANDBOX_TEST_C=given"}) {
		t.Errorf("the environment is %q", list)
	}
	if s.Policy().Env.Deny == nil {
		t.Error("With changed the sandbox that it started from")
	}
}

func wantEnv(t *testing.T, err error, text string) {
	t.Helper()
	var denied *DeniedError
	if !errors.As(err, &denied) || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v; want %q", err, text)
	}
}

func TestMatchName(t *testing.T) {
	for pattern, names := range map[string][2][]string{
		"A":     {{"A"}, {"a", "AB", ""}},
		"A*":    {{"A", "AB"}, {"BA", ""}},
		"*A":    {{"A", "BA"}, {"AB"}},
		"A*A":   {{"AA", "ABA"}, {"A", "AB"}},
		"*A*B*": {{"AB", "xAxBx"}, {"BA", "A", ""}},
		"*":     {{"", "x"}, nil},
	} {
		for _, name := range names[0] {
			if !matchName(pattern, name) {
				t.Errorf("%q does not match %q", pattern, name)
			}
		}
		for _, name := range names[1] {
			if matchName(pattern, name) {
				t.Errorf("%q matches %q", pattern, name)
			}
		}
	}
}

// FuzzPaths: no path, however it is spelled, leads to the secret.
func FuzzPaths(f *testing.F) {
	for _, seed := range []string{"a.txt", "../out/secret", "link/secret", "./sub/../../out/secret", "denied/secret", "//denied//secret", "hole", "denied", "sub/back/secret",
		"/proc/self/cwd/out/secret", "link/../denied/secret", "\x00", "", ".", "denied/", "a.txt/..", "~", "sub/../denied/./secret"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	for _, d := range []string{"box/sub", "box/denied", "out"} {
		if err := os.MkdirAll(dir+"/"+d, 0o755); err != nil {
			f.Fatal(err)
		}
	}
	for name, text := range map[string]string{"box/a.txt": "fine", "box/denied/secret": "secret", "out/secret": "secret"} {
		if err := os.WriteFile(dir+"/"+name, []byte(text), 0o644); err != nil {
			f.Fatal(err)
		}
	}
	for name, target := range map[string]string{"box/link": "../out", "box/hole": "denied", "box/sub/back": dir + "/box/denied"} {
		if err := os.Symlink(target, dir+"/"+name); err != nil {
			f.Fatal(err)
		}
	}
	policy := Folders("box")
	policy.Read.Deny = []string{"box/denied"}
	denying, err := New(dir, policy)
	if err != nil {
		f.Fatal(err)
	}
	policy = Folders(dir+"/box/sub", dir+"/box/a.txt")
	plain, err := New(dir+"/box", policy)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		for _, s := range []*Sandbox{denying, plain} {
			for _, p := range []string{path, "box/" + path, dir + "/box/" + path} {
				if data, err := s.ReadFile(t.Context(), p); err == nil && string(data) == "secret" {
					t.Errorf("%q gives the secret", p)
				}
			}
		}
	})
}
