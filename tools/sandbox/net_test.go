package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func netSandbox(t testing.TB, r Rule, options ...Option) *Sandbox {
	t.Helper()
	s, err := New(t.TempDir(), Policy{Net: r}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hosts is a Resolver; of several lists for a host, each look-up takes the next.
type hosts struct {
	mu    sync.Mutex
	names map[string][]string // "1.2.3.4 ::1"
	asked []string
}

func (h *hosts) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = append(h.asked, host)
	lists := h.names[host]
	if len(lists) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(lists) > 1 {
		h.names[host] = lists[1:]
	}
	var out []netip.Addr
	for _, a := range strings.Fields(lists[0]) {
		out = append(out, netip.MustParseAddr(a))
	}
	return out, nil
}

func TestNetEntryErrors(t *testing.T) {
	for entry, want := range map[string]string{
		"https://example.com/x": `leave out "https://" and any path: example.com`, ".": "the host is empty", "example.com:": "the port after the colon is missing",
		"example.com:0": "no number from 1 to 65535", "example.com:65536": "no number from", "example.com:https": `the port "https"`, "example.com:+80": "no number from",
		"10.0.0.0/33": "no range of addresses", "example.com/path": "an entry has no path", "user@example.com": `'@' cannot stand`, "a b": "cannot stand",
		"[::1": `"[" without "]"`, "[::1]80": "only a colon and a port", "[::1]:": "only a colon and a port", "[example.com]:1": "is no IPv6 address", "1:2:3": "this is no IPv6 address",
		"fe80::1%eth0": "an entry has no zone", "exa*mple.com": "a * may only stand for all that precedes", "*example.com": "a * may only", "*.*.com": "a * may only", "*.": "is empty",
		"a..b": "between its dots", strings.Repeat("a", 64) + ".com": "between its dots", strings.Repeat("a.", 130) + "com": "253 is the most", "a,b": `',' cannot stand`,
		"2130706433": "looks like an address", "127.1": "looks like an address", "0x7f000001": "looks like an address", "0177.0.0.1": "looks like an address", "a.0x": "looks like an address",
		"xn--\x80": "is no host name",
	} {
		for _, r := range []Rule{{Allow: []string{entry}}, {Deny: []string{entry}}} {
			if _, err := New("", Policy{Net: r}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "-net="+entry) {
				t.Errorf("the entry %q: %v; want %q", entry, err, want)
			}
		}
	}
}

func TestCheckHost(t *testing.T) {
	for _, tc := range []struct{ entry, yes, no string }{
		{"example.com", "example.com:443 EXAMPLE.com:1 example.com.:80", "www.example.com:443 example.org:1 xexample.com:1 example.com.evil.org:1 93.184.216.34:443"},
		{"Example.COM.:443", "example.com:443", "example.com:80"},
		{"*.example.com", "a.example.com:1 a.b.example.com:1", "example.com:1 badexample.com:1"},
		{"*.example.com:8080", "a.example.com:8080", "a.example.com:80"},
		{"*", "example.com:1 93.184.216.34:1", "127.0.0.1:1 [::1]:1 10.0.0.1:1 169.254.169.254:80"},
		{"*:443", "example.com:443", "example.com:80"},
		{"bücher.example", "bücher.example:1 xn--bcher-kva.example:1 BÜCHER.example:1", "bucher.example:1"},
		{"localhost", "localhost:1 127.0.0.1:1 127.9.9.9:1 [::1]:1 a.localhost:1 [::ffff:127.0.0.1]:1", "example.com:1 10.0.0.1:1 0.0.0.0:1 [::]:1"},
		{"127.0.0.1:80", "127.0.0.1:80 [::ffff:127.0.0.1]:80 localhost:80", "127.0.0.1:81 127.0.0.2:80 example.com:80 [::1]:80"},
		{"10.0.0.0/8", "10.1.2.3:1 internal.example:1", "11.0.0.1:1 127.0.0.1:1"},
		{"10.0.0.0/8:5432", "10.1.2.3:5432", "10.1.2.3:80"},
		{"10.9.9.9/8", "10.1.2.3:1", "11.0.0.1:1"},
		{"::ffff:10.0.0.0/104", "10.1.2.3:1", "11.0.0.1:1"},
		{"[2001:db8::]:1", "[2001:db8::]:1", "[2001:db8::1]:1"},
		{"2001:db8::/32", "[2001:db8::1]:1", "[2001:db9::1]:1"},
		{"[2001:db8::/32]:25", "[2001:db8::1]:25", "[2001:db8::1]:26"},
		{"::1", "[::1]:1 [0:0::1]:1", "127.0.0.1:1"},
		{"fe80::/10", "[fe80::1%lo]:1 [fe80::1]:1", "[::1]:1"},
		{"１２７．０．０．１", "127.0.0.1:1", "127.0.0.2:1"},
		{"8.8.8.8", "8.8.8.8:53", "[64:ff9b::808:809]:53"},
	} {
		s := netSandbox(t, Rule{Allow: []string{tc.entry}})
		for _, hp := range strings.Fields(tc.yes) {
			host, port, _ := net.SplitHostPort(hp)
			if err := s.CheckHost(host, port); err != nil {
				t.Errorf("%s does not allow %s: %v", tc.entry, hp, err)
			}
		}
		for _, hp := range strings.Fields(tc.no) {
			host, port, _ := net.SplitHostPort(hp)
			var denied *DeniedError
			if err := s.CheckHost(host, port); !errors.As(err, &denied) || denied.Permission != Net || !strings.HasPrefix(denied.Flag, "--allow-net=") {
				t.Errorf("%s allows %s: %v", tc.entry, hp, err)
			}
		}
	}
}

func TestDenyWins(t *testing.T) {
	for _, tc := range []struct{ deny, no, yes string }{
		{"example.com", "example.com:1 EXAMPLE.COM.:1", "www.example.com:1"},
		{"*.example.com:80", "a.example.com:80", "a.example.com:81 example.com:80"},
		{"127.0.0.0/8", "127.0.0.1:1 [::ffff:127.0.0.1]:1 0.0.0.0:1 [::]:1 [64:ff9b::7f00:1]:1 [::127.0.0.1]:1 [2002:7f00:1::]:1", "[::1]:1 10.0.0.1:1"},
		{"localhost", "127.0.0.1:1 [::1]:1 localhost:1 0.0.0.0:1 [::]:1", "10.0.0.1:1"},
		{"169.254.0.0/16", "169.254.169.254:80 [::ffff:a9fe:a9fe]:80", "example.com:80"},
		{"::1", "[::1]:1 [::]:1", "127.0.0.1:1"},
		{"*", "example.com:1 127.0.0.1:1 [::1]:1", ""},
		{"*:25", "example.com:25 127.0.0.1:25", "example.com:26"},
	} {
		s := netSandbox(t, Rule{All: true, Deny: []string{tc.deny}})
		for _, hp := range strings.Fields(tc.no) {
			host, port, _ := net.SplitHostPort(hp)
			var denied *DeniedError
			if err := s.CheckHost(host, port); !errors.As(err, &denied) || !strings.Contains(err.Error(), "--deny-net="+tc.deny) || denied.Flag != "" {
				t.Errorf("--deny-net=%s lets %s through: %v", tc.deny, hp, err)
			}
		}
		for _, hp := range strings.Fields(tc.yes) {
			host, port, _ := net.SplitHostPort(hp)
			if err := s.CheckHost(host, port); err != nil {
				t.Errorf("--deny-net=%s: %v", tc.deny, err)
			}
		}
	}
}

func TestIsPublic(t *testing.T) {
	for _, a := range strings.Fields("8.8.8.8 1.1.1.1 2606:4700::1111 2001:4860:4860::8888 64:ff9b::808:808 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1") {
		if !isPublic(netip.MustParseAddr(a)) {
			t.Errorf("%s is public", a)
		}
	}
	for _, a := range strings.Fields(`0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1
		192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::8.8.8.8 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
		64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 4000::1`) {
		if isPublic(netip.MustParseAddr(a)) {
			t.Errorf("%s is not public", a)
		}
	}
}

// Hosts whose names would be read as addresses by C libraries.
func TestNumericHosts(t *testing.T) {
	s := netSandbox(t, Rule{All: true, Deny: []string{"localhost"}})
	for _, host := range strings.Fields("2130706433 0x7f000001 0x7f.1 127.1 017700000001 0177.0.0.1 127.0.0.1. 127.0.0.01 1.2.3.4.5 0 0x7f.0x0.0x0.0x1 １２７.1 127。0。0。1") {
		var denied *DeniedError
		if _, err := s.DialContext(context.Background(), "tcp", net.JoinHostPort(host, "80")); !errors.As(err, &denied) {
			t.Errorf("%s: %v; want it denied", host, err)
		}
	}
}

func TestDialErrors(t *testing.T) {
	s := netSandbox(t, Rule{All: true}, WithResolver(&hosts{}))
	for _, tc := range []struct{ network, address, want string }{
		{"unix", "/run/docker.sock", "sockets in files are not offered"}, {"unixgram", "@x", "sockets in files"}, {"ip4:icmp", "8.8.8.8", "use tcp or udp"}, {"", "a:1", "use tcp or udp"},
		{"tcp", "example.com", "is not host:port"}, {"tcp", "a:b:c", "is not host:port"}, {"tcp", ":80", "the host is empty"}, {"tcp", "a:0", "no number from 1"}, {"tcp", "a:-1", "no number"},
		{"tcp", "a:65616", "no number"}, {"tcp", "a:", "no number"}, {"tcp", "a:no-such-service", "no number"}, {"tcp", "a b:1", "is no host name"}, {"tcp", "user@host:1", "is no host name"},
		{"tcp", "missing.example:1", "no such host"}, {"tcp6", "127.0.0.1:1", "no address for tcp6"}, {"tcp4", "[::1]:1", "no address for tcp4"},
	} {
		conn, err := s.DialContext(context.Background(), tc.network, tc.address)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Dial(%q, %q) = %v, %v; want %q", tc.network, tc.address, conn, err, tc.want)
		}
	}
}

// serve answers on loopback and returns the port.
func serve(t *testing.T, address string) string {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(c, "hello")
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestRebinding(t *testing.T) {
	port := serve(t, "127.0.0.1:0")
	for name, lists := range map[string][]string{
		"always private": {"127.0.0.1"}, "then private": {"127.0.0.1", "93.184.216.34"}, "v4-mapped": {"::ffff:127.0.0.1"}, "IPv6": {"::1"}, "unspecified": {"0.0.0.0"},
		"metadata": {"169.254.169.254"}, "NAT64": {"64:ff9b::7f00:1"}, "several": {"127.0.0.1 10.0.0.1 ::1"},
	} {
		s := netSandbox(t, Rule{Allow: []string{"rebind.example"}}, WithResolver(&hosts{names: map[string][]string{"rebind.example": lists}}))
		var denied *DeniedError
		if _, err := s.DialContext(context.Background(), "tcp", "rebind.example:"+port); !errors.As(err, &denied) || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: %v; want a denial", name, err)
		}
	}
	// A name that has one address of each kind is connected to where it may be.
	names := &hosts{names: map[string][]string{"both.example": {"10.255.255.1 127.0.0.1"}}}
	s := netSandbox(t, Rule{Allow: []string{"127.0.0.1", "10.0.0.0/32", "both.example"}}, WithResolver(names))
	conn, err := s.DialContext(context.Background(), "tcp", "both.example:"+port)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if len(names.asked) != 1 {
		t.Errorf("the name was looked up %d times; between two look-ups it could change", len(names.asked))
	}
}

// The last check stands in the dialer itself.
func TestControl(t *testing.T) {
	s := netSandbox(t, Rule{Allow: []string{"example.com"}})
	dialer := net.Dialer{ControlContext: s.control("example.com")}
	var denied *DeniedError
	if _, err := dialer.Dial("tcp", "127.0.0.1:1"); !errors.As(err, &denied) {
		t.Errorf("Dial = %v; want a denial through net.OpError", err)
	}
}

// Names are not told to name servers when no entry could allow them.
func TestLookupHost(t *testing.T) {
	names := &hosts{names: map[string][]string{"a.example": {"10.0.0.1"}, "localhost": {"127.0.0.1"}}}
	for _, tc := range []struct {
		r     Rule
		host  string
		asked bool
	}{
		{Rule{}, "a.example", false}, {Rule{Allow: []string{"localhost", "127.0.0.1:80", "::1"}}, "secret.a.example", false}, {Rule{Allow: []string{"a.example:443"}}, "A.example", true},
		{Rule{Allow: []string{"10.0.0.0/8"}}, "a.example", true}, {Rule{Allow: []string{"localhost"}}, "localhost", true}, {Rule{All: true, Deny: []string{"a.example"}}, "a.example", false},
	} {
		names.asked = nil
		_, err := netSandbox(t, tc.r, WithResolver(names)).LookupHost(context.Background(), tc.host)
		if asked := len(names.asked) > 0; asked != tc.asked || asked != (err == nil) {
			t.Errorf("with %+v %s was asked for: %v, %v", tc.r, tc.host, asked, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	secret := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "secret") }))
	defer secret.Close()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(secret.URL, "http://"))
	var target atomic.Value
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", target.Load().(string))
		w.WriteHeader(http.StatusFound)
	}))
	defer front.Close()
	// What plays the public server is the only address that is granted.
	s := netSandbox(t, Rule{Allow: []string{strings.TrimPrefix(front.URL, "http://"), "public.example"}},
		WithResolver(&hosts{names: map[string][]string{"public.example": {"127.0.0.1"}, "127.0.0.1.nip.example": {"127.0.0.1"}, "localhost": {"127.0.0.1"}}}))
	transport := s.Transport()
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for _, to := range []string{"http://127.0.0.1:%s/", "http://localhost:%s/", "http://[::1]:%s/", "http://0.0.0.0:%s/", "http://[::]:%s/", "http://2130706433:%s/", "http://0x7f000001:%s/",
		"http://0177.0.0.1:%s/", "http://127.1:%s/", "http://[::ffff:127.0.0.1]:%s/", "http://169.254.169.254/%s", "http://public.example:%s/", "http://public.example@127.0.0.1:%s/",
		"http://127.0.0.1.nip.example:%s/", "http://127.0.0.1:%s#@public.example", "http://１２７.０.０.１:%s/", "http://[64:ff9b::7f00:1]:%s/", "//127.0.0.1:%s/", "http://LOCALHOST.:%s/"} {
		target.Store(fmt.Sprintf(to, port))
		resp, err := client.Get(front.URL)
		var denied *DeniedError
		if !errors.As(err, &denied) {
			t.Errorf("redirected to %s: %v; want a denial", to, err)
		}
		if resp != nil {
			resp.Body.Close()
		}
	}
	if transport.Proxy != nil {
		t.Error("the transport takes a proxy")
	}
	if _, err := client.Get("http://127.0.0.1:" + port); !strings.Contains(fmt.Sprint(err), "--allow-net=127.0.0.1:"+port) {
		t.Errorf("the denial %v does not name the flag", err)
	}
	var unwrapped *url.Error
	if _, err := client.Get("http://other.example"); !errors.As(err, &unwrapped) {
		t.Errorf("Get = %v", err)
	}
}

func TestHappyEyeballs(t *testing.T) { synctest.Test(t, testHappyEyeballs) }

// testHappyEyeballs runs by a clock that stands still while anything works.
func testHappyEyeballs(t *testing.T) {
	addr := netip.MustParseAddr
	good, dead, refused := addr("192.0.2.1"), addr("2001:db8::1"), addr("2001:db8::2")
	var open atomic.Int32
	dial := func(ctx context.Context, a netip.Addr) (net.Conn, error) {
		switch a {
		case good:
			open.Add(1)
			c, _ := net.Pipe()
			return &counted{c, &open}, nil
		case refused:
			return nil, errors.New("refused")
		}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for name, tc := range map[string]struct {
		addrs []netip.Addr
		most  time.Duration
	}{
		"first answers": {[]netip.Addr{good, dead}, attemptDelay / 2}, "first is dead": {[]netip.Addr{dead, good}, 10 * attemptDelay}, "first refuses": {[]netip.Addr{refused, good}, attemptDelay / 2},
		"both answer": {[]netip.Addr{good, good, good}, attemptDelay / 2}, "families alternate": {[]netip.Addr{dead, dead, dead, good}, attemptDelay*3/2 + attemptDelay/4},
	} {
		start := time.Now()
		conn, err := dialAny(context.Background(), tc.addrs, dial)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if took := time.Since(start); took > tc.most {
			t.Errorf("%s took %v", name, took)
		}
		conn.Close()
		if n := open.Load(); n != 0 {
			t.Errorf("%s: %d connections are left open", name, n)
		}
	}
	if _, err := dialAny(context.Background(), []netip.Addr{refused, refused}, dial); fmt.Sprint(err) != "refused" {
		t.Errorf("all refuse: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := dialAny(ctx, []netip.Addr{dead, dead, good}, dial); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > attemptDelay {
		t.Errorf("cancelled: %v after %v", err, time.Since(start))
	}
}

type counted struct {
	net.Conn
	open *atomic.Int32
}

func (c *counted) Close() error { c.open.Add(-1); return c.Conn.Close() }

func FuzzParseNetEntry(f *testing.F) {
	for _, e := range []string{"example.com:443", "*.a", "[::1]:1", "10.0.0.0/8:1", "bücher", "0x7f", "fe80::1%1", "１２７.1"} {
		f.Add(e, "127.0.0.1")
	}
	f.Fuzz(func(t *testing.T, entry, host string) {
		e, err := parseNetEntry(entry)
		if err != nil {
			return
		}
		if (e.host == "") != e.prefix.IsValid() {
			t.Fatalf("%q is both or neither: %+v", entry, e)
		}
		s := &Sandbox{net: netRule{allow: []netEntry{e}}}
		if a, err := netip.ParseAddr(host); err == nil && !isPublic(a.Unmap().WithZone("")) && !e.prefix.IsValid() && e.host != "localhost" && s.CheckHost(host, "1") == nil {
			t.Fatalf("%q allows the private %s", entry, host)
		}
	})
}
