package utility

import (
	"context"
	"math/big"
	"net/netip"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// maxNetworks bounds lists of networks and addresses.
const maxNetworks = 4096

func cidrDefinition() tool.Definition {
	network := func(about string) *schema.Schema {
		s := schema.Text(about)
		s.MaxLength = schema.Ptr(100)
		return s
	}
	list := schema.List("Networks (aggregate)", network("A network or address"))
	list.MaxItems = schema.Ptr(maxNetworks)
	return tool.Static(&tool.Descriptor{
		Name: "cidr-calculator", Aliases: []string{"cidr", "subnet-calculator", "ip-calculator"}, Category: "utility", Version: "1.0.0", Security: tool.Safe,
		Tags: []string{"cidr", "subnet", "network", "ip", "ipv4", "ipv6"}, Description: "Computes with networks of IPv4 and IPv6: their range, mask and hosts, containment, overlap, splitting and aggregation",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("describe a network; tell whether it contains an address or network, or overlaps one; split it; list its hosts; or join networks into the fewest",
				"info", "contains", "overlaps", "split", "hosts", "aggregate").WithDefault("info").WithAliases(map[string]string{"describe": "info", "overlap": "overlaps", "subnets": "split", "merge": "aggregate"})),
			schema.Optional("network", network("A network such as 192.0.2.0/24, 192.0.2.7/255.255.255.0 or 2001:db8::/32; an address counts as a network of one"), "input", "cidr"),
			schema.Optional("other", network("An address or network (contains, overlaps)"), "address", "ip"),
			schema.Optional("prefix", schema.Int("The length of the prefix of the parts (split)", 0, 128), "new_prefix"),
			schema.Optional("count", schema.Int("How many parts at least, instead of prefix (split)", 1, maxNetworks)),
			schema.Optional("limit", schema.Int("The most parts or hosts to list", 1, maxNetworks).WithDefault(256)),
			schema.Optional("networks", list)),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("network", schema.Text("The network, with the bits of the host cleared")), schema.Optional("version", schema.Int("4 or 6 (info)", 4, 6)),
			schema.Optional("prefix", schema.Int("Bits of the prefix (info)", 0, 128)), schema.Optional("netmask", schema.Text("(info)")), schema.Optional("wildcard", schema.Text("The inverted mask (info)")),
			schema.Optional("first", schema.Text("The first address (info)")), schema.Optional("last", schema.Text("The last address; for IPv4 the broadcast address (info)")),
			schema.Optional("first_host", schema.Text("(info)")), schema.Optional("last_host", schema.Text("(info)")),
			schema.Optional("addresses", schema.Text("How many, as a decimal text: IPv6 has too many for a number (info)")), schema.Optional("hosts_count", schema.Text("How many are usable (info)")),
			schema.Optional("address", schema.Text("The address given (info)")), schema.Optional("private", schema.Flag("(info)")), schema.Optional("loopback", schema.Flag("(info)")),
			schema.Optional("multicast", schema.Flag("(info)")), schema.Optional("link_local", schema.Flag("(info)")),
			schema.Optional("contains", schema.Flag("(contains)")), schema.Optional("overlaps", schema.Flag("(overlaps)")),
			schema.Optional("networks", schema.List("(split, aggregate)", schema.Text("A network"))), schema.Optional("hosts", schema.List("(hosts)", schema.Text("An address"))),
			schema.Optional("total", schema.Text("How many there are, as a decimal text (split, hosts)")), schema.Optional("truncated", schema.Flag("Whether limit cut the list (split, hosts)")),
		}},
		Examples: []tool.Example{
			{Description: "Describe a network", Params: object("network", "192.0.2.7/24"), Want: object("network", "192.0.2.0/24", "netmask", "255.255.255.0", "first_host", "192.0.2.1", "last_host", "192.0.2.254", "hosts_count", "254")},
			{Description: "Contains", Params: object("operation", "contains", "network", "10.0.0.0/8", "other", "10.1.2.3"), Want: object("contains", true)},
			{Description: "Overlaps", Params: object("operation", "overlaps", "network", "10.0.0.0/8", "other", "11.0.0.0/8"), Want: object("overlaps", false)},
			{Description: "Split", Params: object("operation", "split", "network", "2001:db8::/32", "prefix", 34.0), Want: object("networks", array("2001:db8::/34", "2001:db8:4000::/34", "2001:db8:8000::/34", "2001:db8:c000::/34"))},
			{Description: "List the hosts", Params: object("operation", "hosts", "network", "192.0.2.0/30"), Want: object("hosts", array("192.0.2.1", "192.0.2.2"))},
			{Description: "Aggregate", Params: object("operation", "aggregate", "networks", array("10.0.1.0/24", "10.0.0.0/24", "10.0.0.128/25")), Want: object("networks", array("10.0.0.0/23"))},
		},
	}, calculateCIDR)
}

// parseNetwork reads a network; given is the address as it was written.
func parseNetwork(field, text string) (p netip.Prefix, given netip.Addr, err error) {
	wrong := &schema.FieldError{Path: field, Expected: "a network such as 192.0.2.0/24 or 2001:db8::/32, or an address", Value: text}
	host, mask, hasMask := strings.Cut(strings.TrimSpace(text), "/")
	a, err := netip.ParseAddr(host)
	if err != nil || a.Zone() != "" {
		return p, a, wrong
	}
	bits := a.BitLen()
	if m, err := netip.ParseAddr(mask); err == nil && hasMask { // a dotted mask
		if m.BitLen() != bits {
			return p, a, wrong
		}
		n := new(big.Int).SetBytes(m.AsSlice())
		ones := bits - int(n.TrailingZeroBits())
		if n.Sign() == 0 {
			ones = 0
		}
		full := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(bits)), new(big.Int).Lsh(big.NewInt(1), uint(bits-ones)))
		if n.Cmp(full) != 0 {
			return p, a, wrong
		}
		return netip.PrefixFrom(a, ones).Masked(), a, nil
	}
	if hasMask {
		if p, err = netip.ParsePrefix(host + "/" + mask); err != nil {
			return p, a, wrong
		}
		return p.Masked(), a, nil
	}
	return netip.PrefixFrom(a, bits), a, nil
}

func calculateCIDR(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	if call.Operation == "aggregate" {
		return aggregateNetworks(call)
	}
	text, err := call.Need("network")
	if err != nil {
		return nil, err
	}
	p, given, err := parseNetwork("network", text)
	if err != nil {
		return nil, err
	}
	switch call.Operation {
	case "contains", "overlaps":
		text, err := call.Need("other")
		if err != nil {
			return nil, err
		}
		q, _, err := parseNetwork("other", text)
		if err != nil {
			return nil, err
		}
		ok := p.Overlaps(q)
		if call.Operation == "contains" {
			ok = ok && p.Bits() <= q.Bits()
		}
		return tool.Value(map[string]any{call.Operation: ok, "network": p.String()}), nil
	case "split":
		return splitNetwork(call, p)
	case "hosts":
		first, last := hostRange(p)
		n := hostCount(p)
		out, limit := []any{}, call.Params.Int("limit")
		for a := first; len(out) < limit && a.IsValid() && a.Compare(last) <= 0; a = a.Next() {
			out = append(out, a.String())
		}
		return tool.Value(map[string]any{"network": p.String(), "hosts": out, "total": n.String(), "truncated": n.Cmp(big.NewInt(int64(len(out)))) > 0}), nil
	}
	first, last := hostRange(p)
	mask := maskOf(p)
	v := 6
	if given.Is4() {
		v = 4
	}
	return tool.Value(map[string]any{"network": p.String(), "version": v, "prefix": p.Bits(), "netmask": mask.String(), "wildcard": invert(mask).String(),
		"first": p.Addr().String(), "last": lastAddress(p).String(), "first_host": first.String(), "last_host": last.String(), "address": given.String(),
		"addresses": sizeOf(p.Addr().BitLen() - p.Bits()).String(), "hosts_count": hostCount(p).String(), "private": given.IsPrivate(),
		"loopback": given.IsLoopback(), "multicast": given.IsMulticast(), "link_local": given.IsLinkLocalUnicast()}), nil
}

func sizeOf(bits int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(bits)) }

func fromBytes(b []byte) netip.Addr { a, _ := netip.AddrFromSlice(b); return a }

func maskOf(p netip.Prefix) netip.Addr {
	b := make([]byte, p.Addr().BitLen()/8)
	for i := range p.Bits() {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return fromBytes(b)
}

func invert(a netip.Addr) netip.Addr {
	b := a.AsSlice()
	for i := range b {
		b[i] = ^b[i]
	}
	return fromBytes(b)
}

func lastAddress(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i, m := range invert(maskOf(p)).AsSlice() {
		b[i] |= m
	}
	return fromBytes(b)
}

// hostRange leaves out the address of the network and the broadcast address,
// which IPv4 has from /30 down.
func hostRange(p netip.Prefix) (first, last netip.Addr) {
	first, last = p.Addr(), lastAddress(p)
	if p.Addr().Is4() && p.Bits() < 31 {
		first, last = first.Next(), last.Prev()
	}
	return first, last
}

func hostCount(p netip.Prefix) *big.Int {
	n := sizeOf(p.Addr().BitLen() - p.Bits())
	if p.Addr().Is4() && p.Bits() < 31 {
		n.Sub(n, big.NewInt(2))
	}
	return n
}

func splitNetwork(call *tool.Call, p netip.Prefix) (*tool.Result, error) {
	bits := p.Bits()
	switch {
	case call.Params.Has("prefix"):
		bits = call.Params.Int("prefix")
	case call.Params.Has("count"):
		for n := 1; n < call.Params.Int("count"); n *= 2 {
			bits++
		}
	default:
		return nil, call.Missing("prefix", "count")
	}
	if bits < p.Bits() || bits > p.Addr().BitLen() {
		return nil, &schema.FieldError{Path: "prefix", Expected: "a length between " + formatUint(uint64(p.Bits())) + " and " + formatUint(uint64(p.Addr().BitLen())), Value: bits}
	}
	total, out, limit := sizeOf(bits-p.Bits()), []any{}, call.Params.Int("limit")
	for a := p.Addr(); len(out) < limit && a.IsValid() && p.Contains(a); {
		part := netip.PrefixFrom(a, bits)
		out = append(out, part.String())
		a = lastAddress(part).Next()
	}
	return tool.Value(map[string]any{"network": p.String(), "networks": out, "total": total.String(), "truncated": total.Cmp(big.NewInt(int64(len(out)))) > 0}), nil
}

// aggregateNetworks drops networks inside others and joins halves until nothing
// changes.
func aggregateNetworks(call *tool.Call) (*tool.Result, error) {
	list, ok := call.Params["networks"].([]any)
	if !ok {
		return nil, call.Missing("networks")
	}
	var nets []netip.Prefix
	for i, e := range list {
		p, _, err := parseNetwork("networks["+formatUint(uint64(i+1))+"]", e.(string))
		if err != nil {
			return nil, err
		}
		nets = append(nets, p)
	}
	slices.SortFunc(nets, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	var out []netip.Prefix // sorted, disjoint; the last may still join with what comes
	for _, p := range nets {
		if n := len(out); n > 0 && out[n-1].Overlaps(p) {
			continue
		}
		out = append(out, p)
		for n := len(out); n > 1; n = len(out) {
			a, b := out[n-2], out[n-1]
			if a.Bits() != b.Bits() || a.Bits() == 0 || a.Addr().BitLen() != b.Addr().BitLen() {
				break
			}
			whole := netip.PrefixFrom(a.Addr(), a.Bits()-1)
			if whole.Masked().Addr() != a.Addr() || !whole.Contains(b.Addr()) {
				break
			}
			out = append(out[:n-2], whole)
		}
	}
	names := make([]any, len(out))
	for i, p := range out {
		names[i] = p.String()
	}
	return tool.Value(map[string]any{"networks": names}), nil
}
