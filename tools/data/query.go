package data

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/itchyny/gojq"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// query is a jq query, compiled for each of the runs that it has at a time.
type query struct {
	parsed      *gojq.Query
	executables sync.Pool // of *executable
	// path: it only chooses parts of its input, as .a[1] and .[] do, so that what
	// it gives holds nothing of the query's own.
	path bool
}

// executable is a query compiled for one run, and what its functions ask about memory.
type executable struct {
	code   *gojq.Code
	growth growth
}

func (q *query) compile() (*executable, error) {
	p := &executable{}
	var err error
	p.code, err = gojq.Compile(q.parsed, p.growth.options()...)
	return p, err
}

// compile is cached because scripts run one query over many inputs. Queries
// see neither the environment nor modules: gojq gives them none unless asked.
func (j *jsonProcessor) compile(text string) (*query, error) {
	if q, ok := j.cache.Get(text); ok {
		return q, nil
	}
	wrong := func(err error) error {
		return &schema.FieldError{Path: "query", Problem: "is not a jq query: " + err.Error()}
	}
	parsed, err := gojq.Parse(text)
	if err != nil {
		return nil, wrong(err)
	}
	q := &query{path: isPath(parsed), parsed: parsed}
	if err := bound(parsed); err != nil {
		return nil, wrong(err)
	}
	p, err := q.compile()
	if err != nil {
		return nil, wrong(err)
	}
	q.executables.Put(p)
	if len(text) <= 4096 {
		j.cache.Put(text, q)
	}
	return q, nil
}

// isPath tells whether a query is made of ., .name, .[…], .[], .., |, the comma
// and parentheses only.
func isPath(q *gojq.Query) bool {
	switch {
	case q == nil || q.Meta != nil || len(q.Imports)+len(q.FuncDefs)+len(q.Patterns) > 0:
		return false
	case q.Term == nil:
		return (q.Op == gojq.OpPipe || q.Op == gojq.OpComma) && isPath(q.Left) && isPath(q.Right)
	}
	switch t := q.Term; t.Type {
	case gojq.TermTypeIdentity, gojq.TermTypeRecurse, gojq.TermTypeIndex: // what is in an index never gets out of it
		return true
	case gojq.TermTypeQuery:
		return isPath(t.Query)
	}
	return false
}

// run appends what the query gives for one input, as it is.
func (q *query) run(ctx context.Context, input any, outputs []any) ([]any, error) {
	p, ok := q.executables.Get().(*executable)
	if !ok {
		var err error
		if p, err = q.compile(); err != nil {
			return nil, err
		}
	}
	p.growth = growth{look: lookNow(ctx)}
	defer func() {
		p.growth.look = nil
		q.executables.Put(p)
	}()
	iter := p.code.RunWithContext(ctx, input)
	for {
		v, ok := iter.Next()
		if !ok {
			return outputs, nil
		}
		if err, ok := v.(error); ok {
			if halt := (*gojq.HaltError)(nil); errors.As(err, &halt) && halt.Value() == nil && halt.ExitCode() == 0 {
				return outputs, nil // the query said halt
			}
			if cause := context.Cause(ctx); cause != nil {
				return nil, cause
			}
			if own := (*tool.Error)(nil); errors.As(err, &own) { // a value that is too large
				return nil, own
			}
			if e := gojq.ValueError(nil); errors.As(err, &e) {
				if err := measure(ctx, e.Value()); err != nil {
					return nil, err
				}
			}
			return nil, tool.Errorf(tool.ExecutionFailed, "the query failed: %w", err)
		}
		if len(outputs) == maxOutputs {
			return nil, fmt.Errorf("the query gives more than %d values; narrow it, with limit(n; …) for example", maxOutputs)
		}
		outputs = append(outputs, v)
	}
}

// fromText runs the query on JSON text and makes its outputs independent.
func (q *query) fromText(ctx context.Context, text string) ([]any, error) {
	value, err := decodeJSON(ctx, text)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &schema.FieldError{Path: "input", Problem: "is not JSON: " + err.Error()}
	}
	outputs, err := q.run(ctx, value, nil)
	if err == nil && !(q.path && len(outputs) <= 1) { // else it is a part of what was decoded
		err = measure(ctx, outputs...)
	}
	if err != nil {
		return nil, err
	}
	if !q.path { // a path gives parts of what was decoded a moment ago for it alone
		for i, v := range outputs {
			outputs[i] = fromQuery(v)
		}
	}
	return release(text, outputs), nil
}

// fromValue is fromText for a value that others may hold.
func (q *query) fromValue(ctx context.Context, value any, outputs []any) ([]any, error) {
	before := len(outputs)
	outputs, err := q.run(ctx, forQuery(value), outputs)
	if err == nil {
		err = measure(ctx, outputs[before:]...)
	}
	if err != nil {
		return nil, err
	}
	for i := before; i < len(outputs); i++ {
		outputs[i] = fromQuery(outputs[i])
	}
	return outputs, nil
}

// release copies strings that are parts of text when the outputs are small
// beside it: a name of some bytes must not keep a document of megabytes in
// memory.
func release(text string, outputs []any) []any {
	if len(text) < 4096 {
		return outputs
	}
	room := len(text) / 4
	copies := make([]any, len(outputs))
	for i, v := range outputs {
		var ok bool
		if copies[i], ok = copyWithin(v, &room); !ok {
			return outputs
		}
	}
	return copies
}

// copyWithin copies a value, unless it takes more than the room there is.
func copyWithin(v any, room *int) (any, bool) {
	if *room -= 16; *room < 0 {
		return nil, false
	}
	switch v := v.(type) {
	case string:
		if *room -= len(v); *room < 0 {
			return nil, false
		}
		return strings.Clone(v), true
	case map[string]any:
		if *room -= 32 * len(v); *room < 0 {
			return nil, false
		}
		out := make(map[string]any, len(v))
		for k, e := range v {
			c, ok := copyWithin(e, room)
			if !ok {
				return nil, false
			}
			*room -= len(k)
			out[strings.Clone(k)] = c
		}
		return out, true
	case []any:
		if *room -= 16 * len(v); *room < 0 {
			return nil, false
		}
		out := make([]any, len(v))
		for i, e := range v {
			var ok bool
			if out[i], ok = copyWithin(e, room); !ok {
				return nil, false
			}
		}
		return out, true
	}
	return v, true
}
