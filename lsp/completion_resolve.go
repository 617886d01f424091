package lsp

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"

	"github.com/llmspell/llmspell/lsp/protocol"
)

// completions are the documentation of the lists that were sent last, worked out for
// the one item that a user looks at.
type completions struct {
	mu    sync.Mutex
	lists [2]completionDocs
	last  int64 // key of the newest list
}

// completionDocs are those of one list: item number i has the number key + i.
type completionDocs struct {
	key  int64
	docs []func() documentation
}

// keep notes the documentation of a new list, forgets the oldest, and returns the number
// of the first item.
func (c *completions) keep(docs []func() documentation) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last += int64(len(docs)) + 1
	key := c.last - int64(len(docs))
	copy(c.lists[1:], c.lists[:])
	c.lists[0] = completionDocs{key, docs}
	return key
}

// forget drops all lists: nobody looks at them any more.
func (c *completions) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists = [2]completionDocs{}
}

// rest forgets all but the newest list, which may still be shown: of that it keeps the texts,
// and not all that they are made of.
func (c *completions) rest() {
	c.mu.Lock()
	newest := c.lists[0]
	c.lists[1] = completionDocs{}
	c.mu.Unlock()
	texts := make([]func() documentation, len(newest.docs))
	for i, doc := range newest.docs {
		if doc != nil {
			d := doc()
			texts[i] = func() documentation { return d }
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lists[0].key == newest.key {
		c.lists[0].docs = texts
	}
}

// of returns the documentation of an item, nil if it has none or its list is forgotten.
func (c *completions) of(number int64) func() documentation {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.lists {
		if i := number - l.key; i >= 0 && i < int64(len(l.docs)) && l.key > 0 {
			return l.docs[i]
		}
	}
	return nil
}

// resolvedItem is an item as the client has sent it, whatever its members are: those
// that are not understood go back as they came.
type resolvedItem map[string]json.RawMessage

// completionResolve answers completionItem/resolve.
func completionResolve() feature {
	return on("completionItem/resolve", func(_ context.Context, r *request, p *resolvedItem) (resolvedItem, error) {
		item := *p
		number, err := strconv.ParseInt(strings.TrimSpace(string(item["data"])), 10, 64)
		if err != nil {
			return item, nil // there is no more to tell
		}
		doc := r.completions.of(number)
		if doc == nil {
			return item, nil
		}
		d := doc()
		if d.detail != "" {
			item["detail"], err = json.Marshal(d.detail)
		}
		if d.text != "" && err == nil {
			item["documentation"], err = json.Marshal(r.markup("textDocument.completion.completionItem.documentationFormat", d.text))
		}
		return item, err
	}, nil)
}

// markup is Markdown for the client, as plain text if that is all that the client shows.
// formats is the path of the capability that lists the formats.
func (s *session) markup(formats, markdown string) *protocol.MarkupContent {
	for _, f := range s.client.Strings(formats) {
		if f == protocol.Markdown {
			return &protocol.MarkupContent{Kind: protocol.Markdown, Value: markdown}
		}
	}
	return &protocol.MarkupContent{Kind: protocol.PlainText, Value: plain(markdown)}
}

// plain takes the fences and emphasis out of Markdown.
func plain(markdown string) string {
	var out []string
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "```") {
			continue
		}
		out = append(out, strings.NewReplacer("**", "", "`", "").Replace(line))
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}
