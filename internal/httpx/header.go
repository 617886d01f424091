package httpx

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/llmspell/llmspell/tools/schema"
)

// What a caller's headers may come to.
const (
	maxHeaders     = 100
	maxHeaderBytes = 64 << 10
)

// ParseHeaders reads the headers that a caller passed as the parameter field:
// each value is a string, a number, a boolean or a list of such. The headers
// that belong to the connection cannot be set. The error is a
// *schema.FieldError, which never shows a value.
func ParseHeaders(field string, m map[string]any) (http.Header, error) {
	out := http.Header{}
	size, count := 0, 0
	for _, name := range slices.Sorted(maps.Keys(m)) {
		path := field + "." + clip(name, 60)
		if !httpguts.ValidHeaderFieldName(name) {
			return nil, &schema.FieldError{Path: field, Expected: "names of headers: letters, digits and hyphens", Found: strconv.Quote(clip(name, 60))}
		}
		if reason := reserved(name); reason != "" {
			return nil, &schema.FieldError{Path: path, Problem: "cannot be set: " + reason}
		}
		values, ok := m[name].([]any)
		if !ok {
			values = []any{m[name]}
		}
		for _, v := range values {
			text, ok := ScalarText(v)
			if !ok {
				return nil, &schema.FieldError{Path: path, Expected: "a string, a number, a boolean or a list of them", Found: fmt.Sprintf("a %T", v)}
			}
			if !httpguts.ValidHeaderFieldValue(text) {
				return nil, &schema.FieldError{Path: path, Expected: "one line of text", Found: "a text with a line break or another control character"}
			}
			out.Add(name, strings.TrimSpace(text))
			size += len(name) + len(text)
			count++
		}
		if count > maxHeaders || size > maxHeaderBytes {
			return nil, &schema.FieldError{Path: field, Expected: fmt.Sprintf("at most %d headers of %d KB in all", maxHeaders, maxHeaderBytes>>10), Found: "more"}
		}
	}
	return out, nil
}

// reserved says why a header cannot be set, or "".
func reserved(name string) string {
	switch http.CanonicalHeaderKey(name) {
	case "Host":
		return "it follows from the address"
	case "Content-Length", "Transfer-Encoding", "Trailer":
		return "it follows from the body"
	case "Connection", "Keep-Alive", "Upgrade", "Te", "Expect", "Proxy-Connection", "Proxy-Authorization", "Http2-Settings":
		return "it belongs to the connection"
	}
	return ""
}

// ScalarText writes a value that is no list or object as headers, queries and
// forms have it.
func ScalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case int:
		return strconv.Itoa(v), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// checkMethod accepts the names of methods that ask for something.
func checkMethod(method string) error {
	if method == "" || len(method) > 20 || !httpguts.ValidHeaderFieldName(method) || strings.EqualFold(method, "CONNECT") || strings.EqualFold(method, "TRACE") {
		return &schema.FieldError{Path: "method", Expected: "the name of an HTTP method such as GET or POST", Value: method}
	}
	return nil
}

// HeaderMap writes headers for a result: names in lower case, several values
// joined by commas. Cookies, which commas do not separate, become a list when there
// are several.
func HeaderMap(h http.Header) map[string]any {
	out := make(map[string]any, len(h))
	for name, values := range h {
		name = strings.ToLower(name)
		if name == "set-cookie" && len(values) > 1 {
			list := make([]any, len(values))
			for i, v := range values {
				list[i] = strings.ToValidUTF8(v, "\uFFFD")
			}
			out[name] = list
			continue
		}
		out[name] = strings.ToValidUTF8(strings.Join(values, ", "), "\uFFFD")
	}
	return out
}

// userAgent is what servers are told, unless the caller sets something else.
func userAgent() string {
	version := "devel"
	if info, ok := debug.ReadBuildInfo(); ok && strings.HasPrefix(info.Main.Version, "v") {
		version = strings.TrimPrefix(info.Main.Version, "v")
	}
	return "llmspell/" + version
}
