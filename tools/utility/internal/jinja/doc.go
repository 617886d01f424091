// Package jinja renders templates in the language of Jinja, with what Tera adds
// to it: named arguments of filters, set_global, self::macro(), get, json_encode.
//
// A template sees the values that it is given and nothing else: no files, no
// environment, no code of Go. Other templates can be included, imported and
// extended only when the caller supplies them. Time, memory and nesting are
// bounded by a render.Meter.
package jinja
