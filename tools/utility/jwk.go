package utility

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/llmspell/llmspell/tools/schema"
)

// jwkOf returns the JSON Web Key, or set of them, that a parameter is; nil when
// it is something else. A secret may begin with a brace, so the text must be an
// object that says it is a key.
func jwkOf(given any) map[string]any {
	m, ok := given.(map[string]any)
	if ok {
		return m
	}
	text, _ := given.(string)
	if !strings.HasPrefix(strings.TrimSpace(text), "{") || json.Unmarshal([]byte(text), &m) != nil {
		return nil
	}
	if m["kty"] == nil && m["keys"] == nil {
		return nil
	}
	return m
}

// jwkKey reads a key (RFC 7517), and tells which algorithms it fits. Of a set it
// takes the one of that id, or the only one that fits. Errors do not show it.
func jwkKey(m map[string]any, kid, alg string) (any, []string, error) {
	keys, isSet := m["keys"].([]any)
	if !isSet {
		return jwkOne(m)
	}
	var found map[string]any
	n := 0
	for _, k := range keys {
		one, _ := k.(map[string]any)
		if id, _ := one["kid"].(string); kid != "" && id != kid {
			continue
		}
		if _, fits, err := jwkOne(one); err == nil && slices.Contains(fits, alg) {
			found = one
			n++
		}
	}
	if n != 1 {
		return nil, nil, &schema.FieldError{Path: "key", Problem: fmt.Sprintf("has %d keys that fit the token's kid and algorithm; pass a set with one, or the key", n)}
	}
	return jwkOne(found)
}

func jwkOne(m map[string]any) (any, []string, error) {
	wrong := func(problem string) (any, []string, error) {
		return nil, nil, &schema.FieldError{Path: "key", Problem: "is no JWK that can verify: " + problem}
	}
	part := func(name string) []byte {
		text, _ := m[name].(string)
		data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
		if err != nil {
			return nil
		}
		return data
	}
	if use, _ := m["use"].(string); use != "" && use != "sig" {
		return wrong("its use is not sig")
	}
	all := jwtAlgorithms()
	var key any
	var fits []string
	kind, _ := m["kty"].(string)
	curve, _ := m["crv"].(string)
	switch kind {
	case "oct":
		secret := part("k")
		if len(secret) == 0 {
			return wrong("k is missing, or is no Base64 in the URL-safe alphabet")
		}
		key, fits = secret, all[:3]
	case "RSA":
		n, e := new(big.Int).SetBytes(part("n")), new(big.Int).SetBytes(part("e"))
		if n.BitLen() < 512 || n.BitLen() > 8192 || !e.IsInt64() || e.Int64() < 3 || e.Int64() > 1<<31-1 {
			return wrong("n and e must be the modulus, of 512 to 8192 bits, and the exponent, in Base64 in the URL-safe alphabet")
		}
		key, fits = &rsa.PublicKey{N: n, E: int(e.Int64())}, all[3:9]
	case "EC":
		at, ok := map[string]struct {
			curve elliptic.Curve
			alg   string
		}{"P-256": {elliptic.P256(), "ES256"}, "P-384": {elliptic.P384(), "ES384"}, "P-521": {elliptic.P521(), "ES512"}}[curve]
		if !ok {
			return wrong("its crv must be P-256, P-384 or P-521")
		}
		x, y, size := part("x"), part("y"), (at.curve.Params().BitSize+7)/8
		if len(x) != size || len(y) != size {
			return wrong("x and y must be its point, in Base64 in the URL-safe alphabet")
		}
		public, err := ecdsa.ParseUncompressedPublicKey(at.curve, slices.Concat([]byte{4}, x, y))
		if err != nil {
			return wrong("its point is not on the curve")
		}
		key, fits = public, []string{at.alg}
	case "OKP":
		x := part("x")
		if curve != "Ed25519" || len(x) != ed25519.PublicKeySize {
			return wrong("its crv must be Ed25519, and x 32 bytes in Base64 in the URL-safe alphabet")
		}
		key, fits = ed25519.PublicKey(x), all[12:13]
	default:
		return wrong("its kty must be oct, RSA, EC or OKP")
	}
	if alg, _ := m["alg"].(string); alg != "" {
		if !slices.Contains(fits, alg) {
			return wrong("its alg does not fit its kty")
		}
		fits = []string{alg}
	}
	return key, fits, nil
}
