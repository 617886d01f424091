package db

import "fmt"

// A transaction that writes much, such as an import, touches pages all over the indexes. Once they are more than the cache holds SQLite
// writes and reads most of them again for each row. So such a transaction gets a larger cache, and gives it back at its end.
const (
	// bulkStatements is how many statements make a transaction a large one.
	bulkStatements = 10_000
	usualCache     = 2000      // KiB: SQLite's own
	bulkCache      = 128 << 10 // KiB
)

// bulk counts the statements of a transaction that writes.
type bulk struct{ statements int }

// counted counts a statement that is about to run.
func (b *bulk) counted(d *DB) error {
	if b == nil {
		return nil
	}
	if b.statements++; b.statements != bulkStatements {
		return nil
	}
	return d.cacheOf(bulkCache)
}

// end gives back the memory of a large transaction that is over.
func (b *bulk) end(d *DB) {
	if b.statements >= bulkStatements {
		_ = d.cacheOf(usualCache) // these fail where nothing works: then others say so
		_ = d.control("pragma shrink_memory")
	}
}

// cacheOf sets how much of the file the connection that writes holds in memory, in KiB.
func (d *DB) cacheOf(size int) error { return d.control(fmt.Sprintf("pragma cache_size = -%d", size)) }
