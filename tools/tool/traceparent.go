package tool

import "context"

type traceParentKey struct{}

// WithTraceParent returns a context whose calls of tools may tell others what
// they belong to: parent gives the headers traceparent and tracestate of W3C
// Trace Context, or empty texts.
func WithTraceParent(ctx context.Context, parent func() (traceparent, tracestate string)) context.Context {
	return context.WithValue(ctx, traceParentKey{}, parent)
}

// TraceParent returns what a request made under ctx sends along as traceparent
// and tracestate; empty unless somebody traces.
func TraceParent(ctx context.Context) (traceparent, tracestate string) {
	if parent, ok := ctx.Value(traceParentKey{}).(func() (string, string)); ok {
		return parent()
	}
	return "", ""
}
