package utility

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestHashCalculator(t *testing.T) {
	r := tooltest.New(t, Definitions())
	if err := os.WriteFile(filepath.Join(r.Dir, "f"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Table(t, "hash-calculator", []tooltest.Want{
		{Params: `{"operation":"hash","algorithm":"SHA-512","input":"","format":"base64"}`, Field: "algorithm", Value: `"sha512"`},
		{Params: `{"operation":"hash","input":"hello"}`, Field: "hash", Value: `"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`},
		{Params: `{"operation":"hash","input":"hello"}`, Field: "algorithm", Value: `"sha256"`},
		{Params: `{"operation":"hash","input":"hello","algorithm":"md5"}`, Field: "hash", Value: `"5d41402abc4b2a76b9719d911017c592"`},
		{Params: `{"operation":"hash","input":"hello","algorithm":"SHA1"}`, Field: "hash", Value: `"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"`},
		{Params: `{"operation":"hash","input":"","algorithm":"md5"}`, Field: "hash", Value: `"d41d8cd98f00b204e9800998ecf8427e"`},
		{Params: `{"operation":"hash","input":"hello","algorithm":"md5","format":"base64"}`, Field: "hash", Value: `"XUFAKrxLKna5cZ2REBfFkg=="`},
		{Params: `{"operation":"hash","input":"abc","algorithm":"sha512"}`, Field: "hash",
			Value: `"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"`},
		{Params: `{"operation":"hash","file":"f","algorithm":"md5"}`, Field: "hash", Value: `"5d41402abc4b2a76b9719d911017c592"`},
		{Params: `{"operation":"hash","file":"f","input_type":"file","algorithm":"md5"}`, Field: "hash", Value: `"5d41402abc4b2a76b9719d911017c592"`},
		{Params: `{"operation":"verify","input":"hello","algorithm":"md5","expected_hash":"5D41402ABC4B2A76B9719D911017C592"}`, Field: "verified", Value: `true`},
		{Params: `{"operation":"verify","input":"hellp","algorithm":"md5","expected_hash":"5d41402abc4b2a76b9719d911017c592"}`, Field: "verified", Value: `false`},
		{Params: `{"operation":"verify","input":"hello","algorithm":"md5","expected_hash":"5d41"}`, Field: "actual", Value: `"5d41402abc4b2a76b9719d911017c592"`},
		{Params: `{"operation":"verify","input":"hello","algorithm":"md5","expected_hash":"XUFAKrxLKna5cZ2REBfFkg","expected_format":"base64"}`, Field: "verified", Value: `true`},

		{Params: `{"input":"x"}`, Err: `"operation" is missing`},
		{Params: `{"operation":"hash"}`, Err: `needs one of input, file`},
		{Params: `{"operation":"hash","input_type":"file"}`, Err: `"file" is missing`},
		{Params: `{"operation":"hash","input":1}`, Err: `"input" is wrong`},
		{Params: `{"operation":"hash","input":"x","algorithm":"sha257"}`, Err: `did you mean "sha256"?`},
		{Params: `{"operation":"hash","input":"x","format":"octal"}`, Err: `expected one of "hex", "base64"`},
		{Params: `{"operation":"hash","input":"x","input_type":"url"}`, Err: `"input_type" is wrong`},
		{Params: `{"operation":"verify","input":"x"}`, Err: `"expected_hash" is missing`},
		{Params: `{"operation":"verify","input":"x","expected_hash":"zz"}`, Err: `expected a hash in hex`},
		{Params: `{"operation":"verify","input":"x","expected_hash":"!","expected_format":"base64"}`, Err: `expected a hash in base64`},
		{Params: `{"operation":"verify","input":"x","expected_hash":"ab","expected_format":"x"}`, Err: `"expected_format" is wrong`},
		{Params: `{"operation":"hash","file":"none"}`, Err: "no such file", Code: tool.ResourceNotFound},
		{Params: `{"operation":"hash","file":"../x"}`, Err: "denied", Code: tool.PermissionDenied},
		{Params: `{"operation":"hash","file":"/etc/passwd"}`, Err: "denied", Code: tool.PermissionDenied},
		{Params: `{"operation":"hash","file":"."}`, Err: "is a folder"},
	})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Call(t, ctx, "hash-calculator", `{"operation":"hash","file":"f"}`); err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("hashing a file after cancellation: %v", err)
	}
}

func TestBase64(t *testing.T) {
	r := tooltest.New(t, Definitions())
	if err := os.WriteFile(filepath.Join(r.Dir, "f"), []byte{0xfb, 0xff}, 0o600); err != nil {
		t.Fatal(err)
	}
	r.Table(t, "base64-encoder", []tooltest.Want{
		{Params: `{"operation":"encode","input":"hello"}`, Field: "output", Value: `"aGVsbG8="`},
		{Params: `{"operation":"encode","input":""}`, Field: "output", Value: `""`},
		{Params: `{"operation":"encode","input":"??>"}`, Field: "output", Value: `"Pz8+"`},
		{Params: `{"operation":"encode","input":"??>","variant":"url_safe"}`, Field: "output", Value: `"Pz8-"`},
		{Params: `{"operation":"encode","input":"x","binary_input":true}`, Field: "binary", Value: `true`},
		{Params: `{"operation":"encode","input_file":"f"}`, Field: "output", Value: `"+/8="`},
		{Params: `{"operation":"encode","input_file":"f"}`, Field: "binary", Value: `true`},
		{Params: `{"operation":"decode","input":"aGVsbG8="}`, Field: "output", Value: `"hello"`},
		{Params: `{"operation":"decode","input":"aGVs\nbG8"}`, Field: "output", Value: `"hello"`},
		{Params: `{"operation":"decode","input":"aGVsbG8=","output_file":"out"}`, Field: "variant", Value: `"standard"`},
		{Params: `{"operation":"encode","input_file":"out"}`, Field: "output", Value: `"aGVsbG8="`},

		{Params: `{"input":"x"}`, Err: `"operation" is missing`},
		{Params: `{"operation":"encode"}`, Err: "needs one of input, input_file"},
		{Params: `{"operation":"encode","input":1}`, Err: `"input" is wrong`},
		{Params: `{"operation":"encode","input":"a","input_file":"f"}`, Err: "pass one of them"},
		{Params: `{"operation":"decode","input":"a*b"}`, Err: "expected standard Base64", Code: tool.InvalidParameters},
		{Params: `{"operation":"decode","input":"Pz8-"}`, Err: "expected standard Base64"},
		{Params: `{"operation":"decode","input":"Pz8+","variant":"url-safe"}`, Err: "expected url-safe Base64"},
		{Params: `{"operation":"decode","input":"x","variant":"32"}`, Err: `"variant" is wrong`},
		{Params: `{"operation":"encode","input":"x","binary_input":"yes"}`, Err: `"binary_input" is wrong`},
		{Params: `{"operation":"encode","input_file":"../x"}`, Err: "denied", Code: tool.PermissionDenied},
		{Params: `{"operation":"encode","input":"x","output_file":"/etc/x"}`, Err: "denied", Code: tool.PermissionDenied},
	})
}

func TestUUID(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Table(t, "uuid-generator", []tooltest.Want{
		{Params: `{"operation":"deterministic","namespace":"dns","name":"www.example.com"}`, Field: "uuid", Value: `"2ed6657d-e927-568b-95e1-2665a8aea6a2"`},
		{Params: `{"operation":"deterministic","name":"www.example.com"}`, Field: "uuid", Value: `"2ed6657d-e927-568b-95e1-2665a8aea6a2"`},
		{Params: `{"version":"v5","namespace":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","name":"www.example.com","format":"urn"}`, Field: "uuid", Value: `"urn:uuid:2ed6657d-e927-568b-95e1-2665a8aea6a2"`},
		{Params: `{"operation":"deterministic","name":"www.example.com","format":"braced"}`, Field: "uuid", Value: `"{2ed6657d-e927-568b-95e1-2665a8aea6a2}"`},
		{Params: `{"operation":"validate","uuid":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}`, Field: "version", Value: `"v1"`},
		{Params: `{"operation":"validate","uuid":"nope"}`, Field: "valid", Value: `false`},
		{Params: `{"operation":"validate","uuid":""}`, Field: "valid", Value: `false`},

		{Params: `{"operation":"make"}`, Err: `"operation" is wrong`},
		{Params: `{"version":"v2"}`, Err: `expected one of "v1", "v4", "v5", "v7"`},
		{Params: `{"format":"x"}`, Err: `"format" is wrong`},
		{Params: `{"operation":"deterministic"}`, Err: `"name" is missing (a v5 UUID is made from it)`},
		{Params: `{"operation":"deterministic","name":"x","namespace":"y"}`, Err: `expected dns, url, oid, x500 or a UUID`},
		{Params: `{"operation":"deterministic","name":1}`, Err: `"name" is wrong`},
		{Params: `{"operation":"component_id"}`, Err: `"prefix" is missing`},
		{Params: `{"operation":"component_id","prefix":1}`, Err: `"prefix" is wrong`},
		{Params: `{"operation":"component_id","prefix":"a","short":1}`, Err: `"short" is wrong`},
		{Params: `{"operation":"custom","suffix":1}`, Err: `"suffix" is wrong`},
		{Params: `{"operation":"custom","timestamp":1}`, Err: `"timestamp" is wrong`},
		{Params: `{"operation":"validate"}`, Err: `"uuid" is missing`},
	})
	for params, want := range map[string]string{
		`{}`:                  `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
		`{"version":"v1"}`:    `^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f][13579bdf][0-9a-f]{10}$`, // multicast bit: a random node
		`{"version":"v7"}`:    `^[0-9a-f]{8}-[0-9a-f]{4}-7`,
		`{"format":"simple"}`: `^[0-9a-f]{32}$`,
		`{"operation":"component_id","prefix":"agent"}`:                     `^agent_[0-9a-f]{32}$`,
		`{"operation":"component_id","prefix":"agent","short":true}`:        `^agent_[0-9a-f]{8}$`,
		`{"operation":"custom","prefix":"a","suffix":"z","timestamp":true}`: `^a_\d{13}_[0-9a-f]{32}_z$`,
		`{"operation":"custom"}`:                                            `^[0-9a-f]{32}$`,
	} {
		seen := map[string]bool{}
		for range 50 {
			res, err := r.Call(t, context.Background(), "uuid-generator", params)
			if err != nil {
				t.Fatalf("%s: %v", params, err)
			}
			m := res.Value.(map[string]any)
			id, _ := m["uuid"].(string)
			if id == "" {
				id, _ = m["id"].(string)
			}
			if !regexp.MustCompile(want).MatchString(id) || seen[id] {
				t.Errorf("%s gave %q; want a new one that matches %s", params, id, want)
			}
			seen[id] = true
		}
	}
}

func TestReplaceIsBounded(t *testing.T) {
	r := tooltest.New(t, Definitions())
	big := strings.Repeat("x", 20_000)
	r.Table(t, "text-manipulator", []tooltest.Want{
		{Params: `{"operation":"replace","input":"` + big + `","from":"x","to":"` + big + `"}`, Err: "longer than 100 MB"},
	})
}
