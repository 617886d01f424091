package trace

import (
	"math"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	oteltrace "go.opentelemetry.io/otel/trace"
)

// The messages of opentelemetry-proto, trace/v1, in OTLP's JSON encoding: names
// in lowerCamelCase, ids in hexadecimal, 64-bit numbers as texts, enumerations as
// numbers.
type (
	request struct {
		ResourceSpans []resourceSpans `json:"resourceSpans"`
	}
	resourceSpans struct {
		Resource   resource     `json:"resource"`
		ScopeSpans []scopeSpans `json:"scopeSpans"`
		SchemaURL  string       `json:"schemaUrl,omitempty"`
	}
	resource struct {
		Attributes []keyValue `json:"attributes,omitempty"`
	}
	scopeSpans struct {
		Scope scope  `json:"scope"`
		Spans []span `json:"spans"`
	}
	scope struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	span struct {
		TraceID           string     `json:"traceId"`
		SpanID            string     `json:"spanId"`
		TraceState        string     `json:"traceState,omitempty"`
		ParentSpanID      string     `json:"parentSpanId,omitempty"`
		Flags             uint32     `json:"flags"`
		Name              string     `json:"name"`
		Kind              int        `json:"kind"`
		Start             string     `json:"startTimeUnixNano"`
		End               string     `json:"endTimeUnixNano"`
		Attributes        []keyValue `json:"attributes,omitempty"`
		DroppedAttributes int        `json:"droppedAttributesCount,omitempty"`
		Events            []event    `json:"events,omitempty"`
		DroppedEvents     int        `json:"droppedEventsCount,omitempty"`
		Links             []link     `json:"links,omitempty"`
		DroppedLinks      int        `json:"droppedLinksCount,omitempty"`
		Status            status     `json:"status"`
	}
	event struct {
		Time       string     `json:"timeUnixNano"`
		Name       string     `json:"name"`
		Attributes []keyValue `json:"attributes,omitempty"`
	}
	link struct {
		TraceID    string     `json:"traceId"`
		SpanID     string     `json:"spanId"`
		TraceState string     `json:"traceState,omitempty"`
		Attributes []keyValue `json:"attributes,omitempty"`
	}
	status struct {
		Code    int    `json:"code,omitempty"`
		Message string `json:"message,omitempty"`
	}
	keyValue struct {
		Key   string `json:"key"`
		Value value  `json:"value"`
	}
	value struct {
		String *string `json:"stringValue,omitempty"`
		Bool   *bool   `json:"boolValue,omitempty"`
		Int    *string `json:"intValue,omitempty"`
		Double any     `json:"doubleValue,omitempty"`
		Array  *array  `json:"arrayValue,omitempty"`
	}
	array struct {
		Values []value `json:"values"`
	}
)

// encode writes a batch. All spans of a Tracer have the same resource and scope.
func encode(spans []sdktrace.ReadOnlySpan) request {
	if len(spans) == 0 {
		return request{}
	}
	first := spans[0]
	out := scopeSpans{Scope: scope{first.InstrumentationScope().Name, first.InstrumentationScope().Version}}
	for _, s := range spans {
		out.Spans = append(out.Spans, encodeSpan(s))
	}
	r := resourceSpans{ScopeSpans: []scopeSpans{out}}
	if res := first.Resource(); res != nil {
		r.Resource.Attributes, r.SchemaURL = encodeAttributes(res.Attributes()), res.SchemaURL()
	}
	return request{ResourceSpans: []resourceSpans{r}}
}

func encodeSpan(s sdktrace.ReadOnlySpan) span {
	c := s.SpanContext()
	out := span{
		TraceID: c.TraceID().String(), SpanID: c.SpanID().String(), TraceState: c.TraceState().String(), Flags: uint32(c.TraceFlags()),
		Name: s.Name(), Kind: int(s.SpanKind()), Start: nanos(s.StartTime()), End: nanos(s.EndTime()),
		Attributes: encodeAttributes(s.Attributes()), DroppedAttributes: s.DroppedAttributes(), DroppedEvents: s.DroppedEvents(), DroppedLinks: s.DroppedLinks(),
	}
	if s.SpanKind() == oteltrace.SpanKindUnspecified {
		out.Kind = int(oteltrace.SpanKindInternal)
	}
	if p := s.Parent(); p.HasSpanID() {
		out.ParentSpanID = p.SpanID().String()
		const isKnown, isRemote = 1 << 8, 1 << 9
		if out.Flags |= isKnown; p.IsRemote() {
			out.Flags |= isRemote
		}
	}
	for _, e := range s.Events() {
		out.Events = append(out.Events, event{Time: nanos(e.Time), Name: e.Name, Attributes: encodeAttributes(e.Attributes)})
	}
	for _, l := range s.Links() {
		out.Links = append(out.Links, link{TraceID: l.SpanContext.TraceID().String(), SpanID: l.SpanContext.SpanID().String(),
			TraceState: l.SpanContext.TraceState().String(), Attributes: encodeAttributes(l.Attributes)})
	}
	switch s.Status().Code { // the numbers of the protocol are not those of the SDK
	case codes.Ok:
		out.Status.Code = 1
	case codes.Error:
		out.Status = status{Code: 2, Message: s.Status().Description}
	}
	return out
}

func nanos(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

func encodeAttributes(list []attribute.KeyValue) []keyValue {
	out := make([]keyValue, 0, len(list))
	for _, a := range list {
		out = append(out, keyValue{Key: string(a.Key), Value: encodeValue(a.Value)})
	}
	return out
}

func encodeValue(v attribute.Value) value {
	switch v.Type() {
	case attribute.BOOL:
		return boolValue(v.AsBool())
	case attribute.INT64:
		return intValue(v.AsInt64())
	case attribute.FLOAT64:
		return doubleValue(v.AsFloat64())
	case attribute.BOOLSLICE:
		return arrayOf(v.AsBoolSlice(), boolValue)
	case attribute.INT64SLICE:
		return arrayOf(v.AsInt64Slice(), intValue)
	case attribute.FLOAT64SLICE:
		return arrayOf(v.AsFloat64Slice(), doubleValue)
	case attribute.STRINGSLICE:
		return arrayOf(v.AsStringSlice(), stringValue)
	}
	return stringValue(v.String())
}

func stringValue(s string) value { return value{String: &s} }

func boolValue(b bool) value { return value{Bool: &b} }

func intValue(n int64) value {
	s := strconv.FormatInt(n, 10)
	return value{Int: &s}
}

// doubleValue writes what JSON has no numbers for as the texts of the protocol.
func doubleValue(f float64) value {
	switch {
	case math.IsNaN(f):
		return value{Double: "NaN"}
	case math.IsInf(f, 1):
		return value{Double: "Infinity"}
	case math.IsInf(f, -1):
		return value{Double: "-Infinity"}
	}
	return value{Double: f}
}

func arrayOf[T any](list []T, encode func(T) value) value {
	out := &array{Values: make([]value, len(list))}
	for i, v := range list {
		out.Values[i] = encode(v)
	}
	return value{Array: out}
}
