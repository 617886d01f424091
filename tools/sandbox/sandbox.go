// Package sandbox decides what scripts and tools may touch: files, the network,
// programs, environment variables, databases.
//
// Every access to a file goes through an os.Root opened on an allowed folder, so
// the kernel of the operating system, and no comparison of strings, keeps a path
// inside: neither "..", nor a symbolic link, nor a folder swapped for a link
// in mid-operation leads out. Where something inside is denied, each folder on
// the way is opened in the one before, and compared by what it is (os.SameFile).
package sandbox

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// Sandbox is a policy, and the folder that relative paths start from. It is
// immutable and safe for concurrent use.
type Sandbox struct {
	dir                 string
	policy              Policy
	net                 netRule
	read, write         []*folder
	readBans, writeBans []*ban
	// trusted: the policy allows everything, so there is nothing to guard.
	trusted  bool
	env      Environment
	resolver Resolver
	options  []Option
}

// Option changes how a Sandbox reaches the outside.
type Option func(*Sandbox)

// WithEnvironment makes the sandbox read variables elsewhere than in the
// process's environment.
func WithEnvironment(env Environment) Option { return func(s *Sandbox) { s.env = env } }

// WithResolver makes the sandbox find the addresses of hosts with r.
func WithResolver(r Resolver) Option { return func(s *Sandbox) { s.resolver = r } }

// New makes a Sandbox. An empty dir is the process's working folder. Relative
// paths in the policy start from dir. An entry that is malformed is an error
// that names it.
func New(dir string, policy Policy, options ...Option) (*Sandbox, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("sandbox: cannot find the working folder: %w", err)
	}
	if err := policy.validate(); err != nil {
		return nil, err
	}
	s := &Sandbox{dir: dir, policy: policy.clone(), options: slices.Clone(options)}
	s.trusted = s.policy.isTrusted()
	if s.net, err = parseNetRule(&s.policy.Net); err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.read, s.readBans = paths(dir, &s.policy.Read)
	s.write, s.writeBans = paths(dir, &s.policy.Write)
	for _, o := range options {
		o(s)
	}
	return s, nil
}

// With makes a Sandbox that differs from s by what change does to the policy
// and by further options.
func (s *Sandbox) With(change func(*Policy), options ...Option) (*Sandbox, error) {
	policy := s.Policy()
	if change != nil {
		change(&policy)
	}
	return New(s.dir, policy, append(slices.Clone(s.options), options...)...)
}

// paths reads the entries of a rule whose entries are paths.
func paths(dir string, r *Rule) (allow []*folder, deny []*ban) {
	for _, entry := range r.Deny {
		deny = append(deny, newBan(dir, entry))
	}
	entries := r.Allow
	if r.All { // other disks, where there are any, are found when they are asked for
		entries = append([]string{volume(dir)}, entries...)
	}
	for _, entry := range entries {
		f := newFolder(dir, entry)
		if f.denial = around(deny, f.path); f.denial == "" {
			f.denial = around(deny, f.real)
		}
		allow = append(allow, f)
	}
	return allow, deny
}

// Dir returns the folder that relative paths start from.
func (s *Sandbox) Dir() string { return s.dir }

// Policy returns a copy of what the sandbox allows.
func (s *Sandbox) Policy() Policy { return s.policy.clone() }

// WithinFolders tells whether other, at this moment, allows every file that s
// allows to read and to write, wherever links lead. If not it returns an entry of
// s that leads out of what other allows. What either denies is not looked at.
func (s *Sandbox) WithinFolders(other *Sandbox) (access Permission, entry string, ok bool) {
	for _, access := range []Permission{Read, Write} {
		if other.policy.Rule(access).All {
			continue
		}
		for _, f := range s.allowed(access) {
			if !slices.ContainsFunc(other.allowed(access), func(o *folder) bool {
				_, inside := within(o.real, f.real)
				return inside
			}) {
				return access, f.path, false
			}
		}
	}
	return "", "", true
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

func (s *Sandbox) allowed(access Permission) []*folder {
	if access == Write {
		return s.write
	}
	return s.read
}

func (s *Sandbox) bans(access Permission) []*ban {
	if access == Write {
		return s.writeBans
	}
	return s.readBans
}
