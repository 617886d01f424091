// Package rag keeps documents and finds the pieces of them that answer a query, of
// each tenant apart. A document is cut into chunks (memory/chunk), which are found by
// their words (memory/text).
//
// A document that is taken in again under its id takes the place of the one before. One of
// a collection with a time to live is not found any more once that is over, and
// its rows are removed by whoever uses the library next. What was deleted is gone from the
// rows, the index and the log of the database.
//
// The package reads no files, and knows nothing of Lua, the kernel or language models.
package rag
