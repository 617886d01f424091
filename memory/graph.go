package memory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Entity is somebody or something that facts are about. Its name in small letters,
// without what is no letter or digit, is what it is known by.
type Entity struct {
	ID      int64
	Name    string
	Type    string  // as "person"; "" if nobody has said
	Created Instant // transaction time
}

// Alias is another name of an entity.
type Alias struct {
	Entity  int64
	Name    string
	Source  int64   // the row of the episode that it was taken from; 0: none
	Created Instant // transaction time
}

// KnowledgeCursor is a point in the history of entities and facts. Two that are equal have
// the same rows. Between two with the same Past, Changed tells what is new.
type KnowledgeCursor struct {
	Known Instant // of the last transaction
	Past  int64   // how often something was changed that Changed does not tell: dropped, renamed, added to the past
}

// Object is what a fact says of its subject: another entity, or a value.
type Object struct {
	Entity int64  // 0: it is a value
	Value  string // JSON of a text, a number, a boolean: as EncodeValue writes it
}

// Fact says that Subject has had Object as Predicate in the time Valid, which was
// believed in the time Known. What was believed is never changed: a change ends it, and
// begins other facts.
type Fact struct {
	ID        int64
	Subject   int64
	Predicate string
	Object    Object
	Valid     Span
	Known     Span
	// Sources are the rows of the episodes that tell it, in order; 0 is before them if somebody has asserted it, too. None: somebody
	// has asserted it.
	Sources []int64
	// Confidence is how sure it is, from 0 to 1.
	Confidence float64
}

// AsOf is a moment on both clocks.
type AsOf struct {
	Valid Instant // when it holds
	Known Instant // when it was believed
}

// Holds tells whether a fact holds then.
func (f *Fact) Holds(a AsOf) bool { return f.Valid.Holds(a.Valid) && f.Known.Holds(a.Known) }

// FactQuery says which facts are meant.
type FactQuery struct {
	IDs       []int64 // one of these; none: any
	Subject   int64   // 0: any
	Predicate string  // "": any
	Object    *Object
	// As is the moment that is asked for; nil: all that was ever believed.
	As *AsOf
}

// Match tells whether a fact is meant.
func (q *FactQuery) Match(f *Fact) bool {
	return (len(q.IDs) == 0 || slices.Contains(q.IDs, f.ID)) && (q.Subject == 0 || q.Subject == f.Subject) && (q.Predicate == "" || q.Predicate == f.Predicate) &&
		(q.Object == nil || *q.Object == f.Object) && (q.As == nil || f.Holds(*q.As))
}

// Edge is a fact whose object is an entity.
type Edge struct {
	From, To  int64
	Predicate string
}

// Link is an Edge with the time in which it holds.
type Link struct {
	Edge
	Valid Span
	Ended bool // it is believed no longer
}

// GraphReader finds entities and facts.
type GraphReader interface {
	// EntityNamed returns the entity with a normalised name or alias, nil if there is none.
	EntityNamed(key string) (*Entity, error)
	// Entities returns those of some ids; all for none. They are in the order of their ids.
	// Those that are damaged are left out.
	Entities(ids ...int64) ([]Entity, error)
	// Facts returns those that are meant, in the order of their ids. Those that are damaged
	// are left out; for a Tx they are an error, since it would build on what is missing.
	Facts(q FactQuery) ([]Fact, error)
	// Edges calls each for those that begin at one of some entities; back: that end there.
	Edges(ids []int64, as AsOf, back bool, each func(Edge) error) error
	// Links calls each for the facts between entities that are believed now, whenever they hold: first for those that
	// were believed at an instant, and are no longer, then for those that began after it. Those of the
	// beginning of time are all that are believed.
	Links(since Instant, each func(Link) error) error
	// Single tells whether a predicate has one object at a time.
	Single(predicate string) (bool, error)
	// Singles are what SetSingle was told.
	Singles() (map[string]bool, error)
	// Aliases returns those of some entities; all for none. They are in the order of their names.
	Aliases(ids ...int64) ([]Alias, error)
	// CheckKnowledge names what is damaged of entities, aliases, facts, also of those that nobody believes any more, and patterns.
	CheckKnowledge() error
	// Knowledge tells where the history of entities and facts is.
	Knowledge() (KnowledgeCursor, error)
	// Changed lists the entities of which something is new, or is believed no longer, since
	// an instant: of those that are there.
	Changed(since Instant) ([]int64, error)
}

// GraphTx changes entities and facts.
type GraphTx interface {
	AddEntity(e *Entity, key string) error // sets its ID
	// SetEntity changes the name and the type.
	SetEntity(e Entity) error
	// AddFact adds what is believed from now on, and sets its ID.
	AddFact(f *Fact) error
	// EndFact ends the belief in a fact. One that began at that time was never believed, and is removed.
	EndFact(id int64, at Instant) error
	// SetSources changes the sources of a fact, also of one that is believed no longer.
	SetSources(id int64, sources []int64) error
	// AddAlias gives an entity another name. ErrExists: one has it already.
	AddAlias(a Alias, key string) error
	// DropAlias takes a name from an entity, and tells whether one had it.
	DropAlias(key string) (bool, error)
	// DropEntity removes an entity, its aliases, and all facts that it is the subject or
	// the object of, also damaged ones.
	DropEntity(id int64) error
	// EntityIDs finds what to drop by a name, also if it is damaged: the entity with a normalised name
	// or alias; if there is none, those whose row has the name as it is, or has it as what it is known by.
	EntityIDs(key, name string) ([]int64, error)
	// DropKnowledge removes all entities, aliases and facts, also damaged ones, and tells how many
	// entities there were.
	DropKnowledge() (int, error)
	// DropFact removes a fact, also a damaged one, and tells whether it was there.
	DropFact(id int64) (bool, error)
	// DropDamaged removes entities, aliases, facts and patterns that are damaged, and tells how many there were.
	DropDamaged() (int, error)
	// DropFactsFrom removes all that episodes alone tell: facts that have no other source, aliases, and entities
	// of these that no other fact is about.
	DropFactsFrom(rows []int64) error
	SetSingle(predicate string, single bool) error
}

// NameKey is what a name is known by: without accents' ways of writing, letters' sizes,
// and all that is no letter or digit. "" is no name.
func NameKey(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(name) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return norm.NFC.String(b.String())
}

// EncodeValue is the value of an Object: a text, a number or a boolean. A whole number of more digits than
// a float64 keeps becomes a text.
func EncodeValue(v any) (string, error) {
	switch f, isNumber := number(v); {
	case isNumber && (math.IsNaN(f) || math.IsInf(f, 0)):
		return "", errors.New("a fact's value must be a finite number")
	case isNumber && f == math.Trunc(f) && math.Abs(f) < 1<<53:
		v = int64(f) // 1 is 1.0
	case isNumber && !keepsDigits(fmt.Sprint(v)):
		v = fmt.Sprint(v)
	case isNumber:
	default:
		switch s := v.(type) {
		case bool:
		case string:
			if !utf8.ValidString(s) || len(s) > MaxMetadata {
				return "", errors.New("a fact's text must be UTF-8, and no longer than 1 MB")
			}
		default:
			return "", fmt.Errorf("a fact's value must be a text, a number or a boolean, not a %T", v)
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// DecodeValue reads what EncodeValue has written: string, bool, int64 or float64.
func DecodeValue(text string) (any, error) {
	if plain, ok := plainString(text); ok {
		return plain, nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("a fact's value: %w", err)
	}
	return numbers(v), nil
}

// plainString is what a JSON string says in which nothing is escaped, as most are.
func plainString(text string) (string, bool) {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' || !utf8.ValidString(text) {
		return "", false
	}
	inner := text[1 : len(text)-1]
	return inner, strings.IndexFunc(inner, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }) < 0
}

// span is the time from one moment to another; without them, from other to Forever.
func span(from, to time.Time, other Instant) (Span, error) {
	s := Span{other, Forever}
	if !from.IsZero() {
		s.From = At(from)
	}
	if !to.IsZero() {
		s.To = At(to)
	}
	if err := errors.Join(checkYear("the time since when it holds", from), checkYear("the time until when it holds", to)); err != nil {
		return s, err
	}
	if s.From >= s.To {
		return s, fmt.Errorf("it ends at %v, not after it begins at %v", s.To.Time(), s.From.Time())
	}
	return s, nil
}
