// Package vector finds the nearest of many vectors, in memory: by cosine similarity, dot
// product or Euclidean distance.
//
// An Index holds vectors of one dimension by the id that the store of their texts has given
// them. How it searches depends on how many there are (Kind):
//
//   - Exact compares the query with each vector.
//   - Scan compares it with codes of half a byte a number, an eighth of the memory traffic,
//     and then exactly with what came near: the codes' error is known, so what could
//     belong to the result is never left out for want of room.
//   - HNSW follows a graph. It visits a small share of the vectors, and what it finds
//     depends on how they are spread: on clustered ones nearly all, on Gaussian noise little.
//   - Auto is Exact for up to ScanFrom vectors and Scan beyond.
//
// Results are in order of score, equal scores in order of id. A search sees all writes
// that ended before it began, and none in part. Any number of goroutines search at a time; writes wait for
// them and for each other.
//
// The package knows no store, no texts, no embedder and no files. It never trusts what it
// loads: a stale, cut or damaged stream is an error, and the index stays as it was.
//
// Subpackage kernel has the arithmetic, graph the HNSW.
package vector
