package api

import (
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/tool"
)

// introspectionQuery asks for all that the October 2021 specification knows.
const introspectionQuery = `query IntrospectionQuery {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types { ...FullType }
    directives { name description locations args { ...InputValue } }
  }
}
fragment FullType on __Type {
  kind name description
  fields(includeDeprecated: true) { name description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
  inputFields { ...InputValue }
  interfaces { ...TypeRef }
  enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
  possibleTypes { ...TypeRef }
}
fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue }
fragment TypeRef on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } }
}`

// summarizeSchema adds to a schema lists that are short enough to read.
func summarizeSchema(reply graphqlReply) (map[string]any, error) {
	described, ok := member(reply.Data, "__schema").(map[string]any)
	if !ok {
		return nil, tool.Errorf(tool.RemoteFailed, "the server's answer holds no schema; introspection may be switched off there")
	}
	out := map[string]any{"schema": described}
	if len(reply.Errors) > 0 {
		out["errors"], out["has_errors"] = reply.Errors, true
	}
	list, _ := described["types"].([]any)
	types := []any{}
	for _, t := range list {
		name, _ := member(t, "name").(string)
		kind, _ := member(t, "kind").(string)
		if name == "" || strings.HasPrefix(name, "__") {
			continue
		}
		types = append(types, withDescription(map[string]any{"name": name, "kind": kind}, t))
	}
	out["types"] = types
	for field, key := range map[string]string{"queryType": "queries", "mutationType": "mutations", "subscriptionType": "subscriptions"} {
		root, ok := member(described[field], "name").(string)
		if !ok {
			continue
		}
		i := slices.IndexFunc(list, func(t any) bool { return member(t, "name") == root })
		if i >= 0 {
			out[key] = summarizeFields(list[i])
		}
	}
	return out, nil
}

func summarizeFields(t any) []any {
	fields, _ := member(t, "fields").([]any)
	out := []any{}
	for _, f := range fields {
		args := map[string]any{}
		given, _ := member(f, "args").([]any)
		for _, a := range given {
			if name, ok := member(a, "name").(string); ok {
				args[name] = typeText(member(a, "type"), 0)
			}
		}
		name, _ := member(f, "name").(string)
		out = append(out, withDescription(map[string]any{"name": name, "type": typeText(member(f, "type"), 0), "args": args}, f))
	}
	return out
}

// withDescription adds the description of from, if it has one.
func withDescription(to map[string]any, from any) map[string]any {
	if d, ok := member(from, "description").(string); ok && d != "" {
		to["description"] = d
	}
	return to
}

// typeText writes a type as a document does: [User!]!.
func typeText(t any, depth int) string {
	if depth > 10 {
		return "…"
	}
	switch member(t, "kind") {
	case "NON_NULL":
		return typeText(member(t, "ofType"), depth+1) + "!"
	case "LIST":
		return "[" + typeText(member(t, "ofType"), depth+1) + "]"
	}
	name, _ := member(t, "name").(string)
	return name
}

// member returns a member of what may be an object, or nil.
func member(v any, name string) any {
	m, _ := v.(map[string]any)
	return m[name]
}
