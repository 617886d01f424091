package web

import (
	"context"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"

	"github.com/llmspell/llmspell/tools/schema"
	"github.com/llmspell/llmspell/tools/tool"
)

// selectorSpec is one selector as callers write it: css, css@attribute, and
// with [] behind it for all matches.
type selectorSpec struct {
	name      string // "" for the parameter selector
	match     cascadia.Selector
	attribute string
	all       bool
}

func parseSelectors(call *tool.Call) ([]selectorSpec, error) {
	var specs []selectorSpec
	if text, ok := call.Params["selector"].(string); ok {
		s, err := parseSelector("selector", text)
		if err != nil {
			return nil, err
		}
		s.all = true
		specs = append(specs, s)
	}
	wanted := call.Params.Map("selectors")
	if len(wanted) > 100 {
		return nil, &schema.FieldError{Path: "selectors", Expected: "at most 100 selectors", Value: wanted}
	}
	for name, v := range wanted {
		text, _ := v.(string)
		s, err := parseSelector("selectors."+name, text)
		if err != nil {
			return nil, err
		}
		s.name = name
		specs = append(specs, s)
	}
	slices.SortFunc(specs, func(a, b selectorSpec) int { return strings.Compare(a.name, b.name) })
	return specs, nil
}

func parseSelector(field, text string) (selectorSpec, error) {
	var s selectorSpec
	css := strings.TrimSpace(text)
	css, s.all = strings.CutSuffix(css, "[]")
	// An @ inside brackets or quotes belongs to the selector.
	if i := strings.LastIndexByte(css, '@'); i >= 0 && !strings.ContainsAny(css[i:], `]"')`) {
		css, s.attribute = css[:i], strings.ToLower(strings.TrimSpace(css[i+1:]))
		if s.attribute == "" {
			return s, &schema.FieldError{Path: field, Expected: "the name of an attribute after @", Value: text}
		}
	}
	if css = strings.TrimSpace(css); css == "" {
		return s, &schema.FieldError{Path: field, Expected: "a CSS selector such as h2 a", Value: text}
	}
	if len(css) > 4096 {
		return s, &schema.FieldError{Path: field, Expected: "a CSS selector of at most 4096 characters", Value: text}
	}
	m, err := cascadia.Compile(css)
	if err != nil {
		return s, &schema.FieldError{Path: field, Expected: "a CSS selector such as h2 a", Value: text, Help: err.Error()}
	}
	s.match = m
	return s, nil
}

// pick gives what one node stands for: an attribute, or its text.
func (s *selectorSpec) pick(p *page, n *goquery.Selection) (string, bool) {
	switch s.attribute {
	case "":
		return collapse(textOf(n)), true
	case "html":
		html, err := n.Html()
		return html, err == nil
	}
	v, ok := n.Attr(s.attribute)
	if ok && (s.attribute == "href" || s.attribute == "src") {
		v = p.absolute(v)
	}
	return v, ok
}

func (s *scraping) selected(ctx context.Context, specs []selectorSpec) error {
	named := map[string]any{}
	for _, spec := range specs {
		found := []any{}
		for _, n := range s.page.doc.FindMatcher(spec.match).EachIter() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if len(found) == s.max {
				s.truncated = true
				break
			}
			if v, ok := spec.pick(s.page, n); ok {
				found = append(found, v)
			}
			if !spec.all && len(found) > 0 {
				break
			}
		}
		switch {
		case spec.name == "":
			s.value["selected"] = found
		case spec.all:
			named[spec.name] = found
		case len(found) > 0:
			named[spec.name] = found[0]
		default:
			named[spec.name] = nil
		}
		if spec.name != "" {
			s.value["selectors"] = named
		}
	}
	return nil
}
