package sandbox

import (
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"unicode"
)

// Permission is one kind of thing that a script or tool may be allowed to use.
type Permission string

// The permissions.
const (
	Read  Permission = "read"  // paths of files and folders, with all below them
	Write Permission = "write" // paths, as Read
	Net   Permission = "net"   // host, host:port, *.domain, an address or a CIDR range, each with a port if need be
	Run   Permission = "run"   // names or paths of programs
	Env   Permission = "env"   // names of environment variables; * stands for any letters
	DB    Permission = "db"    // addresses of databases, such as postgres://host/name, with :ro or :rw behind
)

// Permissions lists all permissions, in the order in which they are shown.
func Permissions() []Permission { return []Permission{Read, Write, Net, Run, Env, DB} }

// Rule says what of one permission is allowed. What Deny names is denied
// whatever else the rule says.
type Rule struct {
	All   bool // everything that Deny does not name
	Allow []string
	Deny  []string
}

// Policy is what a sandbox allows. The zero Policy allows nothing.
type Policy struct {
	Read, Write, Net, Run, Env, DB Rule
}

// Safe allows nothing outside the process's own memory.
func Safe() Policy { return Policy{} }

// Folders allows to read and write below the folders, and nothing else.
func Folders(folders ...string) Policy {
	return Policy{Read: Rule{Allow: slices.Clone(folders)}, Write: Rule{Allow: slices.Clone(folders)}}
}

// Restricted allows to read and write below the folders and the temp folder,
// and to read the environment variables that say nothing private. It is what
// scripts get unless their user decides otherwise.
func Restricted(folders ...string) Policy {
	p := Folders(append(slices.Clone(folders), os.TempDir())...)
	p.Env.Allow = slices.Clone(harmless)
	return p
}

// harmless are the environment variables that every script may read.
var harmless = []string{"HOME", "USER", "LOGNAME", "SHELL", "PATH", "PWD", "LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "COLUMNS", "LINES",
	"TMPDIR", "TEMP", "TMP", "CI", "NO_COLOR"}

// Trusted allows everything.
func Trusted() Policy {
	all := Rule{All: true}
	return Policy{Read: all, Write: all, Net: all, Run: all, Env: all, DB: all}
}

// Rule returns the rule of a permission, for changing it; nil for an unknown one.
func (p *Policy) Rule(permission Permission) *Rule {
	switch permission {
	case Read:
		return &p.Read
	case Write:
		return &p.Write
	case Net:
		return &p.Net
	case Run:
		return &p.Run
	case Env:
		return &p.Env
	case DB:
		return &p.DB
	}
	return nil
}

// clone copies a policy, so that nobody changes the lists of another.
func (p Policy) clone() Policy {
	for _, permission := range Permissions() {
		r := p.Rule(permission)
		r.Allow, r.Deny = slices.Clone(r.Allow), slices.Clone(r.Deny)
	}
	return p
}

// isTrusted tells whether a policy allows everything.
func (p *Policy) isTrusted() bool {
	for _, permission := range Permissions() {
		if r := p.Rule(permission); !r.All || len(r.Deny) > 0 {
			return false
		}
	}
	return true
}

// DeniedError is a use of something that the policy does not allow.
type DeniedError struct {
	Permission Permission
	Target     string // what was to be used: a path, host:port, a program, a variable, a database
	Reason     string // why it is denied, as in "it is outside the allowed folders"
	Flag       string // the command-line argument that would allow it, unquoted; "" when none would
}

func (e *DeniedError) Error() string {
	text := fmt.Sprintf("%s access to %q is denied: it %s", e.Permission, e.Target, e.Reason)
	if e.Flag != "" {
		text += "; allow it with " + shellQuote(e.Flag)
	}
	return text
}

// Is makes errors.Is(err, fs.ErrPermission) true.
func (e *DeniedError) Is(target error) bool { return target == fs.ErrPermission }

// ExitCode is the status with which a command ends that a denial has ended.
func (e *DeniedError) ExitCode() int { return 3 }

// Details returns the error's parts for a machine to read.
func (e *DeniedError) Details() map[string]any {
	d := map[string]any{"permission": string(e.Permission), "target": e.Target}
	if e.Flag != "" {
		d["flag"] = e.Flag
	}
	return d
}

// denied makes the error for something that no entry allows.
func denied(permission Permission, target, reason, entry string) *DeniedError {
	e := &DeniedError{Permission: permission, Target: target, Reason: reason}
	if entry != "" {
		e.Flag = Argument("allow", permission, entry)
	}
	return e
}

// shellQuote writes an argument as a shell reads it.
func shellQuote(arg string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./=:,@%+\\~^", r) || r > 0x7f && unicode.IsPrint(r)
	}
	if strings.IndexFunc(arg, func(r rune) bool { return !plain(r) }) < 0 {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}

// forbidden makes the error for something that an entry of Deny names.
func forbidden(permission Permission, target, entry string) *DeniedError {
	return &DeniedError{Permission: permission, Target: target, Reason: fmt.Sprintf("is forbidden by --deny-%s=%s", permission, entry)}
}

// matchName matches a name against a pattern in which * stands for any letters.
func matchName(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	rest, ok := strings.CutPrefix(name, parts[0])
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// nameAllowed applies a rule whose entries are names or patterns.
func (r *Rule) nameAllowed(permission Permission, name string) error {
	for _, entry := range r.Deny {
		if matchName(entry, name) {
			return forbidden(permission, name, entry)
		}
	}
	if r.All || slices.ContainsFunc(r.Allow, func(entry string) bool { return matchName(entry, name) }) {
		return nil
	}
	return denied(permission, name, "is not allowed", name)
}
