// Package jsonschema checks values against JSON Schemas that strangers write:
// the vocabulary of drafts 7, 2019-09 and 2020-12, with references within the
// schema. Both reading and checking are bounded, and checking ends with its
// context. Nothing is ever fetched. Keywords that would change the answer and
// are not known here ($dynamicRef, unevaluatedProperties, unevaluatedItems, and
// references to other documents) are errors; other unknown ones mean nothing,
// as the standard says.
package jsonschema
