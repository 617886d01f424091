// Package text is lexical search over turns of conversations and pieces of
// documents: BM25 in memory, whose scores are carried to the turns around a match,
// to the session it stands in, and to the speaker whom the query names. docs/retrieval.md
// says how a score comes about.
//
// It promises that results depend on the documents that are in the index alone, never on the order
// in which they came, and that a document that was deleted leaves nothing behind: no posting, no
// term, no byte in what Save writes. An Index may be used by many goroutines.
//
// It never stores the text of a document, never reads or writes files, and knows nothing of
// databases: a caller that finds its saved index damaged or stale builds it anew.
package text
