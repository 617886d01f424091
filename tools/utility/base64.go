package utility

import (
	"context"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func base64Definition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "base64-encoder", Category: "utility", Version: "1.0.0", Security: tool.Safe,
		Tags: []string{"base64", "encode", "decode", "binary"}, Needs: []tool.Need{tool.Files}, SideEffects: true,
		Description: "Encodes text or files as Base64 and decodes them, in the standard or the URL-safe alphabet",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("What to do", "encode", "decode")),
			schema.Optional("input", schema.Text("The text to encode, or the Base64 to decode"), "data"),
			schema.Optional("input_file", schema.Text("The path of a file to read instead of input")),
			schema.Optional("output_file", schema.Text("The path of a file that the output is written to as well")),
			schema.Optional("variant", schema.Choice("The alphabet", "standard", "url-safe").WithDefault("standard").
				WithAliases(map[string]string{"url_safe": "url-safe", "urlsafe": "url-safe", "url": "url-safe"})),
			schema.Optional("binary_input", schema.Flag("States that the input is no text; the bytes are encoded as they are either way"))),
		Result: schema.Map("",
			schema.Required("output", schema.Text("The Base64, or the decoded bytes")),
			schema.Required("variant", schema.Text("The alphabet")),
			schema.Required("binary", schema.Flag("Whether the plain side is no UTF-8 text"))),
		Examples: []tool.Example{
			{Description: "Encode", Params: map[string]any{"operation": "encode", "input": "hello"}, Want: object("output", "aGVsbG8=")},
			{Description: "Decode", Params: map[string]any{"operation": "decode", "input": "aGVsbG8="}, Want: object("output", "hello", "binary", false)},
			{Description: "Encode a file", Params: map[string]any{"operation": "encode", "input_file": "a.txt"}, Files: map[string]string{"a.txt": "hello"},
				Want: object("output", "aGVsbG8=")},
		},
	}, convertBase64)
}

func convertBase64(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	input, ok := call.Params["input"].(string)
	if path := call.Params.String("input_file"); path != "" {
		if ok {
			return nil, &schema.FieldError{Path: "input_file", Problem: "is given together with input; pass one of them"}
		}
		data, err := call.Sandbox.ReadFile(ctx, path)
		if err != nil {
			return nil, err
		}
		input, ok = string(data), true
	}
	if !ok {
		return nil, call.Missing("input", "input_file")
	}

	variant := call.Params.String("variant")
	encoding := base64.StdEncoding
	if variant == "url-safe" {
		encoding = base64.URLEncoding
	}
	plain := input
	var output string
	if call.Operation == "encode" {
		output = encoding.EncodeToString([]byte(input))
	} else {
		data, err := encoding.WithPadding(base64.NoPadding).DecodeString(compactBase64(input))
		if err != nil {
			return nil, &schema.FieldError{Path: "input", Expected: variant + " Base64", Value: input, Help: err.Error()}
		}
		output = string(data)
		plain = output
	}
	if path := call.Params.String("output_file"); path != "" {
		if err := call.Sandbox.WriteFile(path, []byte(output)); err != nil {
			return nil, err
		}
	}
	return tool.Value(map[string]any{
		"output": output, "variant": variant,
		"binary": call.Params.Bool("binary_input") || !utf8.ValidString(plain),
	}), nil
}

// compactBase64 drops what encoders add for line-based transports, and the
// padding, which many leave out.
func compactBase64(s string) string {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\t', '\r', '\n':
			return -1
		}
		return r
	}, s)
	for range 2 {
		s = strings.TrimSuffix(s, "=")
	}
	return s
}
