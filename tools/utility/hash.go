package utility

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"io"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func hashDefinition() tool.Definition {
	return tool.Static(&tool.Descriptor{
		Name: "hash-calculator", Category: "utility", Version: "1.0.0", Security: tool.Restricted,
		Tags: []string{"hash", "checksum", "digest", "crypto"}, Needs: []tool.Need{tool.Files},
		Description: "Computes or verifies the MD5, SHA-1, SHA-256 or SHA-512 hash of a text or a file",
		Parameters: schema.Map("",
			schema.Required("operation", schema.Choice("What to do", "hash", "verify")),
			schema.Optional("algorithm", schema.Choice("The hash function; md5 and sha1 protect against accidents only", "md5", "sha1", "sha256", "sha512").
				WithDefault("sha256").WithAliases(map[string]string{
				"MD5": "md5", "SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-512": "sha512", "sha-1": "sha1", "sha-256": "sha256", "sha-512": "sha512"})),
			schema.Optional("input_type", schema.Choice("Whether to hash input or the content of file; the default is what is given", "string", "file")),
			schema.Optional("input", schema.Text("The text to hash"), "data"),
			schema.Optional("file", schema.Text("The path of the file to hash"), "path"),
			schema.Optional("format", schema.Choice("How to write the hash", "hex", "base64").WithDefault("hex")),
			schema.Optional("expected_hash", schema.Text("The hash to compare with (verify)"), "expected"),
			schema.Optional("expected_format", schema.Choice("How expected_hash is written (verify)", "hex", "base64").WithDefault("hex"))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("algorithm", schema.Text("The hash function")),
			schema.Optional("hash", schema.Text("The hash (hash)")),
			schema.Optional("format", schema.Text("How it is written (hash)")),
			schema.Optional("verified", schema.Flag("Whether the hashes are equal (verify)")),
			schema.Optional("expected", schema.Text("The hash that was expected (verify)")),
			schema.Optional("actual", schema.Text("The hash that was found, written like the expected one (verify)")),
		}},
		Examples: []tool.Example{
			{Description: "Hash a text", Params: map[string]any{"operation": "hash", "algorithm": "sha256", "input": "hello"},
				Want: object("hash", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")},
			{Description: "Verify a text", Params: map[string]any{"operation": "verify", "algorithm": "md5", "input": "hello",
				"expected_hash": "5d41402abc4b2a76b9719d911017c592"}, Want: object("verified", true)},
			{Description: "Hash a file", Params: map[string]any{"operation": "hash", "algorithm": "md5", "file": "a.txt"},
				Files: map[string]string{"a.txt": "hello"}, Want: object("hash", "5d41402abc4b2a76b9719d911017c592")},
		},
	}, calculateHash)
}

func calculateHash(ctx context.Context, call *tool.Call) (*tool.Result, error) {
	algorithm := call.Params.String("algorithm")
	var expected []byte
	if call.Operation == "verify" { // checked first: hashing a file may take long
		var err error
		if expected, err = expectedHash(call); err != nil {
			return nil, err
		}
	}
	sum, err := digest(ctx, call, newHash(algorithm))
	if err != nil {
		return nil, err
	}
	if call.Operation == "hash" {
		format := call.Params.String("format")
		return tool.Value(map[string]any{"algorithm": algorithm, "hash": encodeHash(sum, format), "format": format}), nil
	}
	format := call.Params.String("expected_format")
	same := subtle.ConstantTimeCompare(sum, expected) == 1
	message := "the hashes are equal"
	if !same {
		message = "the hashes differ"
	}
	return &tool.Result{Message: message, Value: map[string]any{
		"verified": same, "algorithm": algorithm,
		"expected": call.Params.String("expected_hash"), "actual": encodeHash(sum, format),
	}}, nil
}

func newHash(algorithm string) hash.Hash {
	switch algorithm {
	case "md5":
		return md5.New()
	case "sha1":
		return sha1.New()
	case "sha512":
		return sha512.New()
	}
	return sha256.New()
}

func encodeHash(sum []byte, format string) string {
	if format == "base64" {
		return base64.StdEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}

func expectedHash(call *tool.Call) ([]byte, error) {
	text, err := call.Need("expected_hash")
	if err != nil {
		return nil, err
	}
	format := call.Params.String("expected_format")
	decode := hex.DecodeString
	if format == "base64" {
		decode = decodeStandard
	}
	sum, err := decode(strings.TrimSpace(text))
	if err != nil {
		return nil, &schema.FieldError{Path: "expected_hash", Expected: "a hash in " + format, Value: text,
			Help: "expected_format says how it is written"}
	}
	return sum, nil
}

func decodeStandard(s string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}

// digest hashes the text or file of a call.
func digest(ctx context.Context, call *tool.Call, h hash.Hash) ([]byte, error) {
	kind := call.Params.String("input_type")
	if kind == "" && call.Params.Has("file") && !call.Params.Has("input") {
		kind = "file"
	}
	if kind != "file" {
		input, ok := call.Params["input"].(string) // the empty text has a hash too
		if !ok {
			return nil, call.Missing("input", "file")
		}
		_, err := io.WriteString(h, input)
		return h.Sum(nil), err
	}
	path, err := call.Need("file")
	if err != nil {
		return nil, err
	}
	f, err := call.Sandbox.OpenFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := io.Copy(h, tool.Reader(ctx, f)); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}
