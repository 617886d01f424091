package bib

import (
	"fmt"
	"strings"
)

// Limits of a bibliography.
const (
	MaxInput   = 8 << 20
	MaxEntries = 10_000
	maxDepth   = 100
	maxField   = 64 << 10
)

// Entry is one work.
type Entry struct {
	Key    string
	Type   string            // article, book, inproceedings, …, as BibTeX calls them
	Fields map[string]string // lower case names; plain text, without TeX
	Names  map[string][]Name // author and editor
	Line   int               // where it begins
}

// Name is a person or, with only Last, an organisation.
type Name struct{ First, Von, Last, Suffix string }

// Get returns the first of the fields that has a value.
func (e *Entry) Get(fields ...string) string {
	for _, f := range fields {
		if v := e.Fields[f]; v != "" {
			return v
		}
	}
	return ""
}

// Year returns the year of publication.
func (e *Entry) Year() string {
	if y := e.Get("year"); y != "" {
		return y
	}
	date := e.Get("date")
	if len(date) >= 4 && strings.Trim(date[:4], "0123456789") == "" {
		return date[:4]
	}
	return ""
}

// Pages returns the pages with a dash between the first and the last.
func (e *Entry) Pages() string {
	p := strings.ReplaceAll(strings.ReplaceAll(e.Get("pages"), "---", "-"), "--", "-")
	return strings.ReplaceAll(strings.ReplaceAll(p, "–", "-"), "-", "–")
}

// DOI returns the DOI without the address of a resolver.
func (e *Entry) DOI() string {
	d := e.Get("doi")
	if i := strings.Index(d, "doi.org/"); i >= 0 {
		d = d[i+len("doi.org/"):]
	}
	return strings.TrimPrefix(strings.TrimSpace(d), "doi:")
}

// required lists what an entry of each type must have; a|b is one of two.
var required = map[string][]string{
	"article": {"author", "title", "journal", "year"}, "book": {"author|editor", "title", "publisher", "year"},
	"inproceedings": {"author", "title", "booktitle", "year"}, "incollection": {"author", "title", "booktitle", "publisher", "year"},
	"inbook": {"author|editor", "title", "chapter|pages", "publisher", "year"}, "phdthesis": {"author", "title", "school", "year"},
	"mastersthesis": {"author", "title", "school", "year"}, "techreport": {"author", "title", "institution", "year"},
	"proceedings": {"title", "year"}, "manual": {"title"}, "booklet": {"title"}, "unpublished": {"author", "title", "note"},
	"online": {"title", "url"}, "misc": {}, "software": {"title"}, "dataset": {"title"}, "patent": {"author", "title", "number", "year"},
}

// types gives the name that this package uses to those of BibLaTeX and YAML.
var types = map[string]string{
	"conference": "inproceedings", "electronic": "online", "www": "online", "web": "online", "webpage": "online", "thesis": "phdthesis",
	"report": "techreport", "chapter": "incollection", "journal": "article", "paper": "article", "collection": "book", "mvbook": "book",
	"reference": "book", "anthology": "book", "periodical": "misc", "blog": "online", "anthos": "incollection",
}

// Problem is something wrong with an entry.
type Problem struct {
	Key, Field, Severity, Message string // severity: error or warning
	Line                          int
}

// Check returns what is missing or odd in a bibliography.
func Check(entries []*Entry) []Problem {
	var out []Problem
	first := map[string]int{}
	for _, e := range entries {
		add := func(severity, field, format string, args ...any) {
			out = append(out, Problem{e.Key, field, severity, fmt.Sprintf(format, args...), e.Line})
		}
		if e.Key == "" {
			add("error", "", "the entry has no key")
		} else if line, ok := first[strings.ToLower(e.Key)]; ok {
			add("error", "", "the key %q is that of the entry on line %d already", e.Key, line)
		}
		first[strings.ToLower(e.Key)] = e.Line
		fields, known := required[e.Type]
		if !known {
			add("warning", "", "the type %q is not known; it is formatted like misc", e.Type)
		}
		for _, f := range fields {
			ok := false
			for name := range strings.SplitSeq(f, "|") {
				switch name {
				case "year":
					ok = ok || e.Year() != ""
				case "journal":
					ok = ok || e.Get("journal", "journaltitle") != ""
				case "school", "institution":
					ok = ok || e.Get("school", "institution", "publisher") != ""
				case "author", "editor":
					ok = ok || len(e.Names[name]) > 0
				default:
					ok = ok || e.Get(name) != ""
				}
			}
			if !ok {
				add("error", strings.Split(f, "|")[0], "%s entries need %s", e.Type, strings.ReplaceAll(f, "|", " or "))
			}
		}
		if y := e.Year(); y != "" && strings.Trim(y, "0123456789") != "" {
			add("warning", "year", "the year %q is no number", y)
		}
		if d := e.DOI(); d != "" && (!strings.HasPrefix(d, "10.") || !strings.Contains(d, "/")) {
			add("warning", "doi", "%q is no DOI; one begins with 10. and has a slash", d)
		}
		if u := e.Get("url"); u != "" && !strings.Contains(u, "://") {
			add("warning", "url", "%q is no URL with a scheme", u)
		}
	}
	return out
}
