package document

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/antchfx/xmlquery"
	"github.com/antchfx/xpath"
	"golang.org/x/net/html/charset"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

const (
	maxXML        = 8 << 20  // bytes
	maxXMLTags    = 500_000  // of one document
	maxXMLDepth   = 500      // elements within each other
	maxXPath      = 4_096    // characters
	maxXMLOutput  = 16 << 20 // bytes of one result
	maxXMLResults = 10_000
)

func xmlDefinition() tool.Definition {
	expression := schema.Text("The XPath 1.0 expression: //book[@lang='en']/title, count(//book), //a/@href (query)")
	expression.MaxLength = schema.Ptr(maxXPath)
	sample := `<shop><book lang="en"><title>Go</title><price>30</price></book><book lang="de"><title>Lua</title><price>25</price></book></shop>`
	return tool.Static(&tool.Descriptor{
		Name: "xml-query", Aliases: []string{"xml-processor", "xpath"}, Category: "document", Version: "1.0.0", Security: tool.Restricted,
		Tags: []string{"xml", "xpath", "query", "json"}, Needs: []tool.Need{tool.Files}, Timeout: 30 * time.Second,
		Description: "Queries XML of 8 MB at most with XPath, turns it into values, and checks that it is well-formed. Entities of a DTD are not expanded, and nothing outside of the document is read",
		Parameters: schema.Map("",
			schema.Optional("operation", schema.Choice("query with XPath; to_json: the document as a value; validate: whether it is well-formed", "query", "to_json", "validate").WithDefault("query").
				WithAliases(map[string]string{"xpath": "query", "select": "query", "parse": "to_json", "convert": "to_json", "check": "validate"})),
			schema.Optional("input", schema.Text("The XML"), "xml", "data"),
			schema.Optional("path", schema.Text("A file to read instead of input"), "file", "input_file"),
			schema.Optional("query", expression, "xpath", "expression"),
			schema.Optional("namespaces", &schema.Schema{Types: []schema.Type{schema.Object}, Description: "The prefixes that query uses: {prefix: address}", Additional: schema.Text("")}),
			schema.Optional("output", schema.Choice("What to give of each node that is found: its text, its XML, or its value as to_json does (query)", "text", "xml", "json").WithDefault("text")),
			schema.Optional("max_results", schema.Int("Nodes at most (query)", 1, maxXMLResults).WithDefault(1000), "limit")),
		Result: &schema.Schema{Types: []schema.Type{schema.Object}, Properties: []schema.Property{
			schema.Optional("results", schema.List("The nodes found, in order: {type: element|attribute|text|comment|document, name, value, attributes?} with value as output says (query)", &schema.Schema{})),
			schema.Optional("count", schema.Num("How many there are")),
			schema.Optional("truncated", schema.Flag("Whether max_results left some out")),
			schema.Optional("value", &schema.Schema{Description: "What an expression gives that finds no nodes: a number, text or boolean (query). Or the document: {name of the root: value}, where an element with text alone is that text, " +
				`and any other an object with "@name" for attributes, "#text" for text, and an array where a name repeats (to_json)`}),
			schema.Optional("valid", schema.Flag("Whether the XML is well-formed (validate)")),
			schema.Optional("error", schema.Text("What is wrong with it (validate)")),
			schema.Optional("root", schema.Text("The name of the root element (validate)")),
			schema.Optional("elements", schema.Num("How many elements there are (validate)")),
		}},
		Examples: []tool.Example{
			{Description: "Find elements", Params: map[string]any{"operation": "query", "input": sample, "query": "//book[price<28]/title"},
				Want: map[string]any{"count": 1, "results": []any{map[string]any{"type": "element", "name": "title", "value": "Lua"}}}},
			{Description: "Compute a value", Params: map[string]any{"input": sample, "query": "sum(//price)"}, Want: map[string]any{"value": 55}},
			{Description: "As a value", Params: map[string]any{"operation": "to_json", "input": `<a x="1"><b>c</b><b/></a>`},
				Want: map[string]any{"value": map[string]any{"a": map[string]any{"@x": "1", "b": []any{"c", ""}}}}},
			{Description: "Check", Params: map[string]any{"operation": "validate", "input": "<a><b></a>"}, Want: map[string]any{"valid": false}},
		},
	}, queryXML)
}

func queryXML(ctx context.Context, call *tool.Call) (res *tool.Result, err error) {
	defer guard("the XML", &err)
	text, err := readSource(ctx, call, maxXML)
	if err != nil {
		return nil, err
	}
	var expr *xpath.Expr
	if call.Operation == "query" { // checked before a large document is parsed
		if expr, err = compileXPath(call); err != nil {
			return nil, err
		}
	}
	root, elements, err := parseXML(ctx, text)
	if call.Operation == "validate" {
		if err != nil && ours(err) {
			return nil, err
		}
		value := map[string]any{"valid": err == nil}
		if err != nil {
			value["error"] = err.Error()
		} else {
			value["root"], value["elements"] = elementName(rootElement(root)), elements
		}
		return tool.Value(value), nil
	}
	if err != nil {
		if ours(err) {
			return nil, err
		}
		field := "input"
		if !call.Params.Has("input") {
			field = "path"
		}
		return nil, &schema.FieldError{Path: field, Problem: "is not well-formed XML: " + err.Error()}
	}
	if call.Operation == "to_json" {
		top := rootElement(root)
		return tool.Value(map[string]any{"value": map[string]any{elementName(top): xmlValue(top)}}), nil
	}
	return runXPath(ctx, call, expr, root)
}

// parseXML reads a document and counts its elements. Its size, tags and depth
// are bounded before anything walks it by calling itself.
func parseXML(ctx context.Context, text string) (*xmlquery.Node, int, error) {
	if strings.Count(text, "<") > 2*maxXMLTags {
		return nil, 0, tool.Errorf(tool.LimitExceeded, "the XML has more than %d tags", 2*maxXMLTags)
	}
	text, err := toUTF8(text)
	if err != nil {
		return nil, 0, err
	}
	root, err := xmlquery.ParseWithOptions(tool.Reader(ctx, strings.NewReader(text)), xmlquery.ParserOptions{
		Decoder: &xmlquery.DecoderOptions{Strict: true, CharsetReader: charset.NewReaderLabel}})
	if e := ctx.Err(); e != nil {
		return nil, 0, e
	}
	if err != nil {
		return nil, 0, errors.New(strings.TrimPrefix(err.Error(), "XML "))
	}
	elements, depth := 0, 0
	for n := root; n != nil; {
		if n.Type == xmlquery.ElementNode {
			elements++
		}
		if n.FirstChild != nil {
			n = n.FirstChild
			if depth++; depth > maxXMLDepth {
				return nil, 0, tool.Errorf(tool.LimitExceeded, "the XML is nested more than %d deep", maxXMLDepth)
			}
			continue
		}
		for n != nil && n.NextSibling == nil {
			n = n.Parent
			depth--
		}
		if n != nil {
			n = n.NextSibling
		}
	}
	if rootElement(root) == nil {
		return nil, 0, errors.New("there is no root element")
	}
	return root, elements, nil
}

// toUTF8 converts a document whose byte order mark or declaration names another
// encoding, and makes the declaration say so: the parser would convert it too,
// but then loses the prefixes of names.
func toUTF8(text string) (string, error) {
	label := ""
	switch {
	case strings.HasPrefix(text, "\xff\xfe"):
		label, text = "utf-16le", text[2:]
	case strings.HasPrefix(text, "\xfe\xff"):
		label, text = "utf-16be", text[2:]
	default:
		text = strings.TrimPrefix(text, "\ufeff")
		if _, _, label = declared(text); label == "" || strings.EqualFold(label, "utf-8") || strings.EqualFold(label, "us-ascii") {
			return text, nil
		}
	}
	r, err := charset.NewReaderLabel(label, strings.NewReader(text))
	if err != nil {
		return "", fmt.Errorf("the encoding %q is not known", label)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	text = string(data)
	if from, to, old := declared(text); old != "" {
		text = text[:from] + "UTF-8" + text[to:]
	}
	return text, nil
}

// declared tells where a document's declaration names its encoding, and which.
func declared(text string) (from, to int, label string) {
	end := strings.Index(text[:min(len(text), 1024)], "?>")
	if end < 0 || !strings.HasPrefix(text, "<?xml") {
		return 0, 0, ""
	}
	if from = strings.Index(text[:end], "encoding"); from < 0 {
		return 0, 0, ""
	}
	from += strings.IndexAny(text[from:end], `"'`) + 1
	if n := strings.IndexAny(text[from:end], `"'`); n > 0 {
		return from, from + n, text[from : from+n]
	}
	return 0, 0, ""
}

func rootElement(doc *xmlquery.Node) *xmlquery.Node {
	for n := doc.FirstChild; n != nil; n = n.NextSibling {
		if n.Type == xmlquery.ElementNode {
			return n
		}
	}
	return nil
}

func elementName(n *xmlquery.Node) string {
	if n.Prefix != "" {
		return n.Prefix + ":" + n.Data
	}
	return n.Data
}

func compileXPath(call *tool.Call) (expr *xpath.Expr, err error) {
	query, err := call.Need("query")
	if err != nil {
		return nil, err
	}
	wrong := func(why any) error {
		return &schema.FieldError{Path: "query", Problem: fmt.Sprintf("is not an XPath expression: %.300v", why)}
	}
	defer func() {
		if v := recover(); v != nil { // the library panics on some
			expr, err = nil, wrong(v)
		}
	}()
	if strings.Count(query, "(") > 100 || strings.Count(query, "[") > 100 {
		return nil, wrong("it has more than 100 brackets")
	}
	namespaces := map[string]string{}
	for prefix, address := range call.Params.Map("namespaces") {
		namespaces[prefix], _ = address.(string)
	}
	if expr, err = xpath.CompileWithNS(query, namespaces); err != nil {
		return nil, wrong(err)
	}
	return expr, nil
}

func runXPath(ctx context.Context, call *tool.Call, expr *xpath.Expr, root *xmlquery.Node) (res *tool.Result, err error) {
	w := &walk{ctx: ctx}
	defer func() {
		if v := recover(); v != nil {
			if stop, ok := v.(stopped); ok {
				res, err = nil, stop.error
				return
			}
			res, err = nil, &schema.FieldError{Path: "query", Problem: fmt.Sprintf("cannot be evaluated: %.300v", v)}
		}
	}()
	switch v := expr.Evaluate(&navigator{xmlquery.CreateXPathNavigator(root), w}).(type) {
	case *xpath.NodeIterator:
		return collectXML(call, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) { // which JSON cannot say
			return tool.Value(map[string]any{"value": fmt.Sprint(v)}), nil
		}
		return tool.Value(map[string]any{"value": v}), nil
	default:
		return tool.Value(map[string]any{"value": v}), nil
	}
}

func collectXML(call *tool.Call, found *xpath.NodeIterator) (*tool.Result, error) {
	limit, size := call.Params.Int("max_results"), 0
	results, truncated := []any{}, false
	for found.MoveNext() {
		if len(results) == limit {
			truncated = true
			break
		}
		nav := found.Current().(*navigator)
		item, n := describeXML(nav, call.Params.String("output"))
		if size += n; size > maxXMLOutput {
			return nil, tool.Errorf(tool.LimitExceeded, "the results are larger than %d MB; pass a narrower query", maxXMLOutput>>20)
		}
		results = append(results, item)
	}
	return tool.Value(map[string]any{"results": results, "count": len(results), "truncated": truncated}), nil
}

// describeXML returns what is said of a node, and about how large that is.
func describeXML(nav *navigator, output string) (map[string]any, int) {
	item := map[string]any{"value": nav.Value()}
	name := nav.LocalName()
	if p := nav.Prefix(); p != "" {
		name = p + ":" + name
	}
	n := nav.Current()
	switch nav.NodeType() {
	case xpath.ElementNode:
		item["type"], item["name"] = "element", name
		switch output {
		case "xml":
			item["value"] = n.OutputXML(true)
		case "json":
			item["value"] = xmlValue(n)
		}
		if len(n.Attr) > 0 {
			attributes := map[string]any{}
			for _, a := range n.Attr {
				attributes[attributeName(a)] = a.Value
			}
			item["attributes"] = attributes
		}
		return item, 200 + len(nav.Value())*2
	case xpath.AttributeNode:
		item["type"], item["name"] = "attribute", name
	case xpath.CommentNode:
		item["type"] = "comment"
	case xpath.TextNode:
		item["type"] = "text"
	default:
		item["type"] = "document"
	}
	return item, 200 + len(nav.Value())
}

func attributeName(a xmlquery.Attr) string {
	if a.Name.Space != "" {
		return a.Name.Space + ":" + a.Name.Local
	}
	return a.Name.Local
}

// xmlValue turns an element into a value. The depth is bounded.
func xmlValue(n *xmlquery.Node) any {
	var text strings.Builder
	out := map[string]any{}
	for _, a := range n.Attr {
		out["@"+attributeName(a)] = a.Value
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case xmlquery.TextNode, xmlquery.CharDataNode:
			text.WriteString(c.Data)
		case xmlquery.ElementNode:
			name, value := elementName(c), xmlValue(c)
			switch before := out[name].(type) {
			case nil:
				out[name] = value
			case []any:
				out[name] = append(before, value)
			default:
				out[name] = []any{before, value}
			}
		}
	}
	if len(out) == 0 {
		return text.String()
	}
	if s := strings.TrimSpace(text.String()); s != "" {
		out["#text"] = s
	}
	return out
}
