package system

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func environmentDefinition() tool.Definition {
	name := schema.Text("The variable's name (get, set)")
	name.MaxLength = schema.Ptr(1000)
	pattern := schema.Text("What the names must match: * stands for any letters, ? for one, [A-Z] for one of a set (pattern)")
	pattern.MaxLength = schema.Ptr(200)
	return tool.Static(&tool.Descriptor{
		Name: "environment-reader", Aliases: []string{"env-reader", "environment"}, Category: "system", Version: "1.0.0", Security: tool.Restricted,
		Tags: []string{"environment", "variables", "configuration"}, Needs: []tool.Need{tool.Environment},
		Description: "Reads environment variables: one, all, or those whose names match a pattern. Only variables that the sandbox allows are seen",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("What to do. set is not supported: a tool changes nothing for other sessions; pass variables to process-executor instead",
				"get", "list", "pattern", "set").WithAliases(map[string]string{"read": "get", "all": "list", "match": "pattern", "search": "pattern"})),
			schema.Optional("variable_name", name, "name", "variable", "key"),
			schema.Optional("value", schema.Text("The value (set, which is not supported)")),
			schema.Optional("pattern", pattern, "filter")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("variable_name", schema.Text("The name (get)")),
			schema.Optional("value", &schema.Schema{Types: []schema.Type{schema.String, schema.Null}, Description: "The value, or null when it is not set (get)"}),
			schema.Optional("exists", schema.Flag("Whether it is set (get)")),
			schema.Optional("variables", schema.Map("Values by name (list, pattern)")),
			schema.Optional("count", schema.Int("How many variables there are (list, pattern)", 0, 1e9)),
			schema.Optional("masked", schema.List("Names whose values are shown as *** because they look like secrets; one that the sandbox allows by its exact name is shown (list, pattern)", schema.Text("A name"))),
		}},
		Examples: []tool.Example{
			{Description: "Read a variable", Params: map[string]any{"operation": "get", "variable_name": "LANG"}, Want: map[string]any{"variable_name": "LANG", "exists": true}},
			{Description: "Read a variable that is not set", Params: map[string]any{"operation": "get", "variable_name": "LC_LLMSPELL_EXAMPLE"},
				Want: map[string]any{"exists": false, "value": nil}},
			{Description: "List what may be read", Params: map[string]any{"operation": "list"}},
			{Description: "Read the variables about language", Params: map[string]any{"operation": "pattern", "pattern": "LC_LLMSPELL_*"}, Want: map[string]any{"count": 0}},
		},
	}, readEnvironment)
}

func readEnvironment(_ context.Context, call *tool.Call) (*tool.Result, error) {
	switch call.Operation {
	case "get":
		return getVariable(call)
	case "set":
		return nil, tool.Errorf(tool.Unsupported, "variables cannot be set: other sessions of this process would see it; "+
			"keep the value in a Lua variable, or pass it to process-executor in environment")
	case "pattern":
		pattern, err := call.Need("pattern")
		if err != nil {
			return nil, err
		}
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, &schema.FieldError{Path: "pattern", Expected: "a pattern such as LC_*", Value: pattern, Help: "a [ has no ], or a \\ stands at the end"}
		}
		return listVariables(call, func(name string) bool { ok, _ := path.Match(pattern, name); return ok }), nil
	}
	return listVariables(call, func(string) bool { return true }), nil
}

func getVariable(call *tool.Call) (*tool.Result, error) {
	name, err := call.Need("variable_name")
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(name, "=\x00") {
		return nil, &schema.FieldError{Path: "variable_name", Expected: "the name of a variable, without = and zero bytes", Value: name}
	}
	value, set, err := call.Sandbox.Getenv(name)
	if err != nil {
		return nil, err
	}
	result := map[string]any{"variable_name": name, "value": nil, "exists": set}
	if !set {
		return &tool.Result{Value: result, Message: name + " is not set"}, nil
	}
	value = strings.ToValidUTF8(value, "\uFFFD")
	result["value"] = value
	return &tool.Result{Value: result, Text: &value}, nil
}

// listVariables lists what the sandbox allows. A secret's value is shown only
// to those whose policy names it: a * was hardly meant for it.
func listVariables(call *tool.Call, wanted func(name string) bool) *tool.Result {
	policy := call.Sandbox.Policy()
	variables, masked := map[string]any{}, []any{}
	var names []string
	for _, pair := range call.Sandbox.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if !wanted(name) {
			continue
		}
		if looksSecret(name, value) && !slices.Contains(policy.Env.Allow, name) {
			value = "***"
			names = append(names, name)
		}
		variables[name] = strings.ToValidUTF8(value, "\uFFFD")
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		masked = append(masked, name)
	}
	message := fmt.Sprintf("%d variables", len(variables))
	if len(masked) > 0 {
		message += fmt.Sprintf(", %d of them masked: read one with get, or allow it by its name", len(masked))
	}
	return &tool.Result{Message: message, Value: map[string]any{"variables": variables, "count": len(variables), "masked": masked}}
}

// looksSecret tells whether a variable most likely holds a secret, by the
// words of its name, or a password in its URL.
func looksSecret(name, value string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToUpper(name), func(r rune) bool { return r == '_' || r == '-' || r == '.' }) {
		for _, end := range []string{"KEY", "KEYS", "TOKEN", "TOKENS", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "CREDENTIALS",
			"COOKIE", "PAT", "PASS", "PSK", "SIGNATURE", "DSN"} {
			if word == end || len(end) > 4 && strings.HasSuffix(word, end) || end == "KEY" && strings.HasSuffix(word, "APIKEY") {
				return true
			}
		}
		switch word {
		case "PWD", "OLDPWD": // the working folder; the password when other words stand beside it
			if w := strings.ToUpper(name); w != "PWD" && w != "OLDPWD" {
				return true
			}
		case "AUTH", "PRIVATE", "CERTIFICATE":
			return true
		}
	}
	if u, err := url.Parse(value); err == nil && u.User != nil {
		_, has := u.User.Password()
		return has
	}
	return false
}
