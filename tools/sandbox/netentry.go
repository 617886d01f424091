package sandbox

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// netEntry is one entry of the net rule, taken apart: a host name, or a range
// of addresses, and perhaps a port.
type netEntry struct {
	text   string
	host   string // canonical; "*" for any, "*.x" for all below x; "" when prefix is valid
	prefix netip.Prefix
	port   uint16 // 0 for any
}

// netRule is Policy.Net, parsed once.
type netRule struct {
	all         bool
	allow, deny []netEntry
}

func parseNetRule(r *Rule) (n netRule, err error) {
	n.all = r.All
	for _, text := range r.Allow {
		e, err := parseNetEntry(text)
		if err != nil {
			return n, fmt.Errorf("--allow-%s=%s: %w", Net, text, err)
		}
		n.allow = append(n.allow, e)
	}
	for _, text := range r.Deny {
		e, err := parseNetEntry(text)
		if err != nil {
			return n, fmt.Errorf("--deny-%s=%s: %w", Net, text, err)
		}
		n.deny = append(n.deny, e)
	}
	return n, nil
}

const netForms = "write example.com, example.com:443, *.example.com, localhost, an address such as 10.1.2.3 or [2001:db8::1]:443, or a range such as 10.0.0.0/8"

// parseNetEntry parses an entry of the net rule. Its error says what is wrong with it.
func parseNetEntry(text string) (netEntry, error) {
	e := netEntry{text: text}
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		rest, _, _ = strings.Cut(rest, "/")
		return e, fmt.Errorf("an entry has no scheme; leave out %q and any path: %s", scheme+"://", rest)
	}
	if i := strings.IndexAny(text, "@?# \t\r\n\\\x00"); i >= 0 {
		return e, fmt.Errorf("%q cannot stand in an entry; %s", text[i], netForms)
	}
	if strings.Contains(text, "%") {
		return e, errors.New("an entry has no zone; leave out what follows %, the address counts on every interface")
	}
	// A bare IPv6 address or range has colons and no port.
	if e.setAddress(text) {
		return e, nil
	}
	host, port, bracketed := text, "", false
	if inner, ok := strings.CutPrefix(text, "["); ok {
		var after string
		if host, after, bracketed = strings.Cut(inner, "]"); !bracketed {
			return e, errors.New(`"[" without "]"`)
		}
		if after != "" {
			var ok bool
			if port, ok = strings.CutPrefix(after, ":"); !ok || port == "" {
				return e, fmt.Errorf("%q after \"]\"; only a colon and a port may stand there", after)
			}
		}
	} else if h, p, ok := strings.Cut(text, ":"); ok {
		if strings.Contains(p, ":") {
			return e, fmt.Errorf("this is no IPv6 address, and a host has one colon at most; %s", netForms)
		}
		if host, port = h, p; port == "" {
			return e, errors.New("the port after the colon is missing")
		}
	}
	if port != "" {
		n, err := parsePort(port)
		if err != nil {
			return e, err
		}
		e.port = n
	}
	switch {
	case e.setAddress(host):
		return e, nil
	case bracketed:
		return e, fmt.Errorf("%q in brackets is no IPv6 address", host)
	case strings.Contains(host, "/"):
		return e, fmt.Errorf("%q is no range of addresses such as 10.0.0.0/8 or 2001:db8::/32, and an entry has no path", host)
	}
	name, wild := strings.CutPrefix(host, "*.")
	if host == "*" {
		e.host = "*"
		return e, nil
	}
	if strings.Contains(name, "*") {
		return e, errors.New("a * may only stand for all that precedes a domain: *.example.com")
	}
	name, err := canonicalHost(name)
	if err != nil {
		return e, err
	}
	// Other digits or dots may turn out to be an address: １２７.０.０.１
	if !wild && e.setAddress(name) {
		return e, nil
	}
	if endsInNumber(name) {
		return e, fmt.Errorf("%q looks like an address; write it as four decimal numbers: 127.0.0.1", name)
	}
	if e.host = name; wild {
		e.host = "*." + name
	}
	return e, nil
}

// setAddress fills in the prefix if the text is an address or a range.
func (e *netEntry) setAddress(text string) bool {
	if p, err := netip.ParsePrefix(text); err == nil {
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		e.prefix = p.Masked()
		return true
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	e.prefix = netip.PrefixFrom(a, a.BitLen())
	return true
}

// CheckPort returns the error of a text that is no port.
func CheckPort(text string) error {
	_, err := parsePort(text)
	return err
}

// parsePort parses a port from 1 to 65535, digits only.
func parsePort(text string) (uint16, error) {
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("the port %q is no number from 1 to 65535", text)
		}
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("the port %q is no number from 1 to 65535", text)
	}
	return uint16(n), nil
}

// canonicalHost returns a host name as it is compared and looked up: lower
// case, without the dot at its end, other scripts than Latin as punycode.
func canonicalHost(host string) (string, error) {
	name := strings.ToLower(host)
	for i := range len(name) {
		if name[i] >= 0x80 {
			ascii, err := idna.Lookup.ToASCII(host)
			if err != nil {
				return "", fmt.Errorf("%q is no host name: %w", host, err)
			}
			name = strings.ToLower(ascii)
			break
		}
	}
	name = strings.TrimSuffix(name, ".")
	if name == "" {
		return "", errors.New("the host is empty; " + netForms)
	}
	if len(name) > 253 {
		return "", fmt.Errorf("a host name of %d bytes; 253 is the most", len(name))
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return "", fmt.Errorf("%q is no host name: between its dots must be 1 to 63 bytes", host)
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return "", fmt.Errorf("%q is no host name: %q cannot stand in one", host, c)
			}
		}
	}
	return name, nil
}

// endsInNumber tells whether the last label of a name is a number, as in
// 2130706433, 127.1 or 0x7f.0.0.1: C libraries read these as IPv4 addresses.
// No domain ends so.
func endsInNumber(name string) bool {
	label := name[strings.LastIndexByte(name, '.')+1:]
	digits := "0123456789"
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		label, digits = hex, "0123456789abcdef"
	}
	return strings.Trim(label, digits) == ""
}

func (e *netEntry) matchesPort(port uint16) bool { return e.port == 0 || e.port == port }

// matchesHost tells whether the entry names a canonical host.
func (e *netEntry) matchesHost(host string) bool {
	if domain, ok := strings.CutPrefix(e.host, "*."); ok {
		return strings.HasSuffix(host, "."+domain)
	}
	if e.host == "localhost" && strings.HasSuffix(host, ".localhost") {
		return true // RFC 6761
	}
	return e.host == "*" || e.host != "" && e.host == host
}

// matchesAddress tells whether the entry names an address itself.
func (e *netEntry) matchesAddress(ip netip.Addr) bool {
	if e.host == "localhost" {
		return ip.IsLoopback()
	}
	return e.prefix.IsValid() && e.prefix.Contains(ip)
}

// mayContain tells whether the address of some host, not yet known, could be
// in the entry's range. That is not said of loopback: only localhost leads
// there, and looking up other names would tell them to name servers.
func (e *netEntry) mayContain(host string) bool {
	if e.host != "" || !e.prefix.IsValid() {
		return false
	}
	if e.prefix.Addr().IsLoopback() && e.prefix.Bits() >= 8 {
		return host == "localhost" || strings.HasSuffix(host, ".localhost")
	}
	return true
}
