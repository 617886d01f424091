package utility

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

func TestRegexTester(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Table(t, "regex-tester", []tooltest.Want{
		{Params: `{"pattern":"\\bfoo","input":"foo xfoo foo"}`, Field: "count", Value: `2`},
		{Params: `{"pattern":"^a","input":"a\na","flags":"m"}`, Field: "count", Value: `2`},
		{Params: `{"pattern":"^a","input":"aaa"}`, Field: "count", Value: `1`},
		{Params: `{"pattern":"x*","input":"axb"}`, Field: "count", Value: `3`},
		{Params: `{"pattern":"(b)|(c)","input":"äb\nc"}`, Field: "matches", Value: `[{"column":2,"end":2,"groups":["b",null],"line":1,"match":"b","named":{},"start":2},{"column":1,"end":4,"groups":[null,"c"],"line":2,"match":"c","named":{},"start":4}]`},
		{Params: `{"pattern":"a","input":"aaa","limit":2}`, Field: "truncated", Value: `true`},
		{Params: `{"operation":"replace","pattern":"(?P<x>\\w)","input":"ab","replacement":"${x}$x$1$$-"}`, Field: "result", Value: `"aaa$-bbb$-"`},
		{Params: `{"operation":"replace","pattern":"(?<x>\\w)","input":"ab","replacement":"${x}$1$$-$","flavor":"pcre"}`, Field: "result", Value: `"aa$-$bb$-$"`},
		{Params: `{"operation":"replace","pattern":"b","input":"abab","limit":1}`, Field: "result", Value: `"aab"`},
		{Params: `{"operation":"split","pattern":"","input":"abc"}`, Field: "parts", Value: `["a","b","c"]`},
		{Params: `{"operation":"test","pattern":"(\\w)\\1","input":"hello","flavor":"pcre"}`, Field: "matched", Value: `true`},
		{Params: `{"pattern":"(?<=ä).","input":"äb","flavor":"pcre"}`, Field: "count", Value: `1`},
		{Params: `{"operation":"validate","pattern":"(?P<a>x)(y)"}`, Field: "group_names", Value: `["a",""]`},
		{Params: `{"operation":"validate","pattern":"(?=x)"}`, Field: "error", Value: `"invalid or unsupported Perl syntax: (?=; RE2 has no (?=: set flavor to pcre"`},
		{Params: `{"operation":"validate","pattern":"(","flavor":"pcre"}`, Field: "valid", Value: `false`},

		{Params: `{"input":"x"}`, Err: `"pattern" is missing`}, {Params: `{"pattern":"x"}`, Err: `"input" is missing`}, {Params: `{"pattern":"(","input":"x"}`, Err: "is no regular expression"},
		{Params: `{"pattern":"x","input":5}`, Err: `"input" is wrong`}, {Params: `{"pattern":"x","input":"x","flags":"q"}`, Err: `"flags" is wrong`}, {Params: `{"pattern":"x","input":"x","flags":"x"}`, Err: `"flags" is wrong`},
		{Params: `{"pattern":"x","input":"x","flavor":"awk"}`, Err: `"flavor" is wrong`}, {Params: `{"pattern":"x","input":"x","limit":0}`, Err: `"limit" is wrong`}, {Params: `{"pattern":"x","input":"x","operation":"frob"}`, Err: `"operation" is wrong`},
		{Params: `{"pattern":"x","input":"x","replacement":1}`, Err: `"replacement" is wrong`},
		{Params: `{"pattern":"(a+)+$","input":"` + strings.Repeat("a", 60) + `!","flavor":"pcre"}`, Err: "backtracks too much", Code: tool.LimitExceeded},
		{Params: `{"pattern":"(a{1,100}){1,10}b","input":"` + strings.Repeat("a", 200_000) + `"}`, Err: "too complex", Code: tool.LimitExceeded},
		{Params: `{"pattern":"x","input":"` + strings.Repeat("a", 1<<20+1) + `"}`, Err: "at most 1024 KB", Code: tool.LimitExceeded},
		{Params: `{"operation":"replace","pattern":"x","limit":100000,"input":"` + strings.Repeat("x", 50_000) + `","replacement":"` + strings.Repeat("y", 1000) + `"}`, Err: "larger than 16 MB", Code: tool.LimitExceeded},
	})
	cancelled(t, r, "regex-tester", `{"pattern":"x","input":"xx"}`)
}

// cancelled checks that a tool does not work for a call that is over.
func cancelled(t *testing.T, r *tooltest.Runner, name, params string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Call(t, ctx, name, params); err == nil || err.Code != tool.Cancelled {
		t.Errorf("%s after cancellation: %v", name, err)
	}
}

func TestSemver(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Table(t, "semver", []tooltest.Want{
		{Params: `{"version":"x"}`, Field: "valid", Value: `false`},
		{Params: `{"operation":"compare","version":"1.0.0-rc.1","other":"1.0.0"}`, Field: "relation", Value: `"older"`},
		{Params: `{"operation":"compare","version":"1.0.0+a","other":"1.0.0+b"}`, Field: "comparison", Value: `0`},
		{Params: `{"operation":"satisfies","version":"2.0.0","range":"~1.2"}`, Field: "satisfies", Value: `false`},
		{Params: `{"operation":"satisfies","version":"1.3.0-rc.1","range":"^1.2"}`, Field: "satisfies", Value: `false`},
		{Params: `{"operation":"bump","version":"1.2.3","part":"major"}`, Field: "version", Value: `"2.0.0"`},
		{Params: `{"operation":"bump","version":"2.0.0-rc.1","part":"major"}`, Field: "version", Value: `"2.0.0"`}, {Params: `{"operation":"bump","version":"1.1.0-rc.1","part":"major"}`, Field: "version", Value: `"2.0.0"`},
		{Params: `{"operation":"bump","version":"1.2.0-rc.1","part":"minor"}`, Field: "version", Value: `"1.2.0"`}, {Params: `{"operation":"bump","version":"1.2.3-rc.1","part":"minor"}`, Field: "version", Value: `"1.3.0"`},
		{Params: `{"operation":"bump","version":"1.2.3"}`, Field: "version", Value: `"1.2.4"`},
		{Params: `{"operation":"bump","version":"1.2.3","part":"prerelease"}`, Field: "version", Value: `"1.2.4-rc.1"`},
		{Params: `{"operation":"bump","version":"1.2.4-rc.9","part":"prerelease"}`, Field: "version", Value: `"1.2.4-rc.10"`},
		{Params: `{"operation":"bump","version":"1.2.4-beta.2","part":"prerelease","identifier":"rc"}`, Field: "version", Value: `"1.2.4-rc.1"`},
		{Params: `{"operation":"sort","versions":["1.0.0","2.0.0"],"descending":true}`, Field: "versions", Value: `["2.0.0","1.0.0"]`},
		{Params: `{"operation":"max_satisfying","versions":["1.0.0"],"range":">2"}`, Field: "version", Value: `null`},
		{Params: `{"operation":"frob"}`, Err: `"operation" is wrong`}, {Params: `{}`, Err: `"version" is missing`}, {Params: `{"version":5}`, Err: `"version" is wrong`}, {Params: `{"operation":"bump","version":"x"}`, Err: `"version" is wrong`},
		{Params: `{"operation":"compare","version":"1.0.0"}`, Err: `"other" is missing`}, {Params: `{"operation":"compare","version":"1.0.0","other":"x"}`, Err: `"other" is wrong`}, {Params: `{"operation":"satisfies","version":"1.0.0"}`, Err: `"range" is missing`},
		{Params: `{"operation":"satisfies","version":"1.0.0","range":"!!"}`, Err: `"range" is wrong`}, {Params: `{"operation":"sort"}`, Err: `"versions" is missing`}, {Params: `{"operation":"sort","versions":["x"]}`, Err: `"versions[1]" is wrong`},
		{Params: `{"operation":"bump","version":"1.0.0","part":"x"}`, Err: `"part" is wrong`}, {Params: `{"operation":"bump","version":"1.0.0","part":"prerelease","identifier":"a b"}`, Err: `"identifier" is wrong`}, {Params: `{"operation":"sort","versions":[],"descending":1}`, Err: `"descending" is wrong`},
	})
	cancelled(t, r, "semver", `{"operation":"sort","versions":["1.0.0"]}`)
}

func TestCIDR(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Table(t, "cidr-calculator", []tooltest.Want{
		{Params: `{"network":"10.1.2.3/255.255.0.0"}`, Field: "network", Value: `"10.1.0.0/16"`}, {Params: `{"network":"0.0.0.0/0"}`, Field: "addresses", Value: `"4294967296"`}, {Params: `{"network":"::/0"}`, Field: "hosts_count", Value: `"340282366920938463463374607431768211456"`},
		{Params: `{"network":"192.0.2.0/31"}`, Field: "first_host", Value: `"192.0.2.0"`}, {Params: `{"network":"::1"}`, Field: "loopback", Value: `true`}, {Params: `{"network":"10.0.0.1"}`, Field: "private", Value: `true`}, {Params: `{"network":"10.0.0.0/12"}`, Field: "wildcard", Value: `"0.15.255.255"`},
		{Params: `{"operation":"contains","network":"10.0.0.0/24","other":"10.0.0.0/16"}`, Field: "contains", Value: `false`}, {Params: `{"operation":"contains","network":"10.0.0.0/8","other":"::1"}`, Field: "contains", Value: `false`},
		{Params: `{"operation":"overlaps","network":"10.0.0.0/24","other":"10.0.0.0/16"}`, Field: "overlaps", Value: `true`}, {Params: `{"operation":"split","network":"10.0.0.0/24","count":3}`, Field: "total", Value: `"4"`},
		{Params: `{"operation":"split","network":"::/0","prefix":128,"limit":1}`, Field: "truncated", Value: `true`}, {Params: `{"operation":"split","network":"255.255.255.0/24","prefix":25}`, Field: "networks", Value: `["255.255.255.0/25","255.255.255.128/25"]`},
		{Params: `{"operation":"hosts","network":"10.0.0.0/8","limit":2}`, Field: "total", Value: `"16777214"`}, {Params: `{"operation":"hosts","network":"255.255.255.255/32"}`, Field: "hosts", Value: `["255.255.255.255"]`},
		{Params: `{"operation":"aggregate","networks":["10.0.0.0/25","10.0.0.128/26","10.0.0.192/26","::/1","8000::/1"]}`, Field: "networks", Value: `["10.0.0.0/24","::/0"]`}, {Params: `{"operation":"aggregate","networks":["10.0.1.0/24","10.0.2.0/24"]}`, Field: "networks", Value: `["10.0.1.0/24","10.0.2.0/24"]`},
		{Params: `{}`, Err: `"network" is missing`}, {Params: `{"network":"x"}`, Err: `"network" is wrong`}, {Params: `{"network":"10.0.0.0/33"}`, Err: `"network" is wrong`}, {Params: `{"network":"10.0.0.0/255.0.255.0"}`, Err: `"network" is wrong`}, {Params: `{"network":"fe80::1%eth0"}`, Err: `"network" is wrong`},
		{Params: `{"network":"10.0.0.0/ffff::"}`, Err: `"network" is wrong`}, {Params: `{"operation":"contains","network":"::1"}`, Err: `"other" is missing`}, {Params: `{"operation":"contains","network":"::1","other":"x"}`, Err: `"other" is wrong`}, {Params: `{"operation":"split","network":"::1"}`, Err: `needs one of prefix, count`},
		{Params: `{"operation":"split","network":"10.0.0.0/24","prefix":8}`, Err: `"prefix" is wrong`}, {Params: `{"operation":"split","network":"10.0.0.0/24","count":0}`, Err: `"count" is wrong`}, {Params: `{"operation":"hosts","network":"::1","limit":0}`, Err: `"limit" is wrong`},
		{Params: `{"operation":"aggregate"}`, Err: `"networks" is missing`}, {Params: `{"operation":"aggregate","networks":["x"]}`, Err: `"networks[1]" is wrong`}, {Params: `{"operation":"x"}`, Err: `"operation" is wrong`},
	})
}

func TestCron(t *testing.T) {
	r := tooltest.New(t, Definitions())
	next := func(x, from, zone string) string {
		return fmt.Sprintf(`{"expression":%q,"from":%q,"timezone":%q,"count":2}`, x, from, zone)
	}
	r.Table(t, "cron-next", []tooltest.Want{
		{Params: next("*/20 * * * *", "2024-01-01T00:50:00Z", "UTC"), Field: "times", Value: `["2024-01-01T01:00:00Z","2024-01-01T01:20:00Z"]`}, {Params: next("*/30 * * * * *", "2024-01-01T00:00:00Z", "UTC"), Field: "times", Value: `["2024-01-01T00:00:30Z","2024-01-01T00:01:00Z"]`},
		{Params: next("0 0 29 2 *", "2097-01-01", "UTC"), Field: "times", Value: `["2104-02-29T00:00:00Z","2108-02-29T00:00:00Z"]`}, {Params: next("0 0 13 * FRI", "2024-09-01", "UTC"), Field: "times", Value: `["2024-09-06T00:00:00Z","2024-09-13T00:00:00Z"]`},
		{Params: next("0 0 L * *", "2024-02-01", "UTC"), Field: "times", Value: `["2024-02-29T00:00:00Z","2024-03-31T00:00:00Z"]`}, {Params: next("0 0 * * 1#2", "2024-02-01", "UTC"), Field: "times", Value: `["2024-02-12T00:00:00Z","2024-03-11T00:00:00Z"]`}, {Params: next("0 0 * * 5L", "2024-02-01", "UTC"), Field: "times", Value: `["2024-02-23T00:00:00Z","2024-03-29T00:00:00Z"]`},
		{Params: next("30 2 * * *", "2024-03-30T12:00:00+01:00", "Europe/Berlin"), Field: "times", Value: `["2024-04-01T02:30:00+02:00","2024-04-02T02:30:00+02:00"]`}, {Params: next("@weekly", "2024-01-01", "UTC"), Field: "next", Value: `"2024-01-07T00:00:00Z"`}, {Params: next("0 0 * * 7", "2024-01-01", "UTC"), Field: "next", Value: `"2024-01-07T00:00:00Z"`},
		{Params: `{"operation":"previous","expression":"0 12 * * *","from":"2024-01-01T12:00:00Z","count":1}`, Field: "times", Value: `["2023-12-31T12:00:00Z"]`}, {Params: `{"operation":"describe","expression":"0 9,17 1-5 jan,jul ?"}`, Field: "description", Value: `"at minute 0, during hours 9 and 17, on days 1 through 5 of the month, in January and July"`},
		{Params: `{"operation":"describe","expression":"* * * * *"}`, Field: "description", Value: `"every minute"`},
		{Params: `{}`, Err: `"expression" is missing`}, {Params: `{"expression":"* * *"}`, Err: "it has 3 fields, not 5 or 6"}, {Params: `{"expression":"60 * * * *"}`, Err: "is no minute; values are 0 to 59"}, {Params: `{"expression":"*/0 * * * *"}`, Err: "has a step"}, {Params: `{"expression":"5-1 * * * *"}`, Err: "runs backwards"},
		{Params: `{"expression":"TZ=x"}`, Err: "1 fields"}, {Params: `{"expression":"@often"}`, Err: "@often is not known"}, {Params: `{"expression":"* * * * 1#9"}`, Err: "is no day of the week"}, {Params: `{"expression":"* * * * xL"}`, Err: "is no day of the week"}, {Params: `{"expression":"0 0 31 2 *","from":"2024-01-01"}`, Err: "at no time within forty years"},
		{Params: `{"expression":"* * * * *","count":0}`, Err: `"count" is wrong`}, {Params: `{"expression":"* * * * *","timezone":"Mars"}`, Err: `"timezone"`}, {Params: `{"expression":"* * * * *","from":"soon"}`, Err: `"from" is wrong`}, {Params: `{"expression":"* * * * *","operation":"x"}`, Err: `"operation" is wrong`},
	})
	cancelled(t, r, "cron-next", `{"expression":"* * * * *"}`)
}

func TestJWT(t *testing.T) {
	r := tooltest.New(t, Definitions())
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public := func(key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	sign := func(m jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		s, err := jwt.NewWithClaims(m, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	secret := []byte("very-secret-key")
	claims := jwt.MapClaims{"iss": "me", "aud": "you", "exp": time.Now().Add(time.Hour).Unix()}
	hs, none := sign(jwt.SigningMethodHS256, secret, claims), sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, claims)
	old := sign(jwt.SigningMethodHS256, secret, jwt.MapClaims{"exp": 1000})
	confused := sign(jwt.SigningMethodHS256, []byte(public(&rsaKey.PublicKey)), claims) // a public key as the secret
	for _, tc := range []struct {
		token, key, more string
		ok               bool
		err              string
	}{
		{hs, string(secret), `"issuer":"me","audience":"you"`, true, ""}, {hs, "dmVyeS1zZWNyZXQta2V5", `"key_format":"base64"`, true, ""}, {sign(jwt.SigningMethodRS256, rsaKey, claims), public(&rsaKey.PublicKey), "", true, ""},
		{sign(jwt.SigningMethodPS384, rsaKey, claims), public(&rsaKey.PublicKey), "", true, ""}, {sign(jwt.SigningMethodES256, ecKey, claims), public(&ecKey.PublicKey), "", true, ""}, {sign(jwt.SigningMethodEdDSA, edKey, claims), public(edPublic), "", true, ""},
		{none, "x", `"algorithms":["none"]`, true, ""}, {none, "x", "", false, "no signature (alg none)"}, {hs, "wrong", "", false, "signature is invalid"}, {hs[:len(hs)-3] + "AAA", string(secret), "", false, "signature is invalid"}, {old, string(secret), "", false, "expired"},
		{hs, string(secret), `"issuer":"other"`, false, "issuer"}, {hs, string(secret), `"audience":"other"`, false, "audience"}, {confused, public(&rsaKey.PublicKey), "", false, "a key of this kind does not check"}, {hs, string(secret), `"algorithms":["HS512"]`, false, "signing method"},
	} {
		key, _ := json.Marshal(tc.key)
		more := tc.more
		if more != "" {
			more = "," + more
		}
		res, terr := r.Call(t, context.Background(), "jwt-decode", fmt.Sprintf(`{"operation":"verify","token":%q,"key":%s%s}`, tc.token, key, more))
		if terr != nil {
			t.Errorf("%s: %v", tc.err, terr)
			continue
		}
		m := res.Value.(map[string]any)
		text, _ := m["error"].(string)
		if m["verified"] != tc.ok || !strings.Contains(text, tc.err) || strings.Contains(fmt.Sprint(m), string(secret)) {
			t.Errorf("verified %v, %q; want %v, %q", m["verified"], text, tc.ok, tc.err)
		}
	}
	r.Table(t, "jwt-decode", []tooltest.Want{
		{Params: fmt.Sprintf(`{"token":"Bearer %s"}`, old), Field: "expired", Value: `true`}, {Params: fmt.Sprintf(`{"token":%q}`, none), Field: "algorithm", Value: `"none"`},
		{Params: `{}`, Err: `"token" is missing`}, {Params: `{"token":"a.b"}`, Err: "it has 2 parts"}, {Params: `{"token":"a.b.c.d.e"}`, Err: "is encrypted (JWE)"}, {Params: `{"token":"!.b.c"}`, Err: "its header is no Base64"}, {Params: `{"token":"e30.YQ.c"}`, Err: "its payload is no JSON object"},
		{Params: fmt.Sprintf(`{"operation":"verify","token":%q}`, hs), Err: `"key" is missing`}, {Params: fmt.Sprintf(`{"operation":"verify","token":%q,"key":"-----BEGIN SECRET"}`, hs), Err: `"key" is wrong: expected a public key or certificate as PEM, got something else`},
		{Params: fmt.Sprintf(`{"operation":"verify","token":%q,"key":"*","key_format":"base64"}`, hs), Err: `"key" is wrong`}, {Params: fmt.Sprintf(`{"operation":"verify","token":%q,"key":"x","algorithms":["ROT13"]}`, hs), Err: `"algorithms[1]" is wrong`},
		{Params: `{"token":"x","operation":"x"}`, Err: `"operation" is wrong`}, {Params: `{"token":"x","leeway_seconds":-1}`, Err: `"leeway_seconds" is wrong`}, {Params: `{"token":"x","key_format":"x"}`, Err: `"key_format" is wrong`}, {Params: `{"token":"x","issuer":1}`, Err: `"issuer" is wrong`}, {Params: `{"token":"x","audience":1}`, Err: `"audience" is wrong`},
	})
}

func TestColorsTextsAndPasswords(t *testing.T) {
	r := tooltest.New(t, Definitions())
	r.Table(t, "color-converter", []tooltest.Want{
		{Params: `{"color":"#18f"}`, Field: "hex", Value: `"#1188ff"`}, {Params: `{"color":"#1188ffff"}`, Field: "hex", Value: `"#1188ff"`}, {Params: `{"color":"#18f8"}`, Err: `transparency is not supported`},
		{Params: `{"color":"hsv(210, 88.2%, 100%)"}`, Field: "hex", Value: `"#1e8fff"`}, {Params: `{"color":"hsv(0 0 50)"}`, Field: "hex", Value: `"#808080"`}, {Params: `{"color":"cmyk(88.2%, 43.5%, 0%, 0%)"}`, Field: "hex", Value: `"#1e90ff"`}, {Params: `{"color":"cmyk(0,0,0,101)"}`, Err: `"color" is wrong`},
		{Params: `{"color":"rgb(100%, 50%, 0%)"}`, Field: "hex", Value: `"#ff8000"`}, {Params: `{"color":"RebeccaPurple"}`, Field: "hex", Value: `"#663399"`}, {Params: `{"color":"hsl(10, 50, 50)"}`, Err: `"color" is wrong`}, {Params: `{"color":"hsl(210, 100%, 50%)"}`, Field: "hex", Value: `"#0080ff"`}, {Params: `{"color":"RGB(1 2 3)"}`, Field: "rgb", Value: `{"b":3,"g":2,"r":1}`}, {Params: `{"color":"black"}`, Field: "cmyk", Value: `{"c":0,"k":100,"m":0,"y":0}`},
		{Params: `{"operation":"contrast","color":"black","other":"white"}`, Field: "ratio", Value: `21`}, {Params: `{}`, Err: `"color" is missing`}, {Params: `{"color":"#12"}`, Err: `"color" is wrong`}, {Params: `{"color":"rgb(300,0,0)"}`, Err: `"color" is wrong`}, {Params: `{"color":"hsl(NaN,0%,0%)"}`, Err: `"color" is wrong`},
		{Params: `{"operation":"mix","color":"red"}`, Err: `"other" is missing`}, {Params: `{"operation":"mix","color":"red","other":"x"}`, Err: `"other" is wrong`}, {Params: `{"color":"red","amount":2}`, Err: `"amount" is wrong`}, {Params: `{"color":"red","operation":"x"}`, Err: `"operation" is wrong`},
	})
	r.Table(t, "text-statistics", []tooltest.Want{
		{Params: `{"input":""}`, Field: "words", Value: `0`}, {Params: `{"input":"Don't stop"}`, Field: "words", Value: `2`}, {Params: `{"input":"ä b"}`, Field: "bytes", Value: `4`}, {Params: `{"input":"a b a the","ignore_words":["THE"],"top":5}`, Field: "frequency", Value: `[{"count":2,"share":0.5,"word":"a"},{"count":1,"share":0.25,"word":"b"}]`},
		{Params: `{"input":"a bb","min_length":2}`, Field: "frequency", Value: `[{"count":1,"share":0.5,"word":"bb"}]`}, {Params: `{"input":"one. two... three?"}`, Field: "sentences", Value: `3`}, {Params: `{"input":"a b","words_per_minute":1}`, Field: "reading_minutes", Value: `2`},
		{Params: `{}`, Err: `"input" is missing`}, {Params: `{"input":"x","top":-1}`, Err: `"top" is wrong`}, {Params: `{"input":"x","min_length":0}`, Err: `"min_length" is wrong`}, {Params: `{"input":"x","words_per_minute":0}`, Err: `"words_per_minute" is wrong`}, {Params: `{"input":"x","ignore_words":[1]}`, Err: `"ignore_words[1]" is wrong`},
	})
	cancelled(t, r, "text-statistics", `{"input":"`+strings.Repeat("x", 70_000)+`"}`)
	r.Table(t, "string-similarity", []tooltest.Want{
		{Params: `{"input":"ca","other":"abc"}`, Field: "levenshtein", Value: `3`}, {Params: `{"input":"ab","other":"ba"}`, Field: "damerau", Value: `1`}, {Params: `{"input":"ca","other":"abc"}`, Field: "damerau", Value: `2`}, {Params: `{"input":"MARTHA","other":"MARHTA"}`, Field: "jaro_winkler", Value: `0.9611`}, {Params: `{"input":"night","other":"nacht"}`, Field: "dice", Value: `0.25`},
		{Params: `{"input":"A","other":"a","ignore_case":true}`, Field: "equal", Value: `true`}, {Params: `{"input":"","other":""}`, Field: "similarity", Value: `1`}, {Params: `{"input":"","other":"x"}`, Field: "jaro_winkler", Value: `0`}, {Params: `{"operation":"best_match","input":"ab","candidates":["xy","ab"],"method":"levenshtein","limit":1}`, Field: "matches", Value: `[{"index":2,"score":1,"text":"ab"}]`},
		{Params: `{"operation":"best_match","input":"ab","candidates":["xy","abc"],"method":"dice"}`, Field: "best", Value: `"abc"`}, {Params: `{}`, Err: `"input" is missing`}, {Params: `{"input":"x"}`, Err: `"other" is missing`}, {Params: `{"input":"x","other":1}`, Err: `"other" is wrong`}, {Params: `{"operation":"best_match","input":"x"}`, Err: `"candidates" is missing`},
		{Params: `{"input":"x","method":"x"}`, Err: `"method" is wrong`}, {Params: `{"input":"x","limit":0}`, Err: `"limit" is wrong`}, {Params: `{"input":"x","ignore_case":1}`, Err: `"ignore_case" is wrong`}, {Params: `{"input":"x","operation":"x"}`, Err: `"operation" is wrong`}, {Params: `{"input":"x","candidates":[1]}`, Err: `"candidates[1]" is wrong`},
	})
	cancelled(t, r, "string-similarity", `{"input":"x","other":"y"}`)
	seen := map[any]bool{}
	for range 50 {
		res, err := r.Call(t, context.Background(), "password-generator", `{"length":12,"exclude_similar":true}`)
		if err != nil {
			t.Fatal(err)
		}
		v := res.Value.(map[string]any)["value"].(string)
		if seen[v] || len(v) != 12 || strings.ContainsAny(v, "0Oo1lI") || !strings.ContainsAny(v, "23456789") || !strings.ContainsAny(v, "!@#$%^&*-_=+") {
			t.Errorf("the password %q", v)
		}
		seen[v] = true
	}
	r.Table(t, "password-generator", []tooltest.Want{
		{Params: `{"operation":"pin"}`, Field: "length", Value: `6`}, {Params: `{"operation":"token"}`, Field: "entropy_bits", Value: `128`}, {Params: `{"length":3}`, Err: `"length" is wrong`}, {Params: `{"count":0}`, Err: `"count" is wrong`}, {Params: `{"operation":"x"}`, Err: `"operation" is wrong`},
		{Params: `{"lowercase":false,"uppercase":false,"digits":false,"symbols":false}`, Err: "leave one of them on"}, {Params: `{"lowercase":1}`, Err: `"lowercase" is wrong`}, {Params: `{"uppercase":1}`, Err: `"uppercase" is wrong`}, {Params: `{"digits":1}`, Err: `"digits" is wrong`}, {Params: `{"symbols":1}`, Err: `"symbols" is wrong`}, {Params: `{"exclude_similar":1}`, Err: `"exclude_similar" is wrong`},
	})
	cancelled(t, r, "password-generator", `{}`)
}

func TestCitationFormatter(t *testing.T) {
	r := tooltest.New(t, Definitions())
	const two = `"input":"@book{b, author={Bee, Ann}, title={T}, publisher={P}, year=2001} @book{a, author={Ay, Bo}, title={U}, publisher={P}, year=2000}"`
	r.Table(t, "citation-formatter", []tooltest.Want{
		{Params: `{` + two + `}`, Field: "formatted", Value: `"Ay, B. (2000). U. P.\nBee, A. (2001). T. P."`}, {Params: `{` + two + `,"style":"IEEE"}`, Field: "formatted", Value: `"[1] A. Bee, T. P, 2001.\n[2] B. Ay, U. P, 2000."`}, {Params: `{` + two + `,"cite_keys":["b"],"style":"mla"}`, Field: "count", Value: `1`},
		{Params: `{"operation":"validate_bibliography",` + two + `}`, Field: "valid", Value: `true`}, {Params: `{"operation":"list_styles"}`, Field: "count", Value: `7`}, {Params: `{}`, Err: `"input" is missing`}, {Params: `{"input":5}`, Err: `"input" is wrong`}, {Params: `{"input":"hello: 5"}`, Err: "is no mapping"}, {Params: `{"input":"@book{"}`, Err: "is no BibTeX"},
		{Params: `{"input":"nothing","format":"bibtex"}`, Err: "holds no entries"}, {Params: `{` + two + `,"style":"turabian"}`, Err: `"style" is wrong`}, {Params: `{` + two + `,"format":"ris"}`, Err: `"format" is wrong`}, {Params: `{` + two + `,"cite_keys":["c"]}`, Err: `names "c", which is not in the bibliography`}, {Params: `{` + two + `,"cite_keys":"b"}`, Err: `"cite_keys" is wrong`}, {Params: `{"operation":"x"}`, Err: `"operation" is wrong`},
	})
	cancelled(t, r, "citation-formatter", `{`+two+`}`)
}
