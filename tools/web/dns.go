package web

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func itoa(n int) string { return strconv.Itoa(n) }

func dnsDefinition() tool.Definition {
	name := schema.Text("The name to look up, or an address (PTR)")
	name.MinLength, name.MaxLength = schema.Ptr(1), schema.Ptr(255)
	return tool.Definition{Descriptor: &tool.Descriptor{
		Name: "dns-lookup", Aliases: []string{"dns-resolver"}, Category: "web", Version: "1.0.0", Security: tool.Restricted, Timeout: 20 * time.Second,
		Tags: []string{"dns", "resolve", "domain", "mx", "ip"}, Needs: []tool.Need{tool.Network},
		Description: "Looks up a name's DNS records with the system's resolver. The net permission must allow the name",
		Parameters: schema.Map("",
			schema.Required("input", name, "name", "host", "domain"),
			schema.Optional("type", schema.Choice("Which records; all gives every kind that there is", "A", "AAAA", "CNAME", "MX", "NS", "TXT", "PTR", "all").WithDefault("A").
				WithAliases(map[string]string{"a": "A", "aaaa": "AAAA", "cname": "CNAME", "mx": "MX", "ns": "NS", "txt": "TXT", "ptr": "PTR", "ALL": "all", "any": "all"}),
				"record_type")),
		Result: schema.Map("",
			schema.Required("name", schema.Text("The name, in Punycode")),
			schema.Required("records", schema.List("{type, value, priority?: of MX}", nil)),
			schema.Required("found", schema.Flag("Whether there is any"))),
		Examples: []tool.Example{{Description: "The addresses of this machine", Params: map[string]any{"input": "localhost", "type": "A"},
			Want: map[string]any{"found": true, "records": []any{map[string]any{"type": "A", "value": "127.0.0.1"}}}}},
	}, New: func() (tool.Tool, error) { return &dnsLookup{net.DefaultResolver}, nil }}
}

// dnsLookup asks a resolver.
type dnsLookup struct{ resolver *net.Resolver }

// dnsTypes are what "all" looks up.
var dnsTypes = []string{"A", "AAAA", "CNAME", "MX", "NS", "TXT"}

// Run looks up one name.
func (d *dnsLookup) Run(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	name := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(call.Params.String("input"))), ".")
	kinds := []string{call.Params.String("type")}
	if _, err := netip.ParseAddr(name); err == nil {
		kinds = []string{"PTR"}
	} else {
		if name, err = idna.Lookup.ToASCII(name); err != nil || name == "" {
			return nil, &schema.FieldError{Path: "input", Expected: "a domain name such as example.com", Value: call.Params.String("input")}
		}
		switch kinds[0] {
		case "PTR":
			return nil, &schema.FieldError{Path: "input", Expected: "an address, since type is PTR", Value: name}
		case "all":
			kinds = dnsTypes
		}
	}
	if err := call.Sandbox.CheckHost(name, "53"); err != nil {
		return nil, err
	}
	records := []any{}
	for _, kind := range kinds {
		found, err := d.lookup(ctx, kind, name)
		if missing := (*net.DNSError)(nil); errors.As(err, &missing) && missing.IsNotFound {
			continue
		}
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			e := tool.Errorf(tool.RemoteFailed, "cannot look up %s of %s: %w", kind, name, err)
			e.Temporary = true
			return nil, e
		}
		records = append(records, found...)
	}
	return tool.Value(map[string]any{"name": name, "records": records, "found": len(records) > 0}), nil
}

func (d *dnsLookup) lookup(ctx context.Context, kind, name string) ([]any, error) {
	var out []any
	add := func(values ...string) {
		slices.Sort(values)
		for _, v := range values {
			out = append(out, map[string]any{"type": kind, "value": strings.TrimSuffix(v, ".")})
		}
	}
	switch kind {
	case "A", "AAAA":
		network := choose(kind == "A", "ip4", "ip6")
		addrs, err := d.resolver.LookupNetIP(ctx, network, name)
		if e := (*net.AddrError)(nil); errors.As(err, &e) { // it has addresses of the other kind only
			return nil, nil
		}
		texts := make([]string, len(addrs))
		for i, a := range addrs {
			texts[i] = a.Unmap().String()
		}
		add(texts...)
		return out, err
	case "CNAME":
		cname, err := d.resolver.LookupCNAME(ctx, name)
		if err == nil && strings.TrimSuffix(cname, ".") != name {
			add(cname)
		}
		return out, err
	case "MX":
		list, err := d.resolver.LookupMX(ctx, name)
		for _, mx := range list {
			out = append(out, map[string]any{"type": kind, "value": strings.TrimSuffix(mx.Host, "."), "priority": int(mx.Pref)})
		}
		return out, err
	case "NS":
		list, err := d.resolver.LookupNS(ctx, name)
		for _, ns := range list {
			add(ns.Host)
		}
		return out, err
	case "TXT":
		list, err := d.resolver.LookupTXT(ctx, name)
		add(list...)
		return out, err
	}
	list, err := d.resolver.LookupAddr(ctx, name)
	add(list...)
	return out, err
}
