package protocol

import (
	"encoding/json"
	"strings"
)

// Client is what a client says that it can do (ClientCapabilities). The zero Client
// can do nothing. It is not changed after it has been read.
type Client struct{ tree map[string]any }

// UnmarshalJSON reads the capabilities. What is no object is none.
func (c *Client) UnmarshalJSON(data []byte) error {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	c.tree, _ = v.(map[string]any)
	return nil
}

// MarshalJSON writes them as they were read.
func (c Client) MarshalJSON() ([]byte, error) { return json.Marshal(c.tree) }

// get returns what a path such as "textDocument.completion" leads to, or nil.
func (c Client) get(path string) any {
	var v any = c.tree
	for path != "" {
		var key string
		key, path, _ = strings.Cut(path, ".")
		m, _ := v.(map[string]any)
		if v = m[key]; v == nil {
			return nil
		}
	}
	return v
}

// Can tells whether the capability at a path is true, as in
// "workspace.workspaceEdit.documentChanges". An object there is not.
func (c Client) Can(path string) bool {
	v, _ := c.get(path).(bool)
	return v
}

// Number returns the number at a path, or 0.
func (c Client) Number(path string) int {
	v, _ := c.get(path).(float64)
	return int(v)
}

// Has tells whether anything stands at a path.
func (c Client) Has(path string) bool { return c.get(path) != nil }

// Strings returns the list of strings at a path, without what is no string.
func (c Client) Strings(path string) []string {
	list, _ := c.get(path).([]any)
	var out []string
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// Lists tells whether the list at a path has a string.
func (c Client) Lists(path, want string) bool {
	list, _ := c.get(path).([]any)
	for _, v := range list {
		if v == want {
			return true
		}
	}
	return false
}

// Holds tells whether the list of numbers at a path, a valueSet, has one.
func (c Client) Holds(path string, want int) bool {
	list, _ := c.get(path).([]any)
	for _, v := range list {
		if n, ok := v.(float64); ok && n == float64(want) {
			return true
		}
	}
	return false
}

// Markup returns the kind of text that the client shows best where the path lists
// kinds, such as "textDocument.hover.contentFormat": Markdown, if it is among them.
func (c Client) Markup(path string) string {
	if c.Lists(path, Markdown) {
		return Markdown
	}
	return PlainText
}
