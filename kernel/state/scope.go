package state

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind says what a scope belongs to.
type Kind string

// The kinds of scopes. All but Global have an ID.
const (
	Global   Kind = "global"
	Session  Kind = "session"
	Workflow Kind = "workflow"
	Agent    Kind = "agent"
	Tool     Kind = "tool"
	User     Kind = "user"
	Hook     Kind = "hook"
	Custom   Kind = "custom"
)

// withID are the kinds that an ID follows.
var withID = []Kind{Session, Workflow, Agent, Tool, User, Hook, Custom}

// Scope is a set of keys. Its zero value is the global one.
type Scope struct {
	Kind Kind
	ID   string
}

// maxName is how many bytes a key, or a scope's ID, may have.
const maxName = 1024

// ErrName means that a scope or a key cannot be one.
var ErrName = errors.New("not a valid name")

// ParseScope reads "global", or a kind and an ID as in "session:42". Any other
// text is a custom scope of that name, but for "session": that is the scope of the
// current session, which only its scripts know. The error matches ErrName.
func ParseScope(s string) (Scope, error) {
	if s == "" {
		return Scope{}, fmt.Errorf("%w: a scope is \"global\", \"session:ID\", \"workflow:ID\", \"agent:ID\", \"tool:ID\", \"user:ID\", \"hook:ID\" or a name of your own; got an empty text", ErrName)
	}
	if s == string(Global) {
		return Scope{Kind: Global}, nil
	}
	if s == string(Session) {
		return Scope{}, fmt.Errorf("%w: scope \"session\" is that of the current session, and there is none here: write \"session:ID\" "+
			"(what earlier versions kept under the word alone is in \"custom:session\")", ErrName)
	}
	if err := checkCase(s); err != nil {
		return Scope{}, err
	}
	sc := Scope{Custom, s}
	if kind, id, ok := strings.Cut(s, ":"); ok && slices.Contains(withID, Kind(kind)) {
		sc = Scope{Kind(kind), id}
		if id == "" {
			return Scope{}, fmt.Errorf("%w: scope %q: an ID must follow the colon, as in %q", ErrName, s, s+"ID")
		}
	}
	return sc, checkName("scope", sc.ID)
}

// checkCase refuses kinds in capitals: as names of one's own they would be scopes that
// nobody meant.
func checkCase(s string) error {
	kind, id, colon := strings.Cut(s, ":")
	lower := Kind(strings.ToLower(kind))
	if string(lower) == kind {
		return nil
	}
	if colon && slices.Contains(withID, lower) || !colon && (lower == Global || lower == Session) {
		want := string(lower)
		if colon {
			want += ":" + id
		}
		return fmt.Errorf("%w: scope %q: write %q, kinds are in lower case (a scope of your own of that name is %q)", ErrName, clip(s), clip(want), clip("custom:"+s))
	}
	return nil
}

// String is the text that ParseScope reads.
func (s Scope) String() string {
	if s.Kind == Global || s.Kind == "" {
		return string(Global)
	}
	return string(s.Kind) + ":" + s.ID
}

// MarshalText is String.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseScope.
func (s *Scope) UnmarshalText(text []byte) (err error) {
	*s, err = ParseScope(string(text))
	return err
}

func (s Scope) check() error {
	switch s.Kind {
	case "", Global:
		return nil
	case Session, Workflow, Agent, Tool, User, Hook, Custom:
		return checkName("scope", s.ID)
	}
	return fmt.Errorf("%w: scope of kind %q", ErrName, s.Kind)
}

// CheckKey returns the error of a text that cannot be a key; it matches ErrName.
func CheckKey(key string) error { return checkName("key", key) }

func checkName(what, s string) error {
	var problem string
	switch {
	case s == "":
		problem = "must not be empty"
	case len(s) > maxName:
		problem = fmt.Sprintf("has %d bytes, more than %d", len(s), maxName)
	case !utf8.ValidString(s):
		problem = "is not text in UTF-8"
	case strings.Contains(s, "\x00"):
		problem = "has a byte 0 in it"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s %q %s", ErrName, what, clip(s), problem)
}

// clip shortens a name for a message.
func clip(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "…"
	}
	return s
}

func checkNames(scope Scope, key string) error {
	if err := scope.check(); err != nil {
		return err
	}
	return checkName("key", key)
}

// normal gives the global scope one form, for comparisons.
func (s Scope) normal() Scope {
	if s.Kind == "" {
		s.Kind = Global
	}
	return s
}
