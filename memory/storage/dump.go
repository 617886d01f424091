package storage

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/llmspell/llmspell/memory"
)

// Source is where records come from.
type Source interface {
	// Where names it, for people.
	Where() string
	Tenants(ctx context.Context) ([]string, error)
	// Dump calls each for all that a tenant has, in order.
	Dump(ctx context.Context, tenant string, each func(*Record) error) error
}

// Backend is a backend as a source.
type Backend struct{ memory.Backend }

// Dump reads a snapshot.
func (b Backend) Dump(ctx context.Context, tenant string, each func(*Record) error) error {
	return b.Read(ctx, tenant, func(r memory.Reader) error { return dump(ctx, r, each) })
}

// Summarize reads all that a tenant has.
func Summarize(ctx context.Context, s Source, tenant string) (*Summary, error) {
	sum := newSummer()
	err := s.Dump(ctx, tenant, func(r *Record) error {
		_, err := sum.add(r)
		return err
	})
	return sum.summary(), err
}

// dump reads all that there is, in an order that is the same everywhere.
func dump(ctx context.Context, r memory.Reader, each func(*Record) error) error {
	d := &dumper{ctx: ctx, r: r, each: each, episodes: map[int64]int{}, entities: map[int64]int{}}
	for _, part := range []func() error{d.dumpEpisodes, d.dumpEntities, d.dumpAliases, d.dumpPredicates, d.dumpFacts, d.dumpPatterns, d.dumpCollections, d.dumpDocuments} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

type dumper struct {
	ctx                context.Context
	r                  memory.Reader
	each               func(*Record) error
	episodes, entities map[int64]int // their numbers
}

func (d *dumper) give(r Record) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	return d.each(&r)
}

func (d *dumper) dumpEpisodes() error {
	return d.r.Episodes(memory.Filter{}, func(e *memory.Episode) error {
		metadata, err := memory.EncodeMetadata(e.Metadata)
		if err != nil {
			return err
		}
		d.episodes[e.Row] = len(d.episodes) + 1
		return d.give(Record{Episode: &Episode{e.Session, e.ID, e.Role, e.Content, json.RawMessage(metadata), memory.At(e.Time), memory.At(e.Ingested), e.Processed}})
	})
}

func (d *dumper) dumpEntities() error {
	list, err := d.r.Entities()
	for _, e := range list {
		if err != nil {
			break
		}
		d.entities[e.ID] = len(d.entities) + 1
		err = d.give(Record{Entity: &Entity{e.Name, e.Type, e.Created}})
	}
	return err
}

func (d *dumper) dumpAliases() error {
	list, err := d.r.Aliases()
	slices.SortFunc(list, func(a, b memory.Alias) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(d.entities[a.Entity], d.entities[b.Entity]))
	})
	for _, a := range list {
		if err != nil {
			break
		}
		err = d.give(Record{Alias: &Alias{d.entities[a.Entity], a.Name, d.episodes[a.Source], a.Created}})
	}
	return err
}

func (d *dumper) dumpPredicates() error {
	all, err := d.r.Singles()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if err != nil {
			break
		}
		err = d.give(Record{Predicate: &Predicate{name, all[name]}})
	}
	return err
}

func (d *dumper) dumpFacts() error {
	list, err := d.r.Facts(memory.FactQuery{})
	for _, f := range list {
		if err != nil {
			break
		}
		if d.entities[f.Subject] == 0 || f.Object.Entity != 0 && d.entities[f.Object.Entity] == 0 {
			return fmt.Errorf("fact %d (%s) is about an entity that there is not: llmspell memory check", f.ID, f.Predicate)
		}
		out := &Fact{Subject: d.entities[f.Subject], Predicate: f.Predicate, Object: d.entities[f.Object.Entity], Value: json.RawMessage(f.Object.Value),
			ValidFrom: f.Valid.From, ValidTo: f.Valid.To, KnownFrom: f.Known.From, KnownTo: f.Known.To, Confidence: f.Confidence}
		out.Source, out.Sources = d.sources(f.Sources)
		err = d.give(Record{Fact: out})
	}
	return err
}

// sources are the numbers of episodes: one, or several. Those that were forgotten, while what they told was kept, are 0.
func (d *dumper) sources(rows []int64) (int, []int) {
	var numbers []int
	for _, row := range rows {
		numbers = append(numbers, d.episodes[row])
	}
	slices.Sort(numbers)
	switch numbers = slices.Compact(numbers); len(numbers) {
	case 0:
		return 0, nil
	case 1:
		return numbers[0], nil
	}
	return 0, numbers
}

func (d *dumper) dumpPatterns() error {
	list, err := d.r.Patterns(memory.PatternQuery{})
	for _, p := range list {
		if err != nil {
			break
		}
		err = d.give(Record{Pattern: &Pattern{p.Session, p.Kind, p.About, p.From, p.To, p.Count, p.Failed, p.First, p.Last}})
	}
	return err
}

func (d *dumper) dumpCollections() error {
	list, err := d.r.Lifetimes()
	for _, c := range list {
		if err != nil {
			break
		}
		err = d.give(Record{Collection: &Collection{c.Scope, c.Name, c.TTL.Microseconds(), memory.At(c.Created)}})
	}
	return err
}

func (d *dumper) dumpDocuments() error {
	var list []*memory.Document
	if err := d.r.Documents(memory.DocumentFilter{}, func(x *memory.Document) error {
		list = append(list, x)
		return d.ctx.Err()
	}); err != nil {
		return err
	}
	for _, x := range list {
		metadata, err := memory.EncodeMetadata(x.Metadata)
		if err != nil {
			return err
		}
		out := &Document{Scope: x.Scope, Collection: x.Collection, ID: x.ID, Title: x.Title, Source: x.Source, Metadata: json.RawMessage(metadata), Ingested: memory.At(x.Ingested), Print: x.Print,
			Bytes: x.Bytes, Tokens: x.Tokens, Chunks: make([]Chunk, 0, x.Chunks)}
		if !x.Time.IsZero() {
			at := memory.At(x.Time)
			out.Time = &at
		}
		if err := d.r.Chunks(x.Row, nil, func(c *memory.Chunk) error {
			out.Chunks = append(out.Chunks, Chunk{c.Start, c.End, c.Headings, c.Text})
			return nil
		}); err != nil {
			return err
		}
		if len(out.Chunks) != x.Chunks {
			return fmt.Errorf("document %q of collection %q is damaged: llmspell memory check", x.ID, x.Collection)
		}
		if err := d.give(Record{Document: out}); err != nil {
			return err
		}
	}
	return nil
}
