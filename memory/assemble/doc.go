// Package assemble packs what was found into a text for a language model. It selects by rank, lays
// out by time, names its sources, drops what says the same twice, and tells of each candidate that was left out why.
//
// It promises that the text never has more tokens than the budget, headings and line ends included, and that equal
// input gives equal output. It searches nothing and knows no store: docs/retrieval.md describes both halves.
package assemble
