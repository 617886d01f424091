package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

func (b *builder) fromJSON(text string) (any, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	v, err := b.jsonValue(dec, 0)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more after the value")
		}
	}
	if err != nil && !ours(err) {
		at := text[:min(int(dec.InputOffset()), len(text))]
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("it ends too early")
		}
		return nil, fmt.Errorf("near line %d, column %d: %w", strings.Count(at, "\n")+1, len(at)-strings.LastIndexByte(at, '\n'), err)
	}
	return v, err
}

func (b *builder) jsonValue(dec *json.Decoder, depth int) (any, error) {
	if err := b.node(depth); err != nil {
		return nil, err
	}
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		if len(t) > maxDigits {
			return nil, tool.Errorf(tool.LimitExceeded, "a number has more than %d digits", maxDigits)
		}
		return number(t), nil
	case json.Delim:
		if t == '[' {
			out := []any{}
			for dec.More() {
				v, err := b.jsonValue(dec, depth+1)
				if err != nil {
					return nil, err
				}
				out = append(out, v)
			}
			_, err := dec.Token()
			return out, err
		}
		o, index := &object{}, map[string]int{}
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			v, err := b.jsonValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			if o.set(index, key.(string), v) {
				b.lost["the first of two members with the same name"] = true
			}
		}
		_, err := dec.Token()
		return o, err
	}
	return t, nil // string, bool, nil
}

// maxDocument bounds what is written.
const maxDocument = 64 << 20

func (b *builder) toJSON(t any, indent int) (string, error) {
	var out bytes.Buffer
	err := b.writeJSON(&out, t, indent, "\n")
	if indent > 0 {
		out.WriteByte('\n')
	}
	return out.String(), err
}

func (b *builder) writeJSON(out *bytes.Buffer, t any, indent int, line string) error {
	if out.Len() > maxDocument {
		return tool.Errorf(tool.LimitExceeded, "the result is larger than %d MB", maxDocument>>20)
	}
	next, colon := line+strings.Repeat(" ", indent), ": "
	if indent == 0 {
		line, next, colon = "", "", ":"
	}
	items := func(open, end byte, n int, item func(i int) error) error {
		out.WriteByte(open)
		for i := range n {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString(next)
			if err := item(i); err != nil {
				return err
			}
		}
		if n > 0 {
			out.WriteString(line)
		}
		out.WriteByte(end)
		return nil
	}
	switch t := t.(type) {
	case *object:
		return items('{', '}', len(t.members), func(i int) error {
			writeJSONString(out, t.members[i].key)
			out.WriteString(colon)
			return b.writeJSON(out, t.members[i].value, indent, next)
		})
	case []any:
		return items('[', ']', len(t), func(i int) error { return b.writeJSON(out, t[i], indent, next) })
	case string:
		writeJSONString(out, t)
	case stamp:
		b.lost["that dates are dates: they become texts"] = true
		writeJSONString(out, string(t))
	case number:
		if !t.finite() {
			return tool.Errorf(tool.ExecutionFailed, "JSON has no number %s; replace it first", t)
		}
		out.WriteString(string(t))
	case bool:
		fmt.Fprint(out, t)
	default:
		out.WriteString("null")
	}
	return nil
}

func writeJSONString(out *bytes.Buffer, s string) {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string can always be encoded
	out.Truncate(out.Len() - 1)
}
