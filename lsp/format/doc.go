// Package format lays out Lua text: for `llmspell fmt` and for the language server.
//
// It changes white space, and, as Options say, the quotes of strings and the comma
// behind the last field of a table. It keeps the author's line breaks, except that
// lines which are too long are broken at their tables and calls. Nothing else
// changes: comments stay where they are, and the program compiles to the same code.
// What is formatted stays as it is when it is formatted again.
//
// Text between the comments `-- fmt: off` and `-- fmt: on` is left alone.
//
// A text with syntax errors is not formatted; OnType, which indents a line that
// is being typed, takes any text.
package format
