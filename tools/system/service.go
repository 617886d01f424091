package system

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func serviceDefinition() tool.Definition {
	target := schema.Text("What to check: host:port for tcp, a URL or host[:port] for http and https, a host name for dns")
	target.MinLength, target.MaxLength = schema.Ptr(1), schema.Ptr(4096)
	timeout := schema.Num("How long to wait for the answer, in seconds").WithDefault(5.0)
	timeout.Minimum, timeout.Maximum = schema.Ptr(0.01), schema.Ptr(60.0)
	yes := schema.Flag("Whether the service answers as expected")
	certificate := &schema.Schema{Types: []schema.Type{schema.Object}, Description: "The server's certificate (https)", Properties: []schema.Property{
		schema.Required("subject", schema.Text("Whom it names")),
		schema.Required("issuer", schema.Text("Who has signed it")),
		schema.Required("names", schema.List("The hosts that it is for", schema.Text("A host or address"))),
		schema.Required("not_before", schema.Text("From when it is valid (RFC 3339)")),
		schema.Required("not_after", schema.Text("Until when it is valid (RFC 3339)")),
		schema.Required("days_left", schema.Num("For how many days from now; negative when it has expired")),
		schema.Required("valid", schema.Flag("Whether it is trusted for this host now")),
	}}
	return tool.Static(&tool.Descriptor{
		Name: "service-checker", Aliases: []string{"health-checker", "port-checker"}, Category: "system", Version: "1.0.0", Security: tool.Restricted,
		Tags: []string{"service", "health", "network", "port", "certificate", "uptime"}, Needs: []tool.Need{tool.Network}, Timeout: 70 * time.Second,
		Description: "Checks whether a service answers: a TCP port, an HTTP or HTTPS address (with its status and certificate), or a name in DNS, and how long that takes. " +
			"That it does not answer is a result, not an error",
		Parameters: schema.Map("",
			schema.Required("target", target, "url", "host", "address"),
			schema.Required("check_type", schema.Choice("How to check", "tcp", "http", "https", "dns").WithAliases(map[string]string{"port": "tcp", "TCP": "tcp", "HTTP": "http", "HTTPS": "https", "DNS": "dns"}), "type"),
			schema.Optional("timeout_seconds", timeout, "timeout"),
			schema.Optional("follow_redirects", schema.Flag("Whether redirects are followed, 10 at most; else one is the answer (http, https)")),
			schema.Optional("expected_status", schema.Int("The status that means that the service is up; default: any from 200 to 399 (http, https)", 100, 599))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("target", schema.Text("What was checked, without a user's name and password")),
			schema.Required("check_type", schema.Text("How")),
			schema.Required("available", yes),
			schema.Required("status", schema.Choice("The same as a word", "up", "down")),
			schema.Required("response_time_ms", schema.Num("How long the answer, or its absence, took")),
			schema.Optional("error", schema.Text("Why it is down")),
			schema.Optional("status_code", schema.Int("The HTTP status (http, https)", 100, 999)),
			schema.Optional("location", schema.Text("Where a redirect leads that was not followed, without a user's name and password (http, https)")),
			schema.Optional("addresses", schema.List("The addresses of the name (dns)", schema.Text("An address"))),
			schema.Optional("remote_address", schema.Text("The address that answered (tcp)")),
			schema.Optional("certificate", certificate),
		}},
		Settings: []tool.Setting{httpx.CAFileSetting()},
		Examples: []tool.Example{
			{Description: "Check a web server", Params: map[string]any{"target": "{url}/health", "check_type": "http"}, Setup: httpx.Loopback(healthy),
				Want: map[string]any{"available": true, "status_code": 200}},
			{Description: "Check a port", Params: map[string]any{"target": "{host}", "check_type": "tcp"}, Setup: healthyHost, Want: map[string]any{"available": true}},
			{Description: "Look up a name", Params: map[string]any{"target": "localhost", "check_type": "dns"}, Want: map[string]any{"available": true}},
			{Description: "Check the certificate of a web server", Params: map[string]any{"target": "{host}", "check_type": "https"}, Setup: healthyHost,
				Want: map[string]any{"available": false}}, // it speaks plain HTTP
		},
	}, checkService)
}

// healthy is the server of examples.
func healthy() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
}

func healthyHost(dir string) (map[string]string, func(), error) {
	values, end, err := httpx.Loopback(healthy)(dir)
	if err == nil {
		values["host"] = strings.TrimPrefix(values["url"], "http://")
	}
	return values, end, err
}

// check is one check. Its methods fill in the result; their error says why the
// service is down.
type check struct {
	call    *tool.Call
	result  map[string]any
	timeout time.Duration
}

func checkService(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	kind := call.Params.String("check_type")
	c := &check{call: call, result: map[string]any{"check_type": kind}, timeout: time.Duration(call.Params.Float("timeout_seconds") * float64(time.Second))}
	inner, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	start := time.Now()
	down, err := c.run(inner, kind)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var denied *sandbox.DeniedError
	if errors.As(down, &denied) {
		return nil, denied
	}
	c.result["response_time_ms"] = float64(time.Since(start).Microseconds()) / 1000
	c.result["available"], c.result["status"] = down == nil, "up"
	message := fmt.Sprintf("%s is up", c.result["target"])
	if down != nil {
		text := down.Error()
		if inner.Err() != nil {
			text = fmt.Sprintf("no answer within %v", c.timeout)
		}
		c.result["status"], c.result["error"] = "down", text
		message = fmt.Sprintf("%s is down: %s", c.result["target"], text)
	}
	return &tool.Result{Value: c.result, Message: message}, nil
}

// run checks. down says why the service is down; err, why it cannot be checked.
func (c *check) run(ctx context.Context, kind string) (down, err error) {
	target := strings.TrimSpace(c.call.Params.String("target"))
	wrong := func(expected string) error {
		return &schema.FieldError{Path: "target", Expected: expected, Value: withoutUser(target)}
	}
	c.result["target"] = withoutUser(target)
	switch kind {
	case "tcp":
		address := strings.TrimPrefix(target, "tcp://")
		host, port, err := net.SplitHostPort(address)
		n, portErr := strconv.Atoi(port)
		if err != nil || host == "" || portErr != nil || n < 1 || n > 65535 {
			return nil, wrong("host:port such as example.com:22")
		}
		return c.tcp(ctx, address), nil
	case "dns":
		host := strings.Trim(target, "[]")
		if host == "" || strings.ContainsAny(host, "/@ \\?#") || strings.Contains(host, ":") && net.ParseIP(host) == nil {
			return nil, wrong("a host name such as example.com, without a port")
		}
		return c.dns(ctx, host), nil
	}
	if !strings.Contains(target, "://") {
		target = kind + "://" + target
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		return nil, wrong("a URL or host such as " + kind + "://example.com/health")
	}
	if u.Scheme != kind {
		return nil, wrong("an address that begins with " + kind + "://, as check_type says")
	}
	return c.http(ctx, u)
}

// withoutUser removes a user's name and password from a URL.
func withoutUser(target string) string {
	scheme, rest, ok := strings.Cut(target, "://")
	if !ok {
		scheme, rest = "", target
	} else {
		scheme += "://"
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
		rest = rest[at+1:]
	}
	return scheme + rest
}

func (c *check) tcp(ctx context.Context, address string) error {
	conn, err := c.call.Sandbox.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	c.result["remote_address"] = conn.RemoteAddr().String()
	return conn.Close()
}

func (c *check) dns(ctx context.Context, host string) error {
	addrs, err := c.call.Sandbox.LookupHost(ctx, host)
	if err != nil {
		return err
	}
	list := make([]any, 0, len(addrs))
	for _, a := range addrs[:min(len(addrs), 100)] {
		list = append(list, a.Unmap().String())
	}
	c.result["addresses"] = list
	if len(list) == 0 {
		return errors.New("the name has no address")
	}
	return nil
}

func (c *check) http(ctx context.Context, u *url.URL) (down, err error) {
	config, err := httpx.TLSConfig(c.call.Setting("ca_file"), false)
	if err != nil {
		return nil, err
	}
	// The library's own check would not let us see a certificate that it does
	// not trust. The one in its place is the same, and looks first.
	roots := config.RootCAs
	config.InsecureSkipVerify = true
	config.VerifyConnection = func(state tls.ConnectionState) error { return c.verify(state, roots) }
	transport := c.call.Sandbox.Transport()
	transport.TLSClientConfig, transport.DisableKeepAlives = config, true
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
		if !c.call.Params.Bool("follow_redirects") {
			return http.ErrUseLastResponse
		}
		if len(via) > 10 {
			return errors.New("more than 10 redirects")
		}
		return nil
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &schema.FieldError{Path: "target", Expected: "a URL", Value: withoutUser(u.String())}
	}
	resp, err := client.Do(req)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err // without the URL, which may hold a password
		}
		return err, nil
	}
	resp.Body.Close()
	c.result["status_code"] = resp.StatusCode
	if to := resp.Header.Get("Location"); to != "" {
		c.result["location"] = withoutUser(strings.ToValidUTF8(to, "\uFFFD"))
	}
	if want := c.call.Params.Int("expected_status"); want != 0 && resp.StatusCode != want {
		return fmt.Errorf("the status is %d, not %d", resp.StatusCode, want), nil
	} else if want == 0 && (resp.StatusCode < 200 || resp.StatusCode > 399) {
		return fmt.Errorf("the status is %d %s", resp.StatusCode, http.StatusText(resp.StatusCode)), nil
	}
	return nil, nil
}

// verify notes the server's certificate, and checks it.
func (c *check) verify(state tls.ConnectionState, roots *x509.CertPool) error {
	leaf := state.PeerCertificates[0]
	options := x509.VerifyOptions{Roots: roots, DNSName: state.ServerName, Intermediates: x509.NewCertPool()}
	for _, cert := range state.PeerCertificates[1:] {
		options.Intermediates.AddCert(cert)
	}
	_, err := leaf.Verify(options)
	names := []any{}
	for _, name := range leaf.DNSNames[:min(len(leaf.DNSNames), 100)] {
		names = append(names, name)
	}
	for _, ip := range leaf.IPAddresses[:min(len(leaf.IPAddresses), 100)] {
		names = append(names, ip.String())
	}
	c.result["certificate"] = map[string]any{
		"subject": leaf.Subject.String(), "issuer": leaf.Issuer.String(), "names": names, "valid": err == nil,
		"not_before": leaf.NotBefore.UTC().Format(time.RFC3339), "not_after": leaf.NotAfter.UTC().Format(time.RFC3339),
		"days_left": float64(int(time.Until(leaf.NotAfter).Hours()/24*10)) / 10,
	}
	return err
}
