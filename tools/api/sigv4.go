package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// awsCredentials sign requests to Amazon's services.
type awsCredentials struct {
	key, secret, token string // token is empty for long-lived keys
	region, service    string
}

// signV4 adds the headers of AWS Signature Version 4. The headers that are set
// already are signed too, and must not change afterwards.
func signV4(c awsCredentials, method string, u *url.URL, header http.Header, body []byte, now time.Time) {
	stamp := now.UTC().Format("20060102T150405Z")
	header.Set("X-Amz-Date", stamp)
	if c.token != "" {
		header.Set("X-Amz-Security-Token", c.token)
	}
	names, canonical := signedHeaders(u, header)
	digest := sha256.Sum256(body)
	request := strings.Join([]string{method, canonicalPath(u), canonicalQuery(u), canonical, names, hex.EncodeToString(digest[:])}, "\n")
	hashed := sha256.Sum256([]byte(request))
	scope := strings.Join([]string{stamp[:8], c.region, c.service, "aws4_request"}, "/")
	text := strings.Join([]string{"AWS4-HMAC-SHA256", stamp, scope, hex.EncodeToString(hashed[:])}, "\n")
	key := []byte("AWS4" + c.secret)
	for _, part := range []string{stamp[:8], c.region, c.service, "aws4_request"} {
		key = sign(key, part)
	}
	header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s", c.key, scope, names, hex.EncodeToString(sign(key, text))))
}

func signedHeaders(u *url.URL, header http.Header) (names, canonical string) {
	lines := map[string]string{"host": u.Host}
	for name, values := range header {
		clean := make([]string, len(values))
		for i, v := range values {
			clean[i] = strings.Join(strings.Fields(v), " ")
		}
		lines[strings.ToLower(name)] = strings.Join(clean, ",")
	}
	list := make([]string, 0, len(lines))
	for name := range lines {
		list = append(list, name)
	}
	slices.Sort(list)
	for _, name := range list {
		canonical += name + ":" + lines[name] + "\n"
	}
	return strings.Join(list, ";"), canonical
}

// canonicalPath encodes each part of the path twice, as all services but S3 want it.
func canonicalPath(u *url.URL) string {
	path := u.EscapedPath()
	if path == "" {
		return "/"
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = awsEscape(p)
	}
	return strings.Join(parts, "/")
}

func canonicalQuery(u *url.URL) string {
	var pairs []string
	for name, values := range u.Query() {
		for _, v := range values {
			pairs = append(pairs, awsEscape(name)+"="+awsEscape(v))
		}
	}
	slices.Sort(pairs)
	return strings.Join(pairs, "&")
}

// awsEscape leaves only the unreserved characters of RFC 3986.
func awsEscape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}
