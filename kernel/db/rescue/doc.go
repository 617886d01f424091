// Package rescue reads rows out of a SQLite file some of whose pages are damaged.
//
// SQLite gives up at the first page of a tree that it cannot read; what hangs below
// that page, or beside it, is out of its reach. This package reads the pages
// themselves, with the log (-wal) laid over them: it walks each tree as far as its
// pages are sound, and finds the others by the pointer map, in which a file with
// auto_vacuum keeps the parent of each page.
//
// It promises to read nothing that was deleted, never to write, and to end with an
// answer whatever the file holds. It knows no schema but that of the file, or one that
// it is given for a file that has lost its own. Values are not checked: the caller
// knows what they must be.
package rescue
