// Package gather answers what a model should read before a question: it looks for
// it in what was said, in what is known, and in documents, and packs the best of it into a text of so
// many tokens (memory/assemble). Each piece leads back to where it is from, and what was
// left out is told with the reason.
//
// It stores nothing, and calls no model.
package gather
