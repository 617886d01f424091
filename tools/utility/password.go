package utility

import (
	"context"
	"crypto/rand"
	"math"
	"math/big"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func passwordDefinition() tool.Definition {
	on := func(about string) *schema.Schema {
		return (&schema.Schema{Types: []schema.Type{schema.Boolean}, Description: about}).WithDefault(true)
	}
	return tool.Static(&tool.Descriptor{
		Name: "password-generator", Aliases: []string{"random-string", "token-generator"}, Category: "utility", Version: "1.0.0", Security: tool.Safe, SideEffects: true,
		Tags:        []string{"password", "random", "secret", "token", "pin"},
		Description: "Makes passwords, PINs and tokens from the operating system's secure random numbers",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("a password with each kind of character that is on; digits; or random bytes in hexadecimal or Base64", "password", "pin", "token").
				WithDefault("password").WithAliases(map[string]string{"generate": "password", "random": "token"})),
			schema.Optional("length", schema.Int("Characters; the default is 20, for a pin 6, for a token 32", 4, 1024)),
			schema.Optional("count", schema.Int("How many", 1, 1000).WithDefault(1)),
			schema.Optional("lowercase", on("Whether to use a-z (password)")), schema.Optional("uppercase", on("Whether to use A-Z (password)")),
			schema.Optional("digits", on("Whether to use 0-9 (password)"), "numbers"), schema.Optional("symbols", on("Whether to use !@#$%^&*-_=+ (password)"), "special"),
			schema.Optional("exclude_similar", schema.Flag("Whether to leave out characters that look alike: 0 O o 1 l I (password)"))),
		Result: schema.Map("", schema.Required("value", schema.Text("The first")), schema.Required("values", schema.List("All", schema.Text("One"))),
			schema.Required("length", schema.Num("Characters of each")), schema.Required("entropy_bits", schema.Num("How hard each is to guess"))),
		Examples: []tool.Example{
			{Description: "A password", Params: object("length", 24.0), Want: object("length", 24.0)},
			{Description: "PINs", Params: object("operation", "pin", "count", 3.0), Want: object("length", 6.0, "entropy_bits", 19.9)},
			{Description: "A token", Params: object("operation", "token", "length", 32.0), Want: object("entropy_bits", 128.0)},
		},
	}, generatePassword)
}

func generatePassword(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	p := call.Params
	const lower, upper, digits, symbols = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "!@#$%^&*-_=+"
	var sets []string
	length := 20
	switch call.Operation {
	case "pin":
		sets, length = []string{digits}, 6
	case "token":
		sets, length = []string{"0123456789abcdef"}, 32
	default:
		for _, s := range []struct{ name, set string }{{"lowercase", lower}, {"uppercase", upper}, {"digits", digits}, {"symbols", symbols}} {
			if p.Bool(s.name) {
				if p.Bool("exclude_similar") {
					s.set = strings.NewReplacer("0", "", "O", "", "o", "", "1", "", "l", "", "I", "").Replace(s.set)
				}
				sets = append(sets, s.set)
			}
		}
		if len(sets) == 0 {
			return nil, &schema.FieldError{Path: "lowercase", Problem: "is off, and so are uppercase, digits and symbols", Help: "leave one of them on"}
		}
	}
	if p.Has("length") {
		length = p.Int("length")
	}
	all := strings.Join(sets, "")
	values := make([]any, p.Int("count"))
	for i := range values {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v, err := randomText(all, sets, length)
		if err != nil {
			return nil, tool.Errorf(tool.ExecutionFailed, "no random numbers: %w", err)
		}
		values[i] = v
	}
	return tool.Value(map[string]any{"value": values[0], "values": values, "length": length, "entropy_bits": roundTo(float64(length)*math.Log2(float64(len(all))), 1)}), nil
}

// randomText draws texts until one has a character of each set, so that all
// such texts are equally likely.
func randomText(all string, sets []string, length int) (string, error) {
	most := big.NewInt(int64(len(all)))
	for {
		b := make([]byte, length)
		for i := range b {
			n, err := rand.Int(rand.Reader, most)
			if err != nil {
				return "", err
			}
			b[i] = all[n.Int64()]
		}
		complete := true
		for _, s := range sets {
			complete = complete && strings.ContainsAny(string(b), s)
		}
		if complete {
			return string(b), nil
		}
	}
}
