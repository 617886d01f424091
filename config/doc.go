// Package config reads llmspell's configuration: one Config, made of layers.
//
// From the weakest to the strongest they are: the defaults, profiles, files, the
// environment (LLMSPELL_…), and values that the command line sets. Every value
// knows where it came from (Loaded.Origin).
//
// Files are TOML, and strict: an unknown key, a value of the wrong type or out of
// range is an error that names file, line and column, says what is allowed, and
// names the nearest known key. All errors of a file are found at once.
//
// A file that was merely found in the working folder may come with a project from
// strangers. It can make things stricter, never wider: see Loaded.Refused. A file
// that the user names is trusted.
//
// What a key means, its unit, its range, and whether a running kernel takes a new
// value is written once, in the tags of the struct's fields:
//
//	toml     the key; "*" is a map of all keys that no other field has
//	alias    further names of the key
//	doc      what it means, for docs/config.md, config init and errors
//	unit     of a number
//	min max  the range of a number or duration
//	enum     the allowed words, separated by |
//	path     "yes": the value is a path: relative ones start from the file's folder, ~ is the home folder
//	secret   "yes": the value is never shown; "url": without password and query; "maybe": as the key's name suggests
//	env      further environment variables, separated by commas
//	prefix   of a table: a shorter beginning of its variables, after LLMSPELL_
//	live     "yes": a running kernel takes a new value; else it must be restarted
//	project  what a project's file that was merely found may do: see trust.go
//	planned  "yes": accepted and checked, but nothing uses it yet
//
// The package opens nothing but files of configuration, starts no goroutine, and
// knows no other room of llmspell.
package config
