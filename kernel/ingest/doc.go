// Package ingest reads files for RAG: texts, Markdown, HTML, PDF and code, one by one or below folders. It touches
// only what a sandbox allows to read, passes by what has no text, and says why.
package ingest
