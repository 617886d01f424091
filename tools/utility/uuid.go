package utility

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func uuidDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "uuid-generator", Category: "utility", Version: "1.0.0", Security: tool.Safe, SideEffects: true, Quick: true,
		Tags:        []string{"uuid", "guid", "id", "identifier", "random"},
		Description: "Makes UUIDs (random, by time, or from a name) and readable identifiers, and checks UUIDs",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("What to do", "generate", "component_id", "deterministic", "custom", "validate").WithDefault("generate")),
			schema.Optional("version", schema.Choice("v1 by time, v4 random, v5 from namespace and name, v7 random and sortable by time (generate)", "v1", "v4", "v5", "v7").
				WithDefault("v4").WithAliases(map[string]string{"1": "v1", "4": "v4", "5": "v5", "7": "v7"})),
			schema.Optional("format", schema.Choice("How to write the UUID; simple has no hyphens", "standard", "simple", "urn", "braced").
				WithDefault("standard").WithAliases(map[string]string{"hyphenated": "standard"})),
			schema.Optional("namespace", schema.Text("dns, url, oid, x500 or a UUID (v5, deterministic)").WithDefault("dns")),
			schema.Optional("name", schema.Text("The name that the UUID is made from (v5, deterministic)")),
			schema.Optional("prefix", schema.Text("What the identifier begins with (component_id, custom)")),
			schema.Optional("suffix", schema.Text("What the identifier ends with (custom)")),
			schema.Optional("short", schema.Flag("8 characters of randomness instead of 32 (component_id)")),
			schema.Optional("timestamp", schema.Flag("Whether the identifier holds the time in milliseconds (custom)")),
			schema.Optional("uuid", schema.Text("The UUID to check (validate)"), "input")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("uuid", schema.Text("The UUID (generate, deterministic, validate)")),
			schema.Optional("version", schema.Text("Its version")),
			schema.Optional("format", schema.Text("How it is written")),
			schema.Optional("id", schema.Text("The identifier (component_id, custom)")),
			schema.Optional("valid", schema.Flag("Whether it is a UUID (validate)")),
		}},
		Examples: []tool.Example{
			{Description: "A random UUID", Params: map[string]any{"operation": "generate", "version": "v4"}},
			{Description: "Always the same for a name", Params: map[string]any{"operation": "deterministic", "namespace": "dns", "name": "example.com"}, Want: object("uuid", "cfbff0d1-9375-5685-968c-48ce8b15ae17")},
			{Description: "Check", Params: map[string]any{"operation": "validate", "uuid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, Want: object("valid", true, "version", "v1")},
			{Description: "A short readable identifier", Params: map[string]any{"operation": "component_id", "prefix": "agent", "short": true}, Want: object("prefix", "agent", "short", true)},
			{Description: "An identifier with a time in it", Params: map[string]any{"operation": "custom", "prefix": "job", "timestamp": true}},
		},
	}, generateUUID)
}

func generateUUID(_ context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	switch call.Operation {
	case "generate":
		return makeUUID(call, p.String("version"))
	case "deterministic":
		return makeUUID(call, "v5")
	case "validate":
		return validateUUID(call)
	}

	random, err := uuid.NewRandom()
	if err != nil {
		return nil, fmt.Errorf("no random numbers: %w", err)
	}
	digits := formatUUID(random, "simple")
	if call.Operation == "component_id" {
		prefix, err := call.Need("prefix")
		if err != nil {
			return nil, err
		}
		if p.Bool("short") {
			digits = digits[:8]
		}
		return tool.Value(map[string]any{"id": prefix + "_" + digits, "prefix": prefix, "short": p.Bool("short")}), nil
	}
	parts := []string{p.String("prefix"), "", digits, p.String("suffix")}
	if p.Bool("timestamp") {
		parts[1] = fmt.Sprint(time.Now().UnixMilli())
	}
	return tool.Value(map[string]any{"id": joinNonEmpty(parts, "_")}), nil
}

func joinNonEmpty(parts []string, sep string) string {
	var given []string
	for _, p := range parts {
		if p != "" {
			given = append(given, p)
		}
	}
	return strings.Join(given, sep)
}

func makeUUID(call *tool.Call, version string) (*tool.Result, error) {
	format := call.Params.String("format")
	var id uuid.UUID
	var err error
	switch version {
	case "v1":
		id, err = timeUUID()
	case "v5":
		var space uuid.UUID
		if space, err = namespace(call.Params.String("namespace")); err != nil {
			return nil, err
		}
		name, ok := call.Params["name"].(string)
		if !ok {
			return nil, &schema.FieldError{Path: "name", Problem: "is missing", Help: "a v5 UUID is made from it"}
		}
		id = uuid.NewSHA1(space, []byte(name))
	case "v7":
		id, err = uuid.NewV7()
	default:
		id, err = uuid.NewRandom()
	}
	if err != nil {
		return nil, fmt.Errorf("cannot make a %s UUID: %w", version, err)
	}
	return tool.Value(map[string]any{"uuid": formatUUID(id, format), "version": version, "format": format}), nil
}

// timeUUID makes a v1 UUID with a random node, which RFC 9562 allows with the
// multicast bit set: a network card's address is nobody else's business.
func timeUUID() (uuid.UUID, error) {
	id, err := uuid.NewUUID()
	if err != nil {
		return id, err
	}
	if _, err := rand.Read(id[10:]); err != nil {
		return id, err
	}
	id[10] |= 1
	return id, nil
}

func namespace(name string) (uuid.UUID, error) {
	switch strings.ToLower(name) {
	case "dns":
		return uuid.NameSpaceDNS, nil
	case "url":
		return uuid.NameSpaceURL, nil
	case "oid":
		return uuid.NameSpaceOID, nil
	case "x500":
		return uuid.NameSpaceX500, nil
	}
	id, err := uuid.Parse(name)
	if err != nil {
		return id, &schema.FieldError{Path: "namespace", Expected: "dns, url, oid, x500 or a UUID", Value: name}
	}
	return id, nil
}

func formatUUID(id uuid.UUID, format string) string {
	switch format {
	case "simple":
		return strings.ReplaceAll(id.String(), "-", "")
	case "urn":
		return id.URN()
	case "braced":
		return "{" + id.String() + "}"
	}
	return id.String()
}

func validateUUID(call *tool.Call) (*tool.Result, error) {
	text, ok := call.Params["uuid"].(string)
	if !ok {
		return nil, call.Missing("uuid")
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return tool.Value(map[string]any{"uuid": text, "valid": false}), nil
	}
	return tool.Value(map[string]any{
		"uuid": text, "valid": true, "version": fmt.Sprintf("v%d", id.Version()), "variant": id.Variant().String(),
	}), nil
}
