package sandbox

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Resolver finds the addresses of a host; *net.Resolver is one.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// DialContext connects to host:port when the policy allows the host, and the
// address that the connection really goes to: it is checked after the name was
// resolved, so neither a redirect nor a name that changes its address leads
// somewhere else. Addresses that are not public (loopback, private, link-local
// and the like) are allowed only by an entry that names the address, a range
// around it, or localhost. Denials are *DeniedError.
func (s *Sandbox) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%q is not host:port: %w", address, err)
	}
	if err := s.CheckHost(host, port); err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}
	dialer.Control = func(_, resolved string, _ syscall.RawConn) error { return s.checkAddress(host, resolved) }
	if s.resolver == nil {
		return dialer.DialContext(ctx, network, address)
	}
	addrs, err := s.resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	err = fmt.Errorf("%q has no address", host)
	for _, a := range addrs {
		var conn net.Conn
		if conn, err = dialer.DialContext(ctx, network, net.JoinHostPort(a.String(), port)); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// Transport returns a new HTTP transport whose connections are made by
// DialContext. It ignores the proxies that the environment names.
func (s *Sandbox) Transport() *http.Transport {
	return &http.Transport{
		DialContext:           s.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          32,
		IdleConnTimeout:       30 * time.Second,
		TLSHandshakeTimeout:   15 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// CheckHost tells, before anything is resolved, whether a host could be
// allowed at all. The error is a *DeniedError.
func (s *Sandbox) CheckHost(host, port string) error {
	r, target := &s.policy.Net, net.JoinHostPort(host, port)
	for _, text := range r.Deny {
		if e := parseNetEntry(text); e.matchesPort(port) && e.matchesHost(host) {
			return forbidden(Net, target, text)
		}
	}
	if r.All || slices.ContainsFunc(r.Allow, func(text string) bool {
		e := parseNetEntry(text)
		// A range of addresses may contain what the host turns out to be.
		return e.matchesPort(port) && (e.prefix.IsValid() || e.matchesHost(host))
	}) {
		return nil
	}
	return denied(Net, target, "is not an allowed host", target)
}

// checkAddress decides about the address that a connection is about to go to.
func (s *Sandbox) checkAddress(host, resolved string) error {
	target, err := netip.ParseAddrPort(resolved)
	if err != nil {
		return fmt.Errorf("cannot check the address %q: %w", resolved, err)
	}
	ip, port := target.Addr().Unmap().WithZone(""), fmt.Sprint(target.Port())
	shown := net.JoinHostPort(host, port)
	r := &s.policy.Net
	for _, text := range r.Deny {
		if e := parseNetEntry(text); e.matchesPort(port) && e.matchesAddress(ip) {
			return forbidden(Net, shown, text)
		}
	}
	if r.All {
		return nil
	}
	public := isPublic(ip)
	for _, text := range r.Allow {
		e := parseNetEntry(text)
		if e.matchesPort(port) && (e.matchesAddress(ip) || public && e.matchesHost(host)) {
			return nil
		}
	}
	reason := "is not an allowed host"
	if !public {
		reason = fmt.Sprintf("leads to %s, which is not a public address", ip)
	}
	return denied(Net, shown, reason, net.JoinHostPort(ip.String(), port))
}

// netEntry is one entry of the net rule, taken apart.
type netEntry struct {
	host   string // lower case; "" when prefix is valid
	prefix netip.Prefix
	port   string // "" for any
}

func parseNetEntry(text string) netEntry {
	host, port := text, ""
	if h, p, err := net.SplitHostPort(text); err == nil && p != "" {
		host, port = h, p
	}
	host = strings.Trim(host, "[]")
	if p, err := netip.ParsePrefix(host); err == nil {
		return netEntry{prefix: p.Masked(), port: port}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap()
		return netEntry{prefix: netip.PrefixFrom(a, a.BitLen()), port: port}
	}
	return netEntry{host: strings.ToLower(strings.TrimSuffix(host, ".")), port: port}
}

func (e netEntry) matchesPort(port string) bool { return e.port == "" || e.port == port }

func (e netEntry) matchesHost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if e.prefix.IsValid() {
		a, err := netip.ParseAddr(host)
		return err == nil && e.matchesAddress(a.Unmap().WithZone(""))
	}
	if domain, ok := strings.CutPrefix(e.host, "*."); ok {
		return strings.HasSuffix(host, "."+domain)
	}
	return e.host == "*" || e.host == host
}

// matchesAddress tells whether the entry names an address itself.
func (e netEntry) matchesAddress(ip netip.Addr) bool {
	if e.host == "localhost" {
		return ip.IsLoopback()
	}
	return e.prefix.IsValid() && e.prefix.Contains(ip)
}

// notPublic are the ranges, beyond those that netip knows, from which no
// public server answers (IANA special-purpose registries).
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/23"),
}

func isPublic(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() &&
		!slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) })
}
