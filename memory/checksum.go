package memory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
)

// EpisodeSum is the checksum of what never changes of an episode: all but Row and Processed. metadata is its
// encoded form.
func EpisodeSum(tenant string, e *Episode, metadata string) int64 {
	buf := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(make([]byte, 0, 256), uint64(At(e.Time))), uint64(At(e.Ingested)))
	for _, s := range []string{tenant, e.Session, e.ID, e.Role, metadata} {
		buf = append(binary.LittleEndian.AppendUint64(buf, uint64(len(s))), s...)
	}
	return int64(crc32.Update(crc32.Checksum(buf, castagnoli), castagnoli, []byte(e.Content)))
}

// RowSum is the checksum of a row's numbers and texts.
func RowSum(numbers []int64, texts ...string) int64 {
	buf := make([]byte, 0, 256)
	for _, n := range numbers {
		buf = binary.LittleEndian.AppendUint64(buf, uint64(n))
	}
	for _, s := range texts {
		buf = append(binary.LittleEndian.AppendUint64(buf, uint64(len(s))), s...)
	}
	return int64(crc32.Checksum(buf, castagnoli))
}

// EntitySum is the checksum of an entity, but for its ID. key is what the backend finds it by.
func EntitySum(tenant, key string, e *Entity) int64 {
	return RowSum([]int64{int64(e.Created)}, tenant, e.Name, key, e.Type)
}

// AliasSum is the checksum of an alias. key is what the backend finds it by.
func AliasSum(tenant, key string, a *Alias) int64 {
	return RowSum([]int64{a.Entity, a.Source, int64(a.Created)}, tenant, key, a.Name)
}

// FactSum is the checksum of a fact, but for its ID.
func FactSum(tenant string, f *Fact) int64 {
	first, others := int64(0), f.Sources // the others are where they are no part of the checksums of facts with one source
	if len(others) > 0 {
		first, others = others[0], others[1:]
	}
	numbers := []int64{f.Subject, f.Object.Entity, int64(f.Valid.From), int64(f.Valid.To), int64(f.Known.From), int64(f.Known.To), first, int64(math.Float64bits(f.Confidence))}
	return RowSum(append(numbers, others...), tenant, f.Predicate, f.Object.Value)
}

// PatternSum is the checksum of a pattern, but for its ID.
func PatternSum(tenant string, p *Pattern) int64 {
	return RowSum([]int64{int64(p.Count), int64(p.Failed), int64(p.First), int64(p.Last)}, tenant, p.Session, p.Kind, p.About, p.From, p.To)
}

// DocumentSum is the checksum of a document, but for its Row. at, ingested and metadata are as the backend keeps them.
func DocumentSum(tenant string, d *Document, at, ingested Instant, metadata string) int64 {
	return RowSum([]int64{int64(at), int64(ingested), int64(d.Bytes), int64(d.Tokens), int64(d.Chunks)}, tenant, d.Scope, d.Collection, d.ID, d.Title, d.Source, metadata, d.Print)
}

// ChunkSum is the checksum of a chunk, but for its Row. headings are their encoded form.
func ChunkSum(tenant string, c *Chunk, headings string) int64 {
	return RowSum([]int64{c.Document, int64(c.Number), int64(c.Start), int64(c.End)}, tenant, headings, c.Text)
}

// maxDamaged is how many damaged rows of a kind are named.
const maxDamaged = 20

// NameDamage names damaged rows of a kind: the first of them, and how many more there are.
func NameDamage(kind string, bad []error) error {
	if more := len(bad) - maxDamaged; more > 0 {
		bad = append(bad[:maxDamaged:maxDamaged], fmt.Errorf("and %d more %s", more, kind))
	}
	return errors.Join(bad...)
}
