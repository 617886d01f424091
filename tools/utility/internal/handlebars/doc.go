// Package handlebars renders templates in the language of Handlebars, and of
// Mustache but for its lambdas and changes of delimiters.
//
// Helpers are those of Handlebars (if, unless, each, with, lookup, log, which
// says nothing) and the comparisons eq, ne, lt, lte, gt, gte, and, or, not, len.
// Partials are found only when the caller supplies them. Time, memory and
// nesting are bounded by a render.Meter.
package handlebars
