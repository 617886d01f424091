// Package kernel multiplies vectors: dot products and squared distances of a query
// with many rows at once, of float32 and of codes of half a byte.
//
// On amd64 with AVX2 and FMA the rows are worked through in assembly, four at a time, with
// what does not fill a register in Go; elsewhere all is Go. Which it is, is decided
// once, by what the processor says of itself.
//
// A row gives the same score to the last bit wherever it stands: alone or among others,
// in a block or named one by one. So equal rows have equal scores, and order among them is
// the caller's. Scores of float32 differ in the last bits between assembly and Go, which add
// in another order. Scores of codes are exact for up to MaxDimension elements.
//
// No function allocates, and none checks its numbers: NaN and infinities give what
// arithmetic gives. The assembly holds its thread until it returns, so callers pass
// blocks of a megabyte or so.
package kernel

// MaxDimension is how many elements a row of bytes can have: with more the sum could
// exceed an int32 where it is doubled (65,536 * 15 * 127 is an eighth of it).
const MaxDimension = 1 << 16
