// Package textdiff finds how one sequence became another, and writes that as
// unified, context, inline and simple diffs.
//
// Compare is Myers' algorithm in linear space. Where two sequences differ so
// much that the shortest script would take long, it settles for a longer one:
// a script always is right, and the time is bounded.
package textdiff
