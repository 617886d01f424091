package postgres

import (
	"strconv"
	"strings"

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

// where adds a condition, in which each ? stands for a value.
func (c *conditions) where(condition string, values ...any) {
	for _, v := range values {
		c.args = append(c.args, v)
		condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.text += " and " + condition
	c.filters = true
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
	case len(prefixes) > 0:
		c.where("("+column+" = any(?) or "+column+" ^@ any(?))", names, prefixes)
	case len(names) > 0:
		c.where(column+" = any(?)", names)
	}
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
