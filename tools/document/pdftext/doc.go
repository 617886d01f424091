// Package pdftext gets the text of PDF pages out of their content streams, as
// chapter 9 of the PDF specification (ISO 32000) describes it.
//
// The text comes in the order in which the page shows it. New lines and spaces
// are found from where the glyphs stand. What a font's codes mean is taken from
// its ToUnicode map, its encoding, or the names of its glyphs; a code that none
// of these explains becomes U+FFFD. Text in images is not seen.
//
// Whatever a page holds, its reading ends soon after the context is done, and
// never panics.
package pdftext
