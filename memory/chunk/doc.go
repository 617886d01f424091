// Package chunk cuts documents into pieces of a size that can be found and handed to a model: at sentences, at headings of
// Markdown and HTML, at the blocks of code, or anywhere.
//
// It promises that the chunks of a document cover all of it but white space, that each says by byte offsets where it
// stands, in order, and that none is larger than the limit. It reads no files, and keeps nothing.
package chunk
