// Package schema describes and checks the parameters and results of tools.
//
// A Schema is the part of JSON Schema that tools need (typed properties,
// required, enum, bounds, pattern, items, default, allOf, anyOf, oneOf, not),
// written as Go values. It marshals to plain JSON Schema for people, editors and
// language models, Parse reads the same part back, and Compile turns it into a
// Checker that validates a value in well under a microsecond and says which
// field is wrong, what was expected there, and what was found.
//
// What it never does: fetch a $ref, coerce a value to another type, or ignore a
// keyword it does not know; Parse refuses such a schema instead.
package schema
