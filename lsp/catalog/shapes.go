package catalog

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/lsp/analysis/types"
)

// Some tools give something else for each operation, and say it in the description of
// their result rather than as properties:
//
//	read {path, content, size}; write, append {path, bytes_written}; list {entries: [{name, size?}], count}
//
// This file reads that. A tool of this program keeps to it, which a test sees to; of
// another's description nothing is taken that does not look so.

// maxShapes is the longest description that is read so, in bytes.
const maxShapes = 8 << 10

// shape is what a description says of one group of operations.
type shape struct {
	operations []string // nil: all that no other shape names
	fields     []*types.Field
}

// described is the type of an operation's result, as a description has it; nil if it
// says nothing. With no operation it has the fields of all.
func (t *Tool) described(doc, operation string) *types.Object {
	if len(doc) > maxShapes {
		return nil
	}
	var own, all []*types.Field
	named := false
	shapes := t.shapes(doc)
	for _, s := range shapes {
		all = append(all, s.fields...)
		if slices.Contains(s.operations, operation) {
			own, named = append(own, s.fields...), true
		}
	}
	for _, s := range shapes {
		if s.operations == nil && !named {
			own = append(own, s.fields...)
		}
	}
	if operation == "" || len(own) == 0 {
		own = all
	}
	if len(own) == 0 {
		return nil
	}
	return shapeObject(own)
}

func shapeObject(fields []*types.Field) *types.Object {
	o := &types.Object{Key: types.String, Value: types.Any}
	for _, f := range fields {
		if old := o.Field(f.Name); old == nil || old.Type == types.Any {
			o.Add(f)
		}
	}
	return o
}

// shapes finds the braces of a description, and the operations in front of each.
func (t *Tool) shapes(doc string) []shape {
	var out []shape
	for {
		open := strings.IndexByte(doc, '{')
		if open < 0 {
			return out
		}
		inside, rest, ok := balanced(doc[open:])
		if !ok {
			return out
		}
		before := doc[:open]
		for _, end := range []string{";", ": ", ". "} {
			if i := strings.LastIndex(before, end); i >= 0 {
				before = before[i+len(end):]
			}
		}
		ops, ok := t.operationsBefore(before)
		if fields := shapeFields(inside); ok && len(fields) > 0 {
			out = append(out, shape{ops, fields})
		}
		doc = rest
	}
}

// operationsBefore reads the names in front of braces. They are all operations, or
// there are none, or they are "the others".
func (t *Tool) operationsBefore(text string) (ops []string, ok bool) {
	text = strings.TrimSpace(text)
	if text == "" || text == "the others" {
		return nil, true
	}
	ops = strings.Split(text, ", ")
	return ops, !slices.ContainsFunc(ops, func(op string) bool { return !t.hasOperation(op) })
}

// balanced returns what is between the bracket that text begins with and its
// counterpart, and what follows that.
func balanced(text string) (inside, rest string, ok bool) {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			if depth--; depth == 0 {
				return text[1:i], text[i+1:], true
			}
		}
	}
	return "", "", false
}

// shapeFields reads a list such as: path, size?, entries: [{name, type}].
func shapeFields(text string) []*types.Field {
	var out []*types.Field
	for _, item := range splitItems(text) {
		item = strings.TrimPrefix(strings.TrimSpace(item), "or ")
		n := 0
		for n < len(item) && (item[n] == '_' || 'a' <= item[n] && item[n] <= 'z' || n > 0 && '0' <= item[n] && item[n] <= '9') {
			n++
		}
		name, rest := item[:n], strings.TrimPrefix(item[n:], "?")
		if name == "" || rest != "" && rest[0] != ':' && !strings.HasPrefix(rest, " {") && !strings.HasPrefix(rest, " or ") && !strings.HasPrefix(rest, " when ") {
			continue // it is prose
		}
		of, doc := shapeType(rest)
		out = append(out, &types.Field{Name: name, Type: of, Doc: doc, Optional: true})
		if other, ok := strings.CutPrefix(rest, " or "); ok { // a or b and c
			for i, word := range strings.Fields(other) {
				if i%2 == 1 && word != "and" {
					break
				}
				if i%2 == 0 && isName(word) {
					out = append(out, &types.Field{Name: word, Type: types.Any, Optional: true})
				}
			}
		}
	}
	return out
}

// shapeType reads what follows a name: ": [{…}]", ": {…}", " {…}", or a text about it.
func shapeType(text string) (of types.Type, doc string) {
	text = strings.TrimSpace(strings.TrimPrefix(text, ":"))
	inside, _, ok := balanced(text)
	switch {
	case ok && strings.HasPrefix(text, "[{"):
		inner, _, _ := balanced(inside)
		if fields := shapeFields(inner); len(fields) > 0 {
			return &types.Array{Elem: shapeObject(fields)}, ""
		}
		return &types.Array{Elem: types.Any}, ""
	case ok && strings.HasPrefix(text, "["):
		return &types.Array{Elem: types.Any}, ""
	case ok && strings.HasPrefix(text, "{"):
		if fields := shapeFields(inside); len(fields) > 0 && !strings.Contains(inside, ": {") { // else it is {key: value}
			return shapeObject(fields), ""
		}
		return types.TableType, ""
	}
	return types.Any, text
}

// splitItems splits at the commas that are not in brackets.
func splitItems(text string) []string {
	var out []string
	depth, from := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '{', '[', '(':
			depth++
		case '}', ']', ')':
			depth--
		case ',':
			if depth == 0 {
				out, from = append(out, text[from:i]), i+1
			}
		}
	}
	return append(out, text[from:])
}
