package sanitize

import (
	"strings"
)

// Check says whether an attribute may have a value.
type Check func(value string) bool

// Policy is what may stay. It does not change once it is used, and may then be
// used by several goroutines.
type Policy struct {
	elements map[string]*element
}

// element is what an element may have.
type element struct {
	attributes map[string]Check // beside those that all elements may have
	bare       bool             // it may stand without any attribute
}

// New returns the policy for what users write: no classes, no styles, no forms,
// and rel="nofollow" on links.
func New() *Policy {
	p := &Policy{elements: map[string]*element{}}
	for name := range strings.FieldsSeq(`abbr acronym article aside b bdi blockquote br caption cite code col colgroup dd del details dfn div dl dt em
		figcaption figure h1 h2 h3 h4 h5 h6 hgroup hr i ins li mark ol p pre q rp rt ruby s samp section small span strike
		strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr`) {
		p.elements[name] = &element{bare: true}
	}
	for _, a := range attributes() {
		for name := range strings.FieldsSeq(a.elements) {
			for attribute := range strings.FieldsSeq(a.names) {
				p.Allow(name, attribute, a.check)
			}
		}
	}
	return p
}

// Allow lets an element have an attribute, if check says so of its value. An
// element that had no place in the policy gets one, but only with an attribute
// that is allowed.
func (p *Policy) Allow(name, attribute string, check Check) {
	e := p.elements[name]
	if e == nil {
		e = &element{}
		p.elements[name] = e
	}
	if e.attributes == nil {
		e.attributes = map[string]Check{}
	}
	e.attributes[attribute] = check
}

// allows says whether an attribute may stay on an element, addresses apart.
func (e *element) allows(attribute, value string) bool {
	if check, ok := e.attributes[attribute]; ok && check(value) {
		return true
	}
	switch attribute { // those that all elements may have
	case "dir":
		return direction(value)
	case "lang":
		return letterPair(value)
	case "id":
		return strings.ContainsFunc(value, isIDRune)
	case "title":
		return paragraph(value)
	}
	return false
}

type rule struct {
	elements, names string
	check           Check
}

func attributes() []rule {
	align := OneOf("center", "justify", "left", "right", "char")
	valign := OneOf("baseline", "bottom", "middle", "top")
	cells := "tbody tfoot thead tr td th col colgroup"
	list := OneOf("circle", "disc", "square", "a", "i", "1")
	return []rule{
		{"a area", "href", anything},
		{"blockquote q", "cite", anything},
		{"del ins", "cite", paragraph},
		{"img", "src", anything},
		{"img", "align", OneOf("left", "right", "top", "texttop", "middle", "absmiddle", "baseline", "bottom", "absbottom")},
		{"img area", "alt", paragraph},
		{"img table td th col colgroup", "height width", numberOrPercent},
		{"img", "usemap", func(s string) bool { return strings.HasPrefix(s, "#") && word(s[1:]) }},
		{"map", "name", word},
		{"area", "coords", coordinates},
		{"area", "rel", tokens},
		{"area", "shape", OneOf("default", "circle", "rect", "poly")},
		{"details", "open", OneOf("", "open")},
		{"time del ins", "datetime", dateTime},
		{"bdi bdo", "dir", direction},
		{"ol ul li", "type", list},
		{"li", "value", integer},
		{"table", "summary", paragraph},
		{cells, "align", align},
		{cells, "valign", valign},
		{"col colgroup", "span", integer},
		{"td th", "abbr", paragraph},
		{"td th", "colspan rowspan", integer},
		{"td th", "headers", tokens},
		{"td th", "scope", OneOf("row", "col", "rowgroup", "colgroup")},
		{"td th", "nowrap", OneOf("", "nowrap")},
		{"meter", "value min max low high optimum", number},
		{"progress", "value max", number},
	}
}
