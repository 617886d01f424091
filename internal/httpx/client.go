package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"sync"
	"time"

	"github.com/llmspell/llmspell/tools/sandbox"
	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// Options of a Client. The zero value verifies certificates and bounds each
// phase of a request.
type Options struct {
	// CAFile is a file of certificates (PEM) that are trusted besides the
	// system's. It comes from the tool's settings, never from its caller.
	CAFile string
	// Insecure accepts any certificate. Tools set it only when a caller's
	// parameter says so, and report it.
	Insecure bool
	// HeaderTimeout bounds the wait for the headers of an answer; 0: only the
	// request's own time does.
	HeaderTimeout time.Duration
	// KeepCookies gives what one request was told to later ones, as a browser
	// does. Without it cookies last from one redirect to the next.
	KeepCookies bool
}

// Client makes the requests of one call of a tool. Close it at the end. It is
// safe for concurrent use.
type Client struct {
	opt       Options
	transport *http.Transport
	jar       http.CookieJar // nil: each request has its own
	agent     string
	life      context.Context // ends with Close
	end       context.CancelFunc

	mu    sync.Mutex
	conns map[*trackedConn]struct{}
}

// New makes a client whose connections the sandbox makes. The error says what
// is wrong with the CA file.
func New(box *sandbox.Sandbox, opt Options) (*Client, error) {
	c := &Client{opt: opt, agent: userAgent(), conns: map[*trackedConn]struct{}{}}
	config, err := TLSConfig(opt.CAFile, opt.Insecure)
	if err != nil {
		return nil, err
	}
	if opt.KeepCookies {
		c.jar, _ = cookiejar.New(nil)
	}
	c.life, c.end = context.WithCancel(context.Background())
	t := box.Transport()
	t.Proxy = nil
	dial := t.DialContext
	t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		return c.dial(ctx, dial, network, address)
	}
	t.TLSClientConfig = config
	t.DisableCompression = true // done here, so that what the server sent can be seen
	t.MaxResponseHeaderBytes = 512 << 10
	t.ResponseHeaderTimeout = opt.HeaderTimeout
	c.transport = t
	return c, nil
}

// TLSConfig is how the tools check certificates: TLS 1.2 at least, against the
// system's authorities and those in caFile. The error says what is wrong with
// caFile.
func TLSConfig(caFile string, insecure bool) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure}
	if caFile == "" {
		return config, nil
	}
	f, err := os.Open(caFile)
	if err != nil {
		return nil, tool.Errorf(tool.NotConfigured, "cannot read the setting ca_file: %w", err)
	}
	defer f.Close()
	pem, err := io.ReadAll(io.LimitReader(f, 4<<20))
	if err != nil {
		return nil, tool.Errorf(tool.NotConfigured, "cannot read the setting ca_file: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, tool.Errorf(tool.NotConfigured, "the setting ca_file names %q, which holds no certificate in PEM form", caFile)
	}
	config.RootCAs = pool
	return config, nil
}

// Close ends every connection of the client, in whatever state it is.
func (c *Client) Close() {
	c.end()
	c.transport.CloseIdleConnections()
	c.mu.Lock()
	open := make([]*trackedConn, 0, len(c.conns))
	for conn := range c.conns {
		open = append(open, conn)
	}
	c.mu.Unlock()
	for _, conn := range open {
		conn.Close()
	}
}

// Upgrading returns an http.Client for protocols that begin as HTTP/1.1, such
// as WebSocket: checked like any other, it follows no redirect. Its connections
// end with Close.
func (c *Client) Upgrading() *http.Client {
	t := c.transport.Clone()
	t.ForceAttemptHTTP2 = false
	t.Protocols = new(http.Protocols)
	t.Protocols.SetHTTP1(true)
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// UserAgent is what the client calls itself.
func (c *Client) UserAgent() string { return c.agent }

// dial makes a connection that Close ends, even while it is being made.
func (c *Client) dial(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error), network, address string) (net.Conn, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.life, cancel)()
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	tracked := &trackedConn{Conn: conn, client: c}
	c.mu.Lock()
	closed := c.life.Err() != nil
	if !closed {
		c.conns[tracked] = struct{}{}
	}
	c.mu.Unlock()
	if closed {
		conn.Close()
		return nil, net.ErrClosed
	}
	return tracked, nil
}

type trackedConn struct {
	net.Conn
	client *Client
}

// Close forgets the connection and closes it.
func (t *trackedConn) Close() error {
	t.client.mu.Lock()
	delete(t.client.conns, t)
	t.client.mu.Unlock()
	return t.Conn.Close()
}

// CAFileSetting is the setting that tools with a Client share.
func CAFileSetting() tool.Setting {
	return tool.Setting{Name: "ca_file", Description: "A file of certificates (PEM) to trust besides the system's, for servers of a private authority"}
}

// InsecureParameter is the parameter that tools with a Client share.
func InsecureParameter() schema.Property {
	return schema.Optional("insecure", schema.Flag("Accept any certificate, so that anybody on the way can read and change what is sent; for tests only"),
		"skip_tls_verify", "insecure_skip_verify")
}

// FromCall makes the client of a call whose tool has CAFileSetting and
// InsecureParameter.
func FromCall(call *tool.Call) (*Client, error) {
	return New(call.Sandbox, Options{CAFile: call.Setting("ca_file"), Insecure: call.Params.Bool("insecure")})
}

// describeSize writes a limit for people.
func describeSize(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
