// Package validate checks JSON-like values against rules, and reports every
// violation: which field, which value, which rule, and what would be right.
//
// Rules come in three spellings, freely mixed: the tool's own
// ({type = "length", min = 3}), options of a field ({required = true,
// min_length = 3}), and JSON Schema. Parse turns them into one form. It refuses
// what it does not know, so no check silently never happens.
package validate
