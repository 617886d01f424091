package sanitize

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// Sanitize returns the HTML without what the policy does not allow. It reads
// any text; what cannot be read as HTML is written as text.
func (p *Policy) Sanitize(markup string) string {
	if strings.TrimSpace(markup) == "" {
		return markup
	}
	w := writer{policy: p}
	for z := html.NewTokenizer(strings.NewReader(markup)); z.Next() != html.ErrorToken; {
		w.token(z.Token())
	}
	return w.out.String()
}

// writer writes what is allowed of one document.
type writer struct {
	policy  *Policy
	out     strings.Builder
	code    bool     // the next text is that of a script or style
	hidden  int      // elements open whose content nobody would see
	dropped []string // elements open whose start was taken out, and whose end must be too
}

func (w *writer) token(t html.Token) {
	switch t.Type {
	case html.TextToken:
		if !w.code {
			w.write(t)
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		w.start(t)
	case html.EndTagToken:
		w.code = false
		w.end(t)
	default: // comments and document types are never written
	}
}

func (w *writer) write(t html.Token) {
	if w.hidden == 0 {
		w.out.WriteString(t.String())
	}
}

func (w *writer) start(t html.Token) {
	w.code = isCode(t.Data)
	e := w.policy.elements[t.Data]
	opens := t.Type == html.StartTagToken
	if e == nil {
		if opens && hides(t.Data) {
			w.hidden++
		}
		return
	}
	t.Attr = attributesOf(t, e)
	switch {
	case len(t.Attr) > 0 || e.bare:
		w.write(t)
	case opens && !isVoid(t.Data):
		w.dropped = append(w.dropped, t.Data)
	}
}

func (w *writer) end(t html.Token) {
	if n := len(w.dropped); n > 0 && w.dropped[n-1] == t.Data {
		w.dropped = w.dropped[:n-1]
		return
	}
	if w.policy.elements[t.Data] != nil {
		w.write(t)
	} else if hides(t.Data) {
		w.hidden = max(0, w.hidden-1)
	}
}

func isCode(name string) bool { return name == "script" || name == "style" }

// hides says whether readers do not see the content of an element. That of
// scripts and styles is one text, which the tokenizer gives as such.
func hides(name string) bool {
	switch name {
	case "frame", "frameset", "iframe", "noembed", "noframes", "noscript", "nostyle", "object", "title":
		return true
	}
	return false
}

// isVoid says that an element of the policy has no end.
func isVoid(name string) bool {
	switch name {
	case "area", "br", "col", "hr", "img", "input", "wbr":
		return true
	}
	return false
}

// attributesOf returns the attributes that may stay, with addresses written
// anew and links marked.
func attributesOf(t html.Token, e *element) []html.Attribute {
	var kept []html.Attribute
	link := false
	for _, a := range t.Attr {
		if a.Namespace != "" || !e.allows(a.Key, a.Val) {
			continue
		}
		if isAddress(t.Data, a.Key) {
			var ok bool
			if a.Val, ok = address(a.Val); !ok {
				continue
			}
			link = link || a.Key == "href"
		}
		kept = append(kept, a)
	}
	if !link {
		return kept
	}
	found := false
	for i := range kept {
		if kept[i].Key == "rel" {
			found = true
			if !strings.Contains(kept[i].Val, "nofollow") {
				kept[i].Val += " nofollow"
			}
		}
	}
	if !found {
		kept = append(kept, html.Attribute{Key: "rel", Val: "nofollow"})
	}
	return kept
}

func isAddress(name, attribute string) bool {
	switch name {
	case "a", "area":
		return attribute == "href"
	case "blockquote", "q", "del", "ins":
		return attribute == "cite"
	}
	return attribute == "src"
}

// address returns an address as it is written out, and whether it may stay: it
// is relative, or of the web or of mail.
func address(text string) (string, bool) {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, " \t\n") {
		return "", false
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "", "http", "https", "mailto":
		text = u.String()
		return text, text != ""
	}
	return "", false
}
