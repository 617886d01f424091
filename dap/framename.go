package dap

import (
	"context"
	"fmt"
	"path"
	"strings"

	dap "github.com/google/go-dap"

	"github.com/llmspell/llmspell/runtime/debug"
)

// frameName is the name of a frame in the format that the client asks for:
// "heap.lua!push(h: table = {…}, v: number = 5) line 12".
func (s *session) frameName(ctx context.Context, e *debug.Engine, f debug.Frame, format *dap.StackFrameFormat) string {
	if format == nil || f.Line == 0 {
		return f.Name
	}
	var b strings.Builder
	if format.Module && f.Module != "" {
		fmt.Fprintf(&b, "%s!", path.Base(slashes(f.Module)))
	}
	b.WriteString(f.Name)
	if format.Parameters {
		b.WriteString("(" + parameters(ctx, e, f, format) + ")")
	}
	if format.Line {
		fmt.Fprintf(&b, " line %d", s.client.toClientLine(f.Line))
	}
	return b.String()
}

// parameters lists those of a frame, each as "name: type = value" or parts of
// it. Without a choice of parts it is the names and values.
func parameters(ctx context.Context, e *debug.Engine, f debug.Frame, format *dap.StackFrameFormat) string {
	list, err := e.Parameters(ctx, f.ID, debug.Format{Hex: format.Hex})
	if err != nil {
		return "…" // the frame has gone
	}
	names, types, values := format.ParameterNames, format.ParameterTypes, format.ParameterValues
	if !names && !types && !values {
		names, values = true, true
	}
	parts := make([]string, len(list))
	for i, v := range list {
		part := ""
		if names {
			part = v.Name
		}
		if types {
			part = join(part, ": ", v.Type)
		}
		if values {
			part = join(part, " = ", v.Value)
		}
		parts[i] = part
	}
	return strings.Join(parts, ", ")
}

// join puts sep between a and b if there is an a.
func join(a, sep, b string) string {
	if a == "" {
		return b
	}
	return a + sep + b
}
