package storage

import (
	"encoding/json"
	"slices"

	"github.com/llmspell/llmspell/memory"
)

// Record is one thing that a tenant has. One member is set.
type Record struct {
	Episode    *Episode    `json:"episode,omitempty"`
	Entity     *Entity     `json:"entity,omitempty"`
	Alias      *Alias      `json:"alias,omitempty"`
	Predicate  *Predicate  `json:"predicate,omitempty"`
	Fact       *Fact       `json:"fact,omitempty"`
	Pattern    *Pattern    `json:"pattern,omitempty"`
	Collection *Collection `json:"collection,omitempty"`
	Document   *Document   `json:"document,omitempty"`
}

// Kinds of records, in the order in which they come.
func Kinds() []string { return slices.Clone(kinds) }

var kinds = []string{"episodes", "entities", "aliases", "predicates", "facts", "patterns", "collections", "documents"}

func (r *Record) kind() string {
	for i, set := range []bool{r.Episode != nil, r.Entity != nil, r.Alias != nil, r.Predicate != nil, r.Fact != nil, r.Pattern != nil, r.Collection != nil, r.Document != nil} {
		if set {
			return kinds[i]
		}
	}
	return ""
}

// Times are microseconds since 1970. Numbers of episodes and entities are those of their order, 0 is none.

// Episode is a memory.Episode.
type Episode struct {
	Session   string          `json:"session"`
	ID        string          `json:"id"`
	Role      string          `json:"role"`
	Content   string          `json:"content"`
	Metadata  json.RawMessage `json:"metadata,omitempty"`
	Time      memory.Instant  `json:"time"`
	Ingested  memory.Instant  `json:"ingested"`
	Processed bool            `json:"processed,omitempty"`
}

// Entity is a memory.Entity.
type Entity struct {
	Name    string         `json:"name"`
	Type    string         `json:"type,omitempty"`
	Created memory.Instant `json:"created"`
}

// Alias is a memory.Alias.
type Alias struct {
	Entity  int            `json:"entity"`
	Name    string         `json:"name"`
	Source  int            `json:"source,omitempty"`
	Created memory.Instant `json:"created"`
}

// Predicate is what memory.Memory.SetSingle was told.
type Predicate struct {
	Name   string `json:"name"`
	Single bool   `json:"single"`
}

// Fact is a memory.Fact. Ends of time are the ends of the integers.
type Fact struct {
	Subject    int             `json:"subject"`
	Predicate  string          `json:"predicate"`
	Object     int             `json:"object,omitempty"`
	Value      json.RawMessage `json:"value,omitempty"`
	ValidFrom  memory.Instant  `json:"valid_from"`
	ValidTo    memory.Instant  `json:"valid_to"`
	KnownFrom  memory.Instant  `json:"known_from"`
	KnownTo    memory.Instant  `json:"known_to"`
	Source     int             `json:"source,omitempty"`  // the only one
	Sources    []int           `json:"sources,omitempty"` // several; 0: somebody has asserted it, too
	Confidence float64         `json:"confidence"`
}

// Pattern is a memory.Pattern.
type Pattern struct {
	Session string         `json:"session"`
	Kind    string         `json:"kind"`
	About   string         `json:"about,omitempty"`
	From    string         `json:"from"`
	To      string         `json:"to"`
	Count   int            `json:"count"`
	Failed  int            `json:"failed,omitempty"`
	First   memory.Instant `json:"first"`
	Last    memory.Instant `json:"last"`
}

// Collection is a memory.Collection that has a time to live, in microseconds.
type Collection struct {
	Scope   string         `json:"scope"`
	Name    string         `json:"name"`
	TTL     int64          `json:"ttl"`
	Created memory.Instant `json:"created"`
}

// Document is a memory.Document with its chunks.
type Document struct {
	Scope      string          `json:"scope"`
	Collection string          `json:"collection"`
	ID         string          `json:"id"`
	Title      string          `json:"title,omitempty"`
	Source     string          `json:"source,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	Time       *memory.Instant `json:"time,omitempty"`
	Ingested   memory.Instant  `json:"ingested"`
	Print      string          `json:"print,omitempty"`
	Bytes      int             `json:"bytes"`
	Tokens     int             `json:"tokens"`
	Chunks     []Chunk         `json:"chunks"`
}

// Chunk is a memory.Chunk.
type Chunk struct {
	Start    int      `json:"start"`
	End      int      `json:"end"`
	Headings []string `json:"headings,omitempty"`
	Text     string   `json:"text"`
}
