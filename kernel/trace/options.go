package trace

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Options of a Tracer.
type Options struct {
	// Endpoint is where the collector takes OTLP over HTTP:
	// http://127.0.0.1:4318; without a path, /v1/traces is added. Required.
	Endpoint string
	Headers  map[string]string // of each request to the collector
	Timeout  time.Duration     // of each request; 0: 10 seconds
	Service  string            // service.name; "": llmspell
	Version  string            // service.version
	Instance string            // service.instance.id: the kernel's id
	// Ratio of the traces that are kept, of those that begin here: more than 0, at
	// most 1. 0: what OTEL_TRACES_SAMPLER says, or else all.
	Ratio float64
	// Report is told of batches that were lost, at most once a minute. May be nil.
	Report func(error)
}

// Check says what is wrong with the options.
func (o *Options) Check() error {
	_, err := endpoint(o.Endpoint)
	return err
}

// FromEnvironment returns the options that OpenTelemetry's variables ask for, and
// whether they ask for traces at all. An endpoint that was given otherwise goes
// before that of the environment. lookup is os.LookupEnv.
func FromEnvironment(endpoint string, lookup func(string) (string, bool)) (o Options, on bool, err error) {
	get := func(names ...string) string {
		for _, name := range names {
			if v, _ := lookup(name); v != "" {
				return v
			}
		}
		return ""
	}
	o.Endpoint = endpoint
	if o.Endpoint == "" {
		o.Endpoint = get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
	}
	if o.Endpoint == "" {
		if base := get("OTEL_EXPORTER_OTLP_ENDPOINT"); base != "" {
			o.Endpoint = strings.TrimSuffix(base, "/") + tracesPath
		}
	}
	disabled, _ := strconv.ParseBool(get("OTEL_SDK_DISABLED")) // "" is no
	if o.Endpoint == "" || disabled {
		return Options{}, false, nil
	}
	if p := get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); p == "grpc" {
		return Options{}, false, errors.New("OTEL_EXPORTER_OTLP_PROTOCOL asks for grpc, and llmspell sends OTLP over HTTP only: set it to http/json, and the endpoint to the collector's port for HTTP (4318)")
	}
	if o.Headers, err = parseHeaders(get("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS")); err != nil {
		return Options{}, false, err
	}
	if text := get("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"); text != "" {
		ms, err := strconv.Atoi(text)
		if err != nil || ms <= 0 {
			return Options{}, false, fmt.Errorf("OTEL_EXPORTER_OTLP_TIMEOUT is %q: it must be a number of milliseconds", text)
		}
		o.Timeout = time.Duration(ms) * time.Millisecond
	}
	o.Service = get("OTEL_SERVICE_NAME")
	return o, true, nil
}

const tracesPath = "/v1/traces"

// parseHeaders reads "name=value,name=value", percent-encoded. Values are
// secrets, and not part of errors.
func parseHeaders(text string) (map[string]string, error) {
	out := map[string]string{}
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		name = strings.TrimSpace(name)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !ok || err != nil || !isToken(name) || strings.ContainsAny(value, "\r\n\x00") {
			return nil, errors.New("OTEL_EXPORTER_OTLP_HEADERS is wrong: write name=value,name=value with values in percent-encoding")
		}
		out[name] = value
	}
	return out, nil
}

// isToken says whether text may be the name of a header.
func isToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	})
}

// endpoint checks where the collector is.
func endpoint(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", fmt.Errorf("the OTLP endpoint is %q: it must be an address such as http://127.0.0.1:4318", redacted(text))
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = tracesPath
	}
	return u.String(), nil
}

// redacted hides the password of an address.
func redacted(text string) string {
	if u, err := url.Parse(text); err == nil {
		return u.Redacted()
	}
	if i := strings.LastIndexByte(text, '@'); i >= 0 {
		return "…" + text[i:]
	}
	return text
}
