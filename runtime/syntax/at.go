package syntax

// Marker is the name that ParseAt writes into a text.
const Marker = "llmspell_cursor_d1c7e0b58f"

// ParseAt parses a text with Marker inserted at an offset, which is moved into the
// text if it lies outside. So a name stands where completion is asked for: it goes
// on with what is typed, keywords included. The node is the one that has the
// marker: a Name, String, Number, or what is around a comment with it.
func ParseAt(text string, offset int) (*Tree, Node) {
	offset = max(min(offset, len(text)), 0)
	t := Parse(text[:offset] + Marker + text[offset:])
	return t, t.marked(offset)
}

// Mark is ParseAt of the tree's own text, with what Edit saves.
func (t *Tree) Mark(offset int) (*Tree, Node) {
	offset = max(min(offset, len(t.text)), 0)
	m := t.Edit(t.text[:offset] + Marker + t.text[offset:])
	return m, m.marked(offset)
}

// marked returns the node that has the token at an offset.
func (t *Tree) marked(offset int) Node {
	return t.nodeOf(max(t.tokenBefore(offset), 0)) // there is none before it in a byte order mark
}
