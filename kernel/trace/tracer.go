package trace

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdkresource "go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"

	"github.com/llmspell/llmspell/kernel"
	"github.com/llmspell/llmspell/runtime"
	"github.com/llmspell/llmspell/tools"
	"github.com/llmspell/llmspell/tools/tool"
)

// scopeName names what makes the spans.
const scopeName = "github.com/llmspell/llmspell/kernel"

// maxMessage bounds the messages of errors in spans, in bytes.
const maxMessage = 1024

// FlushTime is how long Shutdown waits at most.
const FlushTime = 3 * time.Second

// Tracer makes spans and sends them to a collector. Its methods may be called by
// any goroutine. It is a kernel.Tracer.
type Tracer struct {
	provider *sdktrace.TracerProvider
	exporter *exporter
	tracer   oteltrace.Tracer
	calls    sync.Map // *tools.HookCall to oteltrace.Span: calls of tools that have not ended
}

// New makes a Tracer. It does not connect yet: whether the collector is there
// shows when the first spans are sent, some seconds after they have ended. The
// error says what is wrong with the endpoint or OTEL_RESOURCE_ATTRIBUTES.
func New(o Options) (*Tracer, error) {
	x, err := newExporter(o)
	if err != nil {
		return nil, err
	}
	res, err := resourceOf(o)
	if err != nil {
		return nil, err
	}
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithBatcher(x, sdktrace.WithMaxQueueSize(2048), sdktrace.WithExportTimeout(x.timeout)),
		sdktrace.WithResource(res),
	}
	if o.Ratio > 0 {
		options = append(options, sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(o.Ratio))))
	}
	t := &Tracer{exporter: x, provider: sdktrace.NewTracerProvider(options...)}
	t.tracer = t.provider.Tracer(scopeName, oteltrace.WithInstrumentationVersion(o.Version))
	return t, nil
}

// resourceOf describes this process. OTEL_RESOURCE_ATTRIBUTES adds to it.
func resourceOf(o Options) (*sdkresource.Resource, error) {
	service := o.Service
	if service == "" {
		service = "llmspell"
	}
	attributes := []attribute.KeyValue{attribute.String("service.name", service)}
	for key, text := range map[string]string{"service.version": o.Version, "service.instance.id": o.Instance} {
		if text != "" {
			attributes = append(attributes, attribute.String(key, text))
		}
	}
	res, err := sdkresource.New(context.Background(), sdkresource.WithTelemetrySDK(), sdkresource.WithAttributes(attributes...), sdkresource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("describe this process to the collector: %w; is OTEL_RESOURCE_ATTRIBUTES name=value,name=value?", err)
	}
	return res, nil
}

// Shutdown sends what is queued, and waits for it until ctx is done, but never
// longer than FlushTime. Spans that end later are lost.
func (t *Tracer) Shutdown(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, FlushTime)
	defer cancel()
	err := t.provider.Shutdown(ctx)
	t.exporter.stop() // what goes on all the same
	if err != nil {
		return fmt.Errorf("the last spans were not delivered: %w", err)
	}
	return nil
}

// StartRequest begins the span of a request of a client. traceparent and
// tracestate are what the client has sent along, in the form of W3C Trace
// Context, or empty; if they are malformed the request begins a trace of its
// own. end is called with the error of the answer, or nil.
func (t *Tracer) StartRequest(ctx context.Context, method, traceparent, tracestate string) (inner context.Context, end func(error)) {
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.MapCarrier{"traceparent": traceparent, "tracestate": tracestate})
	ctx, s := t.tracer.Start(ctx, method, oteltrace.WithSpanKind(oteltrace.SpanKindServer),
		oteltrace.WithAttributes(attribute.String("rpc.system", "jsonrpc"), attribute.String("rpc.method", method)))
	return ctx, func(err error) { endSpan(s, err) }
}

// TraceParent returns what a request made under ctx sends along as traceparent,
// and as tracestate; empty if there is no span.
func TraceParent(ctx context.Context) (traceparent, tracestate string) {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"], carrier["tracestate"]
}

// StartExecution implements kernel.Tracer.
func (t *Tracer) StartExecution(ctx context.Context, e kernel.TracedExecution) (context.Context, func(error)) {
	attributes := []attribute.KeyValue{attribute.String("llmspell.script", e.Script)}
	if e.Session != "" {
		attributes = append(attributes, attribute.String("llmspell.session.id", e.Session))
	}
	ctx, s := t.tracer.Start(ctx, "execute "+e.Script, oteltrace.WithAttributes(attributes...))
	return ctx, func(err error) { endSpan(s, err) }
}

// ToolContext implements kernel.Tracer: within the result, calls of tools tell
// others of their spans.
func (t *Tracer) ToolContext(ctx context.Context) context.Context {
	if !oteltrace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	c := &callSpan{}
	inner := context.WithValue(ctx, callKey{}, c)
	return tool.WithTraceParent(inner, func() (string, string) {
		if s := c.get(); s != nil {
			return TraceParent(oteltrace.ContextWithSpan(ctx, s))
		}
		return TraceParent(ctx)
	})
}

// callSpan is the span of the call that a context was made for.
type callSpan struct {
	mu     sync.Mutex
	span   oteltrace.Span
	shared bool // several calls are made under this context: the execution's span stands for all
}

type callKey struct{}

func (c *callSpan) set(s oteltrace.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shared = c.shared || c.span != nil
	c.span = s
}

func (c *callSpan) get() oteltrace.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shared {
		return nil
	}
	return c.span
}

// ToolHook implements kernel.Tracer. The hook makes a span of each call, as the
// conventions for generative AI name it.
func (t *Tracer) ToolHook() tools.Hook {
	return tools.Hook{
		Before: func(ctx context.Context, call *tools.HookCall) error {
			_, s := t.tracer.Start(ctx, "execute_tool "+call.Tool.Name, oteltrace.WithAttributes(
				attribute.String("gen_ai.operation.name", "execute_tool"),
				attribute.String("gen_ai.tool.name", call.Tool.Name),
				attribute.String("gen_ai.tool.type", "function"),
				attribute.String("gen_ai.tool.description", clip(call.Tool.Description)),
			))
			t.calls.Store(call, s)
			if c, ok := ctx.Value(callKey{}).(*callSpan); ok {
				c.set(s)
			}
			return nil
		},
		After: func(_ context.Context, call *tools.HookCall, r *tools.Response) {
			v, ok := t.calls.LoadAndDelete(call)
			if !ok {
				return
			}
			s := v.(oteltrace.Span)
			if r.Operation != "" {
				s.SetAttributes(attribute.String("llmspell.tool.operation", r.Operation))
			}
			var err error
			if r.Error != nil {
				err = r.Error
			}
			endSpan(s, err)
		},
	}
}

// endSpan ends a span, as failed if there is an error.
func endSpan(s oteltrace.Span, err error) {
	if err != nil {
		s.SetAttributes(attribute.String("error.type", errorType(err)))
		s.SetStatus(codes.Error, clip(err.Error()))
	}
	s.End()
}

// errorType is a word for the kind of an error, of which there are few.
func errorType(err error) string {
	if e, ok := errors.AsType[*tool.Error](err); ok && e.Code != "" {
		return string(e.Code)
	}
	if e, ok := errors.AsType[*runtime.Error](err); ok {
		return kindName(e.Kind)
	}
	return "_OTHER" // the convention's word for what has no name
}

func kindName(k runtime.ErrorKind) string {
	switch k {
	case runtime.KindSyntax:
		return "syntax"
	case runtime.KindFile:
		return "file"
	case runtime.KindCancelled:
		return "cancelled"
	case runtime.KindTimeout:
		return "timeout"
	case runtime.KindBudget:
		return "budget"
	case runtime.KindExit:
		return "exit"
	}
	return "script"
}

// clip bounds a text, at the end of a character.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if len(s) <= maxMessage {
		return s
	}
	n := maxMessage
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
