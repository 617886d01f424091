package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Resolver finds the addresses of a host; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// DialTimeout bounds the making of one connection, with finding the addresses
// and trying each.
const DialTimeout = 15 * time.Second

// DialContext connects to host:port when the policy allows the host, and the
// address that the connection really goes to: it is checked after the name was
// resolved, so neither a redirect nor a name that changes its address leads
// somewhere else. Addresses that are not public (loopback, private, link-local
// and the like) are allowed only by an entry that names the address, a range
// around it, or localhost. Of several addresses those that are allowed are
// tried, the next one when the last failed or took long (RFC 8305).
//
// The network is tcp or udp, perhaps with 4 or 6 behind it. Denials are
// *DeniedError.
func (s *Sandbox) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	switch strings.TrimRight(network, "46") {
	case "tcp", "udp":
	case "unix", "unixgram", "unixpacket":
		return nil, fmt.Errorf("cannot connect to %q: sockets in files are not offered; connect to host:port over tcp", address)
	default:
		return nil, fmt.Errorf("cannot connect over %q; use tcp or udp", network)
	}
	inner, cancel := context.WithTimeout(ctx, DialTimeout)
	defer cancel()
	conn, err := s.dial(inner, network, address)
	if err != nil && inner.Err() != nil && ctx.Err() == nil {
		return nil, &dialTimeoutError{address}
	}
	return conn, err
}

// dialTimeoutError is an end of DialTimeout. It is no context.DeadlineExceeded:
// the caller's time is not up.
type dialTimeoutError struct{ address string }

func (e *dialTimeoutError) Error() string {
	return fmt.Sprintf("cannot connect to %s: no answer within %v", e.address, DialTimeout)
}

// Timeout makes the error a net.Error that is one.
func (e *dialTimeoutError) Timeout() bool { return true }

// Temporary tells that another attempt may work.
func (e *dialTimeoutError) Temporary() bool { return true }

func (s *Sandbox) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := s.splitAddress(ctx, network, address)
	if err != nil {
		return nil, err
	}
	addrs, err := s.addresses(ctx, network, host, port)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{KeepAlive: 30 * time.Second, ControlContext: s.control(host)}
	return dialAny(ctx, addrs, func(ctx context.Context, a netip.Addr) (net.Conn, error) {
		return dialer.DialContext(ctx, network, netip.AddrPortFrom(a, port).String())
	})
}

// control checks the address once more in the dialer, where no mistake of ours
// can go around it.
func (s *Sandbox) control(host string) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, resolved string, _ syscall.RawConn) error {
		target, err := netip.ParseAddrPort(resolved)
		if err != nil {
			return fmt.Errorf("cannot check the address %q: %w", resolved, err)
		}
		return s.checkAddress(host, target)
	}
}

// splitAddress takes host:port apart, and makes the host canonical.
func (s *Sandbox) splitAddress(ctx context.Context, network, address string) (host string, port uint16, err error) {
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not host:port: %w", address, err)
	}
	if port, err = parsePort(service); err != nil {
		n, lookupErr := 0, errors.New("no name")
		if service != "" && strings.Trim(service, "+-0123456789") != "" {
			n, lookupErr = net.DefaultResolver.LookupPort(ctx, network, service)
		}
		if lookupErr != nil {
			return "", 0, fmt.Errorf("%q: %w", address, err)
		}
		port = uint16(n)
	}
	host, err = dialHost(host)
	return host, port, err
}

// dialHost makes the host of a connection canonical. A name that C libraries
// would read as an address is denied: it can only mean to hide what it is.
func dialHost(host string) (string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	name, err := canonicalHost(host)
	if err != nil {
		return "", err
	}
	if _, err := netip.ParseAddr(name); err != nil && endsInNumber(name) {
		return "", &DeniedError{Permission: Net, Target: host,
			Reason: "is neither a host name nor a plain address; write addresses like 127.0.0.1"}
	}
	return name, nil
}

// addresses finds those addresses of a host that may be connected to.
func (s *Sandbox) addresses(ctx context.Context, network, host string, port uint16) ([]netip.Addr, error) {
	if err := s.checkHost(host, port); err != nil {
		return nil, err
	}
	found, err := s.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	var allowed []netip.Addr
	var denial error
	for _, a := range found {
		// A v4-mapped address is one of IPv4 to the sockets too.
		a = a.Unmap()
		if strings.HasSuffix(network, "4") && !a.Is4() || strings.HasSuffix(network, "6") && a.Is4() {
			continue
		}
		if err := s.checkAddress(host, netip.AddrPortFrom(a, port)); err == nil {
			allowed = append(allowed, a)
		} else if denial == nil {
			denial = err
		}
	}
	switch {
	case len(allowed) > 0:
		return allowed, nil
	case denial != nil:
		return nil, denial
	}
	return nil, &net.DNSError{Err: "no address for " + network, Name: host, IsNotFound: true}
}

// lookup finds the addresses of a canonical host, which may be an address.
func (s *Sandbox) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	if s.resolver != nil {
		return s.resolver.LookupNetIP(ctx, "ip", host)
	}
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}

// LookupHost finds the addresses of a host that the policy allows on some port.
// They need not be allowed themselves: DialContext decides about that. A denial
// is a *DeniedError.
func (s *Sandbox) LookupHost(ctx context.Context, host string) ([]netip.Addr, error) {
	name, err := dialHost(host)
	if err != nil {
		return nil, err
	}
	if err := s.checkHost(name, 0); err != nil {
		return nil, err
	}
	return s.lookup(ctx, name)
}

// Transport returns a new HTTP transport whose connections are made by
// DialContext. It ignores the proxies that the environment names. Its owner
// calls CloseIdleConnections.
func (s *Sandbox) Transport() *http.Transport {
	return &http.Transport{
		DialContext:            s.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           32,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    15 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// CheckHost tells, before anything is resolved, whether a host could be
// allowed at all on a port, or, if port is "", on any. The error is a
// *DeniedError, unless host or port are malformed.
func (s *Sandbox) CheckHost(host, port string) error {
	name, err := dialHost(host)
	if err != nil {
		return err
	}
	n := uint16(0)
	if port != "" {
		if n, err = parsePort(port); err != nil {
			return err
		}
	}
	return s.checkHost(name, n)
}

// checkHost is CheckHost for a canonical host; port 0 stands for any.
func (s *Sandbox) checkHost(host string, port uint16) error {
	if a, err := netip.ParseAddr(host); err == nil {
		return s.checkAddress(host, netip.AddrPortFrom(a, port))
	}
	for i := range s.net.deny {
		if e := &s.net.deny[i]; e.matchesPort(port) && e.matchesHost(host) {
			return forbidden(Net, hostPort(host, port), e.text)
		}
	}
	if s.net.all {
		return nil
	}
	for i := range s.net.allow {
		e := &s.net.allow[i]
		if (port == 0 || e.matchesPort(port)) && (e.matchesHost(host) || e.mayContain(host)) {
			return nil
		}
	}
	return denied(Net, hostPort(host, port), "is not an allowed host", hostPort(host, port))
}

// checkAddress decides about the address that a connection to a host is about
// to go to; port 0 stands for any.
func (s *Sandbox) checkAddress(host string, target netip.AddrPort) error {
	ip, port := target.Addr().Unmap().WithZone(""), target.Port()
	shown := hostPort(host, port)
	for i := range s.net.deny {
		e := &s.net.deny[i]
		if !e.matchesPort(port) {
			continue
		}
		for _, m := range meanings(ip) {
			if e.host == "*" || e.matchesAddress(m) {
				return forbidden(Net, shown, e.text)
			}
		}
	}
	if s.net.all {
		return nil
	}
	public := isPublic(ip)
	for i := range s.net.allow {
		e := &s.net.allow[i]
		if (port == 0 || e.matchesPort(port)) && (e.matchesAddress(ip) || public && e.matchesHost(host)) {
			return nil
		}
	}
	reason := "is not an allowed host"
	if !public {
		reason = fmt.Sprintf("leads to %s, which is not a public address", ip)
		if host == ip.String() {
			reason = "is not a public address"
		}
	}
	return denied(Net, shown, reason, hostPort(ip.String(), port))
}

func hostPort(host string, port uint16) string {
	if port == 0 {
		return host
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
