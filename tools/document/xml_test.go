package document

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/llmspell/llmspell/tools/internal/tooltest"
	"github.com/llmspell/llmspell/tools/tool"
)

const shop = `<?xml version="1.0"?><!-- c --><shop xmlns:x="urn:x"><book id="1" x:k="v"><title>Go &amp; more</title><price>30</price></book><x:book><title>Lua</title><price>25</price></x:book><![CDATA[raw <]]></shop>`

func TestXML(t *testing.T) {
	r := runner(t, map[string]string{"shop.xml": shop, "latin.xml": "<?xml version='1.0' encoding='ISO-8859-1'?><a>caf\xe9</a>"})
	r.Table(t, "xml-query", []tooltest.Want{
		{Params: params("input", shop, "query", "//title"), Field: "results", Value: `[{"name":"title","type":"element","value":"Go \u0026 more"},{"name":"title","type":"element","value":"Lua"}]`},
		{Params: params("path", "shop.xml", "query", "/shop/book/@*"), Field: "results", Value: `[{"name":"id","type":"attribute","value":"1"},{"name":"x:k","type":"attribute","value":"v"}]`},
		{Params: params("input", shop, "query", "//y:book/title/text()", "namespaces", map[string]any{"y": "urn:x"}), Field: "results", Value: `[{"type":"text","value":"Lua"}]`},
		{Params: params("input", shop, "query", "//book[1]", "output", "xml"), Field: "count", Value: `1`},
		{Params: params("input", `<a><b c="d"><e/>t</b></a>`, "query", "//b", "output", "xml"), Field: "results", Value: `[{"attributes":{"c":"d"},"name":"b","type":"element","value":"\u003cb c=\"d\"\u003e\u003ce\u003e\u003c/e\u003et\u003c/b\u003e"}]`},
		{Params: params("input", `<a><b c="d"><e/>t</b></a>`, "query", "//b", "output", "json"), Field: "results", Value: `[{"attributes":{"c":"d"},"name":"b","type":"element","value":{"#text":"t","@c":"d","e":""}}]`},
		{Params: params("input", shop, "query", "//price", "max_results", 1), Field: "truncated", Value: `true`},
		{Params: params("input", shop, "query", "//comment()"), Field: "results", Value: `[{"type":"comment","value":" c "}]`},
		{Params: params("input", shop, "query", "sum(//price)"), Field: "value", Value: `55`},
		{Params: params("input", shop, "query", "string(//title)"), Field: "value", Value: `"Go \u0026 more"`},
		{Params: params("input", shop, "query", "count(//book) > 5"), Field: "value", Value: `false`},
		{Params: params("input", shop, "query", "number('x')"), Field: "value", Value: `"NaN"`},
		{Params: params("input", shop, "query", "//none"), Field: "results", Value: `[]`},
		{Params: params("operation", "to_json", "input", shop), Field: "value",
			Value: `{"shop":{"#text":"raw \u003c","@xmlns:x":"urn:x","book":{"@id":"1","@x:k":"v","price":"30","title":"Go \u0026 more"},"x:book":{"price":"25","title":"Lua"}}}`},
		{Params: params("operation", "to_json", "input", "<a>x<b/>y<b>1</b><b>2</b></a>"), Field: "value", Value: `{"a":{"#text":"xy","b":["","1","2"]}}`},
		{Params: params("operation", "to_json", "path", "latin.xml"), Field: "value", Value: `{"a":"café"}`},
		{Params: params("operation", "validate", "input", shop), Field: "elements", Value: `7`},
		{Params: params("operation", "validate", "input", "<a></b>"), Field: "valid", Value: `false`},
		{Params: params("operation", "validate", "input", ""), Field: "valid", Value: `false`},
	})
}

func TestXMLRefusals(t *testing.T) {
	r := runner(t, map[string]string{"bad.xml": "<a>"})
	wide := "<r>" + strings.Repeat("<a><b/></a>", 20_000) + "</r>"
	r.Table(t, "xml-query", []tooltest.Want{
		{Params: `{"query":"//a"}`, Err: `"input" is missing`, Code: tool.InvalidParameters},
		{Params: params("input", "<a/>"), Err: `"query" is missing`, Code: tool.InvalidParameters},
		{Params: params("input", 5, "query", "//a"), Err: `"input" is wrong`},
		{Params: params("path", 5, "query", "//a"), Err: `"path" is wrong`},
		{Params: params("input", "<a/>", "operation", "burn"), Err: `"operation" is wrong`},
		{Params: params("input", "<a/>", "query", "//a["), Err: `"query" is not an XPath`, Code: tool.InvalidParameters},
		{Params: params("input", "<a/>", "query", "f:g()"), Err: `"query"`, Code: tool.InvalidParameters},
		{Params: params("input", "<a/>", "query", "//z:a"), Err: `"query"`, Code: tool.InvalidParameters},
		{Params: params("input", "<a/>", "query", strings.Repeat("(", 200)), Err: "100 brackets"},
		{Params: params("input", "<a/>", "query", strings.Repeat("/", 5000)), Err: `"query" is wrong`},
		{Params: params("input", "<a/>", "query", "//a", "namespaces", map[string]any{"x": 1}), Err: `"namespaces.x" is wrong`},
		{Params: params("input", "<a/>", "query", "//a", "output", "yaml"), Err: `"output" is wrong`},
		{Params: params("input", "<a/>", "query", "//a", "max_results", 0), Err: `"max_results" is wrong`},
		{Params: params("input", "<a>", "query", "//a"), Err: `"input" is not well-formed`, Code: tool.InvalidParameters},
		{Params: params("path", "bad.xml", "query", "//a"), Err: `"path" is not well-formed`},
		{Params: params("input", `<!DOCTYPE a [<!ENTITY e "x"><!ENTITY f "&e;&e;">]><a>&f;</a>`, "query", "//a"), Err: "invalid character entity"},
		{Params: params("input", `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>`, "query", "//a"), Err: "invalid character entity"},
		{Params: params("input", strings.Repeat("<a>", 600)+strings.Repeat("</a>", 600), "query", "//a"), Err: "500 deep", Code: tool.LimitExceeded},
		{Params: params("input", strings.Repeat("<a/>", 2*maxXMLTags+1), "query", "//a"), Err: "tags", Code: tool.LimitExceeded},
		{Params: params("input", strings.Repeat(" ", maxXML+1), "query", "//a"), Err: "8 MB", Code: tool.LimitExceeded},
		{Params: params("input", wide, "query", "//a[//b[not(//c)]/x]"), Err: "steps", Code: tool.LimitExceeded},
		{Params: params("path", "none.xml", "query", "//a"), Err: "no such file", Code: tool.ResourceNotFound},
		{Params: params("path", "secret", "query", "//a"), Err: "through a link", Code: tool.PermissionDenied},
		{Params: params("path", "/etc/passwd", "query", "//a"), Err: "outside the allowed", Code: tool.PermissionDenied},
	})
}

func TestXMLCancelled(t *testing.T) {
	r := runner(t, nil)
	wide := "<r>" + strings.Repeat("<a><b/></a>", 20_000) + "</r>"
	if _, err := r.Call(t, newCountdown(1000), "xml-query", params("input", wide, "query", "//a[//b[not(//c)]/x]")); err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("evaluation: %v", err)
	}
	if _, err := r.Call(t, newCountdown(3), "xml-query", params("input", wide, "query", "//a")); err == nil || !errors.Is(err, context.Canceled) {
		t.Errorf("parsing: %v", err)
	}
}

func FuzzXML(f *testing.F) {
	f.Add(shop, "//title")
	f.Add("<a b='c'>&lt;</a>", "count(//*[@b]) + string-length(name(/*))")
	r := runner(f, nil)
	f.Fuzz(func(t *testing.T, text, query string) {
		if len(text)+len(query) > 5_000 || query == "" {
			return
		}
		for _, output := range []string{"xml", "json"} {
			r.Call(t, context.Background(), "xml-query", params("input", text, "query", query, "output", output))
		}
	})
}

// Prefixes survive every encoding that a document may be in.
func TestXMLEncodings(t *testing.T) {
	const body = `<r xmlns="urn:d" xmlns:p="urn:p"><p:a>é</p:a><a>2</a></r>`
	latin := strings.ReplaceAll(body, "é", "\xe9")
	var wide strings.Builder
	for _, c := range utf16.Encode([]rune(`<?xml version="1.0" encoding="UTF-16"?>` + body)) {
		wide.WriteString(string([]byte{byte(c), byte(c >> 8)}))
	}
	r := runner(t, map[string]string{
		"latin.xml": `<?xml version='1.0' encoding='ISO-8859-1'?>` + latin, "wide.xml": "\xff\xfe" + wide.String(), "bom.xml": "\ufeff" + body,
		"plain.xml": `<?xml version="1.0" encoding="utf-8"?>` + body, "odd.xml": `<?xml version="1.0" encoding="klingon"?>` + body, "open.xml": `<?xml encoding="`,
	})
	for _, name := range []string{"latin.xml", "wide.xml", "bom.xml", "plain.xml"} {
		r.Table(t, "xml-query", []tooltest.Want{
			{Params: `{"operation":"to_json","path":"` + name + `"}`, Field: "value", Value: `{"r":{"@xmlns":"urn:d","@xmlns:p":"urn:p","a":"2","p:a":"é"}}`}})
	}
	r.Table(t, "xml-query", []tooltest.Want{
		{Params: `{"operation":"to_json","path":"odd.xml"}`, Err: `the encoding "klingon" is not known`},
		{Params: `{"operation":"to_json","path":"open.xml"}`, Err: "is not well-formed XML"},
	})
}
