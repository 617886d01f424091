package utility

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

func jwtDefinition() tool.Definition {
	token := schema.Text("The token: three parts of Base64 joined by dots; Bearer before it is dropped")
	token.MaxLength = schema.Ptr(64 << 10)
	key := &schema.Schema{Types: []schema.Type{schema.String, schema.Object}, MaxLength: schema.Ptr(64 << 10), Description: "The key (verify): the secret for HS256 and its kin; " +
		"for RS, PS, ES and EdDSA the public key or certificate as PEM. Or a JWK, or a set of them of which the token's kid names one, as an object or as JSON. It never appears in a result"}
	const sample = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
	return tool.Definition{Descriptor: &tool.Descriptor{
		Name: "jwt-decode", Aliases: []string{"jwt", "jwt-decoder"}, Category: "utility", Version: "1.0.0", Security: tool.Safe, Tags: []string{"jwt", "token", "jws", "auth", "claims"},
		Description: "Reads JSON Web Tokens, and verifies their signature and claims with a key. Decoding alone proves nothing about a token, and the result says so",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("read the token without any check of its signature, or verify it", "decode", "verify").WithDefault("decode")),
			schema.Required("token", token, "input", "jwt"),
			schema.Optional("key", key, "secret", "public_key", "jwk", "jwks"),
			schema.Optional("key_format", schema.Choice("How a secret is written (verify)", "text", "base64").WithDefault("text")),
			schema.Optional("algorithms", schema.List("The algorithms to accept (verify); the default is those that the kind of key allows. none, a token without a signature, is accepted only when named here", schema.Text("An algorithm such as RS256"))),
			schema.Optional("issuer", schema.Text("What iss must be (verify)")),
			schema.Optional("audience", schema.Text("What aud must name (verify)")),
			schema.Optional("leeway_seconds", schema.Int("How far clocks may differ (verify)", 0, 86400).WithDefault(0))),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Required("header", schema.Map("The header")), schema.Required("payload", schema.Map("The claims")),
			schema.Required("verified", schema.Flag("Whether the signature and the claims were checked and are right")),
			schema.Optional("note", schema.Text("What was not checked")), schema.Optional("error", schema.Text("Why verifying failed (verify)")),
			schema.Optional("algorithm", schema.Text("What the token claims to be signed with")),
			schema.Optional("expired", schema.Flag("Whether exp has passed; missing without exp")), schema.Optional("expires_at", schema.Text("exp as a time")),
			schema.Optional("issued_at", schema.Text("iat as a time")), schema.Optional("not_before", schema.Text("nbf as a time")),
		}},
		Examples: []tool.Example{
			{Description: "Decode", Params: object("token", sample), Want: object("verified", false, "algorithm", "HS256", "issued_at", "2018-01-18T01:30:22Z",
				"payload", object("sub", "1234567890", "name", "John Doe", "iat", 1516239022.0), "note", "the signature was not verified: anybody can write such a token")},
			{Description: "Verify", Params: object("operation", "verify", "token", sample, "key", "your-256-bit-secret"), Want: object("verified", true)},
		},
	}, New: func() (tool.Tool, error) { return &jwtDecoder{now: time.Now}, nil }}
}

// jwtDecoder has a clock so that tests can stop it.
type jwtDecoder struct{ now func() time.Time }

// Run does one operation.
func (d *jwtDecoder) Run(_ context.Context, call *tool.Call) (*tool.Result, error) {
	token := strings.TrimSpace(call.Params.String("token"))
	if len(token) > 7 && strings.EqualFold(token[:7], "bearer ") {
		token = strings.TrimSpace(token[7:])
	}
	wrong := func(problem string) error {
		return &schema.FieldError{Path: "token", Problem: "is no JSON Web Token: " + problem}
	}
	parts := strings.Split(token, ".")
	if len(parts) == 5 {
		return nil, wrong("it is encrypted (JWE), which this tool cannot open")
	}
	if len(parts) != 3 {
		return nil, wrong(fmt.Sprintf("it has %d parts, not 3", len(parts)))
	}
	header, err := jwtPart(parts[0])
	if err != nil {
		return nil, wrong("its header " + err.Error())
	}
	payload, err := jwtPart(parts[1])
	if err != nil {
		return nil, wrong("its payload " + err.Error())
	}
	out := map[string]any{"header": header, "payload": payload, "verified": false}
	alg, _ := header["alg"].(string)
	kid, _ := header["kid"].(string)
	out["algorithm"] = alg
	for claim, name := range map[string]string{"exp": "expires_at", "iat": "issued_at", "nbf": "not_before"} {
		if f, ok := payload[claim].(float64); ok && math.Abs(f) < 1e12 {
			out[name] = time.Unix(int64(f), 0).UTC().Format(time.RFC3339)
			if claim == "exp" {
				out["expired"] = d.now().After(time.Unix(int64(f), 0))
			}
		}
	}
	if call.Operation == "decode" {
		out["note"] = "the signature was not verified: anybody can write such a token"
		return &tool.Result{Value: out, Message: "decoded; the signature was not verified"}, nil
	}
	if err := d.verify(call, token, alg, kid); err != nil {
		var field *schema.FieldError
		if errors.As(err, &field) {
			return nil, err
		}
		out["error"] = err.Error()
		return &tool.Result{Value: out, Message: "the token is not valid"}, nil
	}
	out["verified"] = true
	if alg == "none" {
		out["note"] = "the token has no signature (alg none), which algorithms accepts"
	}
	return &tool.Result{Value: out, Message: "the token is valid"}, nil
}

func jwtPart(part string) (map[string]any, error) {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return nil, errors.New("is no Base64 in the URL-safe alphabet")
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil || m == nil {
		return nil, errors.New("is no JSON object")
	}
	return m, nil
}

func (d *jwtDecoder) verify(call *tool.Call, token, alg, kid string) error {
	p := call.Params
	var accept []string
	list, _ := p["algorithms"].([]any)
	for i, a := range list {
		name, _ := a.(string)
		if jwt.GetSigningMethod(name) == nil {
			return &schema.FieldError{Path: fmt.Sprintf("algorithms[%d]", i+1), Expected: "one of " + strings.Join(jwtAlgorithms(), ", "), Value: a}
		}
		accept = append(accept, name)
	}
	if alg == "none" {
		if !slices.Contains(accept, "none") {
			return errors.New("the token has no signature (alg none)")
		}
	}
	var key any = jwt.UnsafeAllowNoneSignatureType
	if alg != "none" {
		if !p.Has("key") {
			return call.Missing("key")
		}
		var fits []string
		var err error
		if set := jwkOf(p["key"]); set != nil {
			key, fits, err = jwkKey(set, kid, alg)
		} else {
			var text string
			if text, err = call.Need("key"); err == nil {
				key, fits, err = jwtKey(text, p.String("key_format"))
			}
		}
		if err != nil {
			return err
		}
		// A public key must never serve as the secret of an HMAC, so the kind of
		// key decides which algorithms are possible.
		if !slices.Contains(fits, alg) {
			return fmt.Errorf("the token says it is signed with %.20q, which a key of this kind does not check", alg)
		}
		if len(accept) == 0 {
			accept = fits
		}
	}
	options := []jwt.ParserOption{jwt.WithValidMethods(accept), jwt.WithTimeFunc(d.now), jwt.WithLeeway(time.Duration(p.Int("leeway_seconds")) * time.Second), jwt.WithIssuedAt()}
	if v := p.String("issuer"); v != "" {
		options = append(options, jwt.WithIssuer(v))
	}
	if v := p.String("audience"); v != "" {
		options = append(options, jwt.WithAudience(v))
	}
	_, err := jwt.NewParser(options...).Parse(token, func(*jwt.Token) (any, error) { return key, nil })
	return err
}

func jwtAlgorithms() []string {
	return []string{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "none"}
}

// jwtKey reads a key, and tells which algorithms it fits. Errors do not show it.
func jwtKey(text, format string) (any, []string, error) {
	wrong := func(expected string) error {
		return &schema.FieldError{Path: "key", Expected: expected, Found: "something else"}
	}
	all := jwtAlgorithms()
	if !strings.Contains(text, "-----BEGIN") {
		if format == "base64" {
			data, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(strings.TrimSpace(text)))
			if err != nil {
				return nil, nil, wrong("a secret in Base64")
			}
			return data, all[:3], nil
		}
		return []byte(text), all[:3], nil
	}
	block, _ := pem.Decode(bytes.TrimSpace([]byte(text)))
	if block == nil {
		return nil, nil, wrong("a public key or certificate as PEM")
	}
	var key any
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		key, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		key, err = x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		var c *x509.Certificate
		if c, err = x509.ParseCertificate(block.Bytes); err == nil {
			key = c.PublicKey
		}
	default:
		return nil, nil, wrong("a public key or certificate as PEM, not " + strings.ToLower(block.Type))
	}
	if err != nil {
		return nil, nil, wrong("a public key or certificate as PEM")
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() > 8192 {
			return nil, nil, wrong("an RSA key of at most 8192 bits")
		}
		return key, all[3:9], nil
	case *ecdsa.PublicKey:
		return key, all[9:12], nil
	case ed25519.PublicKey:
		return key, all[12:13], nil
	}
	return nil, nil, wrong("a key for RSA, ECDSA or Ed25519")
}
