package memory

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Document is a text that was taken in, as chunks. It is never changed: one that is
// taken in again takes the place of the one before, with a row of its own.
type Document struct {
	Row        int64 // given by the store, never twice
	Scope      string
	Collection string // of its scope
	ID         string // one of its collection
	Title      string
	Source     string         // where it is from: a path, an address; "" if nobody said
	Metadata   map[string]any // what JSON can say; nil: none
	Time       time.Time      // when it was written; zero: unknown
	Ingested   time.Time      // when it was taken in
	Print      string         // tells its text, and how that was cut, from others
	Bytes      int            // of its text
	Tokens     int            // of its text
	Chunks     int            // how many it has
}

// Chunk is a piece of a document.
type Chunk struct {
	Row        int64 // given by the store, never twice
	Document   int64 // the row of its document
	Number     int   // among the chunks of the document, from 0
	Start, End int   // byte offsets in the document's text
	Headings   []string
	Text       string
}

// Collection is a set of documents, of a scope. There is one as soon as it has a
// document, or a time after which its documents are gone.
type Collection struct {
	Scope, Name string
	// TTL is how long after it was taken in a document of it is gone; 0: it stays.
	TTL time.Duration
	// Created is when the TTL was set. An empty collection is gone a TTL later.
	Created   time.Time
	Documents int
	Chunks    int
	Bytes     int
	Tokens    int
}

// Gone tells whether a document that was taken in then is gone now.
func (c *Collection) Gone(ingested, now time.Time) bool {
	return c.TTL > 0 && !now.Before(ingested.Add(c.TTL))
}

// Validate tells what is wrong with a document, before it is stored.
func (d *Document) Validate() error {
	for _, f := range []struct {
		name, text string
		needed     bool
	}{{"scope", d.Scope, true}, {"collection", d.Collection, true}, {"id", d.ID, true}, {"title", d.Title, false}} {
		if err := checkName(f.name, f.text, f.needed); err != nil {
			return err
		}
	}
	if len(d.Source) > 8*MaxName || !utf8.ValidString(d.Source) {
		return fmt.Errorf("source is not a text of at most %d bytes in UTF-8", 8*MaxName)
	}
	if err := checkYear("time", d.Time); err != nil {
		return err
	}
	_, err := EncodeMetadata(d.Metadata)
	return err
}

func checkName(what, text string, needed bool) error {
	switch {
	case needed && text == "":
		return fmt.Errorf("%s is empty", what)
	case len(text) > MaxName:
		return fmt.Errorf("%s has %d bytes, the limit is %d", what, len(text), MaxName)
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return fmt.Errorf("%s is not a text in UTF-8", what)
	case what == "scope" && strings.HasSuffix(text, ":"):
		return fmt.Errorf("scope %q names nobody: say whose it is, such as %schat-7", text, text)
	case what != "id" && what != "title" && strings.HasSuffix(text, "*"):
		return fmt.Errorf("%s %q ends with *, which stands for any ending in filters", what, text)
	}
	return nil
}

// CheckScope tells what is wrong with a scope that is looked for: the name of one, or, with *, the beginning of some.
func CheckScope(name string) error {
	if begin, ok := strings.CutSuffix(name, "*"); ok {
		name = begin + "any"
	}
	return checkName("scope", name, true)
}

// Validate tells what is wrong with a collection.
func (c *Collection) Validate() error {
	if c.TTL < 0 {
		return errors.New("the time to live is negative")
	}
	return errors.Join(checkName("scope", c.Scope, true), checkName("collection", c.Name, true))
}

// DocumentFilter says which documents are meant. The zero value means all.
type DocumentFilter struct {
	Scopes      []string // one of these; "a*" is any that begins with a
	Collections []string // one of these, as Scopes
	IDs         []string // one of these
	Rows        []int64  // one of these
	Metadata    map[string]any
	After       int64 // only greater rows
	Limit       int   // 0: all
	// Damaged is told of rows that are meant, as far as can be seen, and are damaged; its
	// error ends the list. nil: the damage does.
	Damaged func(d *Document, why error) error
}

// Check tells what in a filter no document can have.
func (f *DocumentFilter) Check() error {
	return cmp.Or(CheckText("the scope", f.Scopes...), CheckText("the collection", f.Collections...), CheckText("the id", f.IDs...), checkTexts("metadata", f.Metadata))
}

// Match tells whether a document is meant. Backends may read fewer rows than all,
// but this is what decides.
func (f *DocumentFilter) Match(d *Document) bool {
	if !f.Names(d) || d.Row <= f.After && f.After != 0 {
		return false
	}
	for name, want := range f.Metadata {
		have, ok := d.Metadata[name]
		if !ok || !equalJSON(have, want) {
			return false
		}
	}
	return true
}

// Names is Match but for the metadata and After.
func (f *DocumentFilter) Names(d *Document) bool {
	return anyOf(f.Scopes, d.Scope) && anyOf(f.Collections, d.Collection) && (len(f.IDs) == 0 || slices.Contains(f.IDs, d.ID)) &&
		(len(f.Rows) == 0 || slices.Contains(f.Rows, d.Row))
}

// All tells whether it means all documents, but for After and Limit.
func (f *DocumentFilter) All() bool {
	return len(f.Scopes)+len(f.Collections)+len(f.IDs)+len(f.Rows)+len(f.Metadata) == 0
}

// anyOf tells whether a name is one of a list, or begins as one that ends with *. An
// empty list has all.
func anyOf(list []string, name string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(s string) bool { return SessionMatches(s, name) })
}

// EncodeHeadings is a list of headings as JSON, "" for none.
func EncodeHeadings(list []string) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	data, err := json.Marshal(list)
	return string(data), err
}

// DecodeHeadings reads what EncodeHeadings has written.
func DecodeHeadings(text string) (list []string, err error) {
	if text == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, fmt.Errorf("headings: %w", err)
	}
	return list, nil
}

// DocumentReader finds documents and their chunks.
type DocumentReader interface {
	// Documents calls each for those that f means, in the order of their rows.
	Documents(f DocumentFilter, each func(*Document) error) error
	// Chunks calls each for the chunks of a document, in order. Those that are damaged are
	// left out; damaged is told of them, if it is not nil.
	Chunks(document int64, damaged func(error), each func(*Chunk) error) error
	// ChunksAt returns chunks by their rows, in the same order. Those that are not there,
	// or damaged, are left out.
	ChunksAt(rows []int64) ([]*Chunk, error)
	// Collections lists them by scope and name, with what there is of each.
	Collections() ([]Collection, error)
	// Lifetimes lists the collections that have a TTL, by scope and name, without counts.
	Lifetimes() ([]Collection, error)
	// DocumentCursor is where the history of the documents is.
	DocumentCursor() (Cursor, error)
	// RemovedDocuments lists the rows that were dropped after a cursor's, and how far the
	// list goes now.
	RemovedDocuments(after int64) (rows []int64, upTo int64, err error)
}

// DocumentTx changes documents.
type DocumentTx interface {
	// AddDocument stores a document and its chunks, and sets their rows, and Chunks.
	// ErrExists: the collection has one with this ID.
	AddDocument(d *Document, chunks []Chunk) error
	// DropDocuments removes rows with their chunks, and tells how many documents there were.
	DropDocuments(rows []int64) (int, error)
	// SetCollection keeps the TTL of a collection, and when it was set; 0: none.
	SetCollection(c Collection) error
}
