// Package sandbox decides what scripts and tools may touch: files, the network,
// programs, environment variables, databases.
//
// Every access to a file goes through an os.Root opened on an allowed folder, so
// the kernel of the operating system, and no comparison of strings, keeps a path
// inside: neither "..", nor a symbolic link, nor a folder swapped for a link
// in mid-operation leads out.
package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Sandbox is a policy, and the folder that relative paths start from. It is
// immutable and safe for concurrent use.
type Sandbox struct {
	dir         string
	policy      Policy
	net         netRule
	read, write []folder
	env         Environment
	resolver    Resolver
}

type folder struct {
	path string // as it was given, absolute
	real string // with symbolic links resolved; where /tmp is a link, both spellings occur
}

// Option changes how a Sandbox reaches the outside.
type Option func(*Sandbox)

// WithEnvironment makes the sandbox read variables elsewhere than in the
// process's environment.
func WithEnvironment(env Environment) Option { return func(s *Sandbox) { s.env = env } }

// WithResolver makes the sandbox find the addresses of hosts with r.
func WithResolver(r Resolver) Option { return func(s *Sandbox) { s.resolver = r } }

// New makes a Sandbox. An empty dir is the process's working folder. Relative
// paths in the policy start from dir.
func New(dir string, policy Policy, options ...Option) (*Sandbox, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("sandbox: cannot find the working folder: %w", err)
	}
	s := &Sandbox{dir: dir, policy: policy}
	if s.net, err = parseNetRule(&policy.Net); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.read, s.write = folders(dir, &policy.Read), folders(dir, &policy.Write)
	for _, o := range options {
		o(s)
	}
	return s, nil
}

// folders makes the entries of a rule absolute.
func folders(dir string, r *Rule) []folder {
	allow := r.Allow
	if r.All {
		allow = append([]string{string(filepath.Separator)}, allow...)
	}
	var out []folder
	for _, f := range allow {
		if !filepath.IsAbs(f) {
			f = filepath.Join(dir, f)
		}
		f = filepath.Clean(f)
		resolved, err := filepath.EvalSymlinks(f)
		if err != nil {
			resolved = f // it may be created later
		}
		out = append(out, folder{path: f, real: resolved})
	}
	return out
}

// Dir returns the folder that relative paths start from.
func (s *Sandbox) Dir() string { return s.dir }

// Policy returns a copy of what the sandbox allows.
func (s *Sandbox) Policy() Policy {
	p := s.policy
	for _, permission := range Permissions() {
		r := p.Rule(permission)
		r.Allow, r.Deny = slices.Clone(r.Allow), slices.Clone(r.Deny)
	}
	return p
}

func (s *Sandbox) denied(access Permission, path, reason string) error {
	var allowed []string
	for _, f := range s.allowed(access) {
		allowed = append(allowed, f.path)
	}
	if len(allowed) > 0 {
		reason += " (" + strings.Join(allowed, ", ") + ")"
	}
	return denied(access, path, reason, path)
}

func (s *Sandbox) allowed(access Permission) []folder {
	if access == Write {
		return s.write
	}
	return s.read
}

// Place is a path inside an allowed folder. Close it after use.
type Place struct {
	Root   *os.Root // the allowed folder
	Name   string   // the path within Root, for Root's methods
	Path   string   // the absolute path, for people
	box    *Sandbox
	access Permission
	asIs   string // the path as the caller wrote it
}

// Place finds the folder, allowed for Read or Write, that a path lies in and
// opens it. The path itself need not exist.
func (s *Sandbox) Place(access Permission, path string) (*Place, error) {
	if path == "" {
		return nil, errors.New("the path is empty; pass the path of a file or folder")
	}
	if strings.IndexByte(path, 0) >= 0 {
		return nil, fmt.Errorf("the path %q contains a zero byte; pass the path of a file or folder", path)
	}
	abs := path
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(s.dir, abs)
	}
	abs = filepath.Clean(abs)
	best, name := "", ""
	for _, f := range s.allowed(access) {
		for _, base := range []string{f.path, f.real} {
			// The innermost folder wins, so that a link in it stays within it.
			if rel, ok := within(base, abs); ok && len(base) > len(best) {
				best, name = base, rel
			}
		}
	}
	if best == "" {
		return nil, s.denied(access, path, "is outside the allowed folders")
	}
	root, err := os.OpenRoot(best)
	if err != nil {
		return nil, fmt.Errorf("cannot open the allowed folder: %w", err)
	}
	return &Place{Root: root, Name: name, Path: abs, box: s, access: access, asIs: path}, nil
}

// within returns the path of abs relative to base, when it lies in base.
func within(base, abs string) (string, bool) {
	rel, err := filepath.Rel(base, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return rel, true
}

// Close closes the folder. Files opened through it stay open.
func (p *Place) Close() { p.Root.Close() }

// IsFolder tells whether the place is an allowed folder itself, which must be
// neither removed nor replaced.
func (p *Place) IsFolder() bool { return p.Name == "." }

// Explain turns an error of Root's methods into one that names the path as the
// caller wrote it, and that is a *DeniedError when a link led out.
func (p *Place) Explain(err error) error {
	if err == nil {
		return nil
	}
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	cause := err
	switch {
	case errors.As(err, &pathErr):
		cause = pathErr.Err
	case errors.As(err, &linkErr):
		cause = linkErr.Err
	default:
		return err
	}
	// os does not export this error.
	if strings.Contains(cause.Error(), "path escapes from parent") {
		return p.box.denied(p.access, p.asIs, "leads out of the allowed folders through a link")
	}
	return fmt.Errorf("%q: %w", p.asIs, cause)
}
