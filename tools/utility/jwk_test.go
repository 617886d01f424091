package utility

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
)

func TestJWK(t *testing.T) {
	r := tooltest.New(t, Definitions())
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := ecKey.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	oct := map[string]any{"kty": "oct", "k": b64([]byte("very-secret-key")), "kid": "o"}
	rs := map[string]any{"kty": "RSA", "n": b64(rsaKey.N.Bytes()), "e": b64(big.NewInt(int64(rsaKey.E)).Bytes()), "kid": "r", "use": "sig"}
	ec := map[string]any{"kty": "EC", "crv": "P-384", "x": b64(point[1:49]), "y": b64(point[49:]), "alg": "ES384"}
	ed := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": b64(edPublic)}
	set := map[string]any{"keys": []any{oct, rs, ec, map[string]any{"kty": "odd"}}}
	sign := func(m jwt.SigningMethod, key any, kid string) string {
		token := jwt.NewWithClaims(m, jwt.MapClaims{"iss": "me"})
		if kid != "" {
			token.Header["kid"] = kid
		}
		s, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	hs, rsa256 := sign(jwt.SigningMethodHS256, []byte("very-secret-key"), ""), sign(jwt.SigningMethodRS256, rsaKey, "r")
	text := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	without := func(m map[string]any, name string, value any) map[string]any {
		out := map[string]any{}
		for k, v := range m {
			out[k] = v
		}
		out[name] = value
		return out
	}
	for _, tc := range []struct {
		token string
		key   any
		err   string // "" when it verifies
	}{
		{hs, oct, ""}, {hs, text(oct), ""}, {rsa256, rs, ""}, {rsa256, " " + text(rs), ""}, {sign(jwt.SigningMethodES384, ecKey, ""), ec, ""}, {sign(jwt.SigningMethodEdDSA, edKey, ""), ed, ""},
		{rsa256, set, ""}, {rsa256, text(set), ""}, {hs, set, ""}, {sign(jwt.SigningMethodRS256, rsaKey, "other"), set, "has 0 keys that fit"},
		{rsa256, without(rs, "alg", "RS512"), "a key of this kind does not check"}, {rsa256, without(rs, "alg", "ES256"), "its alg does not fit"}, {rsa256, without(rs, "use", "enc"), "its use is not sig"},
		{rsa256, without(rs, "n", "AQAB"), "n and e"}, {rsa256, without(rs, "e", "AQ"), "n and e"}, {hs, without(oct, "k", "!"), "k is missing"}, {hs, map[string]any{}, "its kty must be"},
		{hs, without(ec, "y", ec["x"]), "not on the curve"}, {hs, without(ec, "crv", "P-1"), "its crv"}, {hs, without(ed, "x", "AA"), "x 32 bytes"}, {hs, rs, "a key of this kind does not check"},
		{sign(jwt.SigningMethodHS256, []byte(`{"a":1}`), ""), `{"a":1}`, ""}, // a secret that happens to be JSON
	} {
		res, terr := r.Call(t, context.Background(), "jwt-decode", text(map[string]any{"operation": "verify", "token": tc.token, "key": tc.key}))
		got := ""
		if terr != nil {
			got = terr.Message
		} else if m := res.Value.(map[string]any); m["verified"] != true {
			got, _ = m["error"].(string)
		}
		if (got == "") != (tc.err == "") || !strings.Contains(got, tc.err) || strings.Contains(got, oct["k"].(string)) {
			t.Errorf("%v: got %q, want %q", tc.key, got, tc.err)
		}
	}
}
