package sandbox

import (
	"net/netip"
	"slices"
)

// The ranges, beyond those that netip knows, from which no public server
// answers (IANA special-purpose registries).
var (
	notPublic4 = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
		netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
		netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	}
	global6    = netip.MustParsePrefix("2000::/3")
	notPublic6 = []netip.Prefix{
		netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
		netip.MustParsePrefix("3fff::/20"),
	}
	nat64      = netip.MustParsePrefix("64:ff9b::/96")
	compatible = netip.MustParsePrefix("::/96") // IPv4-compatible, long out of use
	loopback4  = netip.AddrFrom4([4]byte{127, 0, 0, 1})
)

// isPublic tells whether an address, neither v4-mapped nor with a zone, is
// one of the public Internet. Of an address of NAT64 what it stands for decides.
func isPublic(ip netip.Addr) bool {
	if ip.Is4() {
		return ip.IsGlobalUnicast() && !ip.IsPrivate() && !slices.ContainsFunc(notPublic4, func(p netip.Prefix) bool { return p.Contains(ip) })
	}
	if nat64.Contains(ip) {
		return isPublic(embedded4(ip))
	}
	return global6.Contains(ip) && !slices.ContainsFunc(notPublic6, func(p netip.Prefix) bool { return p.Contains(ip) })
}

func embedded4(ip netip.Addr) netip.Addr {
	b := ip.As16()
	return netip.AddrFrom4([4]byte(b[12:]))
}

// meanings lists an address and the others that a connection to it may reach:
// 0.0.0.0 and [::] lead to loopback, some ranges of IPv6 to the IPv4 address in them.
// An entry of Deny that matches any of them matches.
func meanings(ip netip.Addr) []netip.Addr {
	list := []netip.Addr{ip}
	switch {
	case ip.IsUnspecified():
		list = append(list, loopback4, netip.IPv6Loopback())
	case nat64.Contains(ip) || compatible.Contains(ip):
		list = append(list, embedded4(ip))
	case ip.Is6() && notPublic6[2].Contains(ip): // 6to4
		b := ip.As16()
		list = append(list, netip.AddrFrom4([4]byte(b[2:6])))
	}
	return list
}
