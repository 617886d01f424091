package postgres

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/memory"
)

// conditions are what a query asks of rows, as SQL with numbered parameters.
type conditions struct {
	text    string
	args    []any
	filters bool // it asks for more than the tenant
}

// conditions begins with the tenant.
func (r *reader) conditions() *conditions {
	return &conditions{text: "tenant = $1", args: []any{r.id}}
}

// value is the parameter that stands for a value.
func (c *conditions) value(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(len(c.args))
}

// where adds a condition, in which each ? stands for a value.
func (c *conditions) where(condition string, values ...any) {
	for _, v := range values {
		condition = strings.Replace(condition, "?", c.value(v), 1)
	}
	c.text += " and " + condition
	c.filters = true
}

// behind asks for greater numbers of the tenant, as its index has them: by the numbers alone the server may go through other tenants' rows.
func (c *conditions) behind(column string, number int64) {
	c.where("(tenant, "+column+") > ($1, ?)", number)
}

// among asks for one of some texts, if there are any.
func (c *conditions) among(column string, list []string) {
	if len(list) > 0 {
		c.where(column+" = any(?)", encodeAll(list))
	}
}

// named is among for names of which those that end with * stand for any ending.
func (c *conditions) named(column string, list []string) {
	var names, prefixes []string
	for _, s := range list {
		if prefix, ok := strings.CutSuffix(s, "*"); ok {
			prefixes = append(prefixes, encode(prefix))
		} else {
			names = append(names, encode(s))
		}
	}
	switch {
	case slices.Contains(prefixes, ""): // any
	case len(prefixes) > fewPrefixes:
		c.where("("+column+" = any(?) or "+column+" ^@ any(?))", names, prefixes)
	case len(prefixes) > 0:
		c.between(column, names, prefixes)
	case len(names) > 0:
		c.where(column+" = any(?)", names)
	}
}

// fewPrefixes are as many as are looked up in an index.
const fewPrefixes = 8

// between asks for names, and for what begins with prefixes, by what an index can find: the server does not look for what begins with something
// where it hides other tenants' rows.
func (c *conditions) between(column string, names, prefixes []string) {
	var or []string
	var values []any
	if len(names) > 0 {
		or, values = append(or, column+" = any(?)"), append(values, names)
	}
	for _, p := range prefixes {
		condition := column + " >= ?"
		values = append(values, p)
		if end := following(p); end != "" {
			condition += " and " + column + " < ?"
			values = append(values, end)
		}
		or = append(or, condition)
	}
	c.where("("+strings.Join(or, " or ")+")", values...)
}

// following is the first text after all that begin with a prefix; "": there is none.
func following(prefix string) string {
	for prefix != "" {
		last, size := utf8.DecodeLastRuneInString(prefix)
		prefix = prefix[:len(prefix)-size]
		switch last++; {
		case last == 0xD800: // those behind it are no characters
			return prefix + "\uE000"
		case last <= utf8.MaxRune:
			return prefix + string(last)
		}
	}
	return ""
}

// ofDocuments are the conditions that rows meet which f names, but for After: Match decides about metadata.
func (r *reader) ofDocuments(f memory.DocumentFilter) *conditions {
	q := r.conditions()
	q.named("scope", f.Scopes)
	q.named("collection", f.Collections)
	q.among("id", f.IDs)
	if len(f.Rows) > 0 {
		q.where("row = any(?)", f.Rows)
	}
	return q
}
