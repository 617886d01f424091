package api

import (
	"encoding/base64"
	"strings"

	"github.com/llmspell/llmspell/internal/httpx"
	"github.com/llmspell/llmspell/tools/schema"
)

// answerProperties describe what answer returns.
func answerProperties() []schema.Property {
	return []schema.Property{
		schema.Required("status", schema.Int("The status code", 100, 999)),
		schema.Required("status_text", schema.Text("What the server says about it, such as Not Found")),
		schema.Required("ok", schema.Flag("Whether the status is 200 to 299")),
		schema.Required("headers", schema.Map("The headers: names in lower case, several values joined by commas (of set-cookie a list when there are several)")),
		schema.Optional("body", schema.Text("The body, decompressed and decoded to UTF-8, or in base64 when it is no text")),
		schema.Optional("body_encoding", schema.Choice("How body is written", "text", "base64")),
		schema.Optional("json", &schema.Schema{Description: "The decoded body, when it is JSON"}),
		schema.Required("size", schema.Int("Bytes of the body, decompressed", 0, 1<<53)),
		schema.Required("url", schema.Text("Where the answer came from, after redirects, with credentials hidden")),
		schema.Required("redirects", schema.List("The redirects that were followed: {status, url}", nil)),
		schema.Required("duration_ms", schema.Num("How long it took, with redirects and retries")),
	}
}

// answer writes a response as a result. The text is "" when the body is not text.
func answer(resp *httpx.Response, format string) (value map[string]any, text string) {
	value = map[string]any{
		"status": resp.Status, "status_text": resp.StatusText, "ok": resp.Status >= 200 && resp.Status < 300, "headers": httpx.HeaderMap(resp.Header),
		"size": resp.Size, "url": httpx.Redact(resp.URL), "redirects": resp.HopList(),
		"duration_ms": float64(resp.Timings.Total.Microseconds()) / 1000,
	}
	if resp.Truncated {
		value["truncated"] = true
	}
	if resp.Body == nil {
		return value, ""
	}
	plain, err := "", error(nil)
	isText := format == "text" || format != "base64" && resp.IsText()
	if isText {
		if plain, err = resp.Text(); err != nil {
			isText = false
		}
	}
	if !isText {
		value["body"], value["body_encoding"] = base64.StdEncoding.EncodeToString(resp.Body), "base64"
		return value, ""
	}
	value["body"], value["body_encoding"] = plain, "text"
	begins := strings.TrimLeft(plain, " \t\r\n")
	if format == "json" || resp.IsJSON() || resp.MediaType() == "" && begins != "" && (begins[0] == '{' || begins[0] == '[') {
		if v, err := resp.JSON(); err == nil {
			value["json"] = v
		}
	}
	return value, plain
}
