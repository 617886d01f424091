package web

import (
	"errors"
	"net/url"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// duckduckgo has no programming interface for results: this reads the page that
// it serves to browsers without JavaScript. It refuses robots that ask often.
var duckduckgo = &provider{
	name: "duckduckgo", url: "https://html.duckduckgo.com", kinds: []string{"web"},
	request: func(q *searchQuery, base string) fetchOptions {
		return fetchOptions{url: withQuery(base+"/html/", "q", q.text, "kp", choose(q.safe, "1", "-2"), "kl", region(q.language)), accept: "text/html"}
	},
	read: func(_ *searchQuery, f *fetched) (*answer, error) {
		p, err := parsePage(f.text(), f.url, f.status)
		if err != nil {
			return nil, err
		}
		if f.status == 202 || p.doc.Find("#challenge-form, .anomaly-modal__title").Length() > 0 {
			return nil, errors.New("it asks to prove that we are no robot; wait a while, or configure a service with a key")
		}
		a := &answer{}
		for _, n := range p.doc.Find(".result").EachIter() {
			if n.HasClass("result--ad") {
				continue
			}
			link := n.Find("a.result__a").First()
			a.hits = append(a.hits, hit{title: collapse(link.Text()), url: unwrapLink(p, link), snippet: collapse(n.Find(".result__snippet").First().Text())})
		}
		if len(a.hits) == 0 && p.doc.Find(".no-results, #links, .serp__results").Length() == 0 {
			return nil, errors.New("it is not the page of results that is known; the service may have changed")
		}
		return a, nil
	},
}

// unwrapLink finds the address behind the service's own redirect.
func unwrapLink(p *page, link *goquery.Selection) string {
	u, err := url.Parse(p.absolute(link.AttrOr("href", "")))
	if err != nil {
		return ""
	}
	if target := u.Query().Get("uddg"); target != "" && u.Path == "/l/" {
		return target
	}
	return u.String()
}

// region makes of a language the name that the service has for it, roughly.
func region(language string) string {
	switch language = strings.ToLower(language); language {
	case "":
		return ""
	case "en":
		return "us-en"
	case "zh":
		return "cn-zh"
	case "ja":
		return "jp-jp"
	case "ko":
		return "kr-kr"
	case "sv":
		return "se-sv"
	case "da":
		return "dk-da"
	}
	return language[:2] + "-" + language[:2]
}

// stripTags takes the emphasis out of a service's text.
func stripTags(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	p, err := parsePage(s, nil, 0)
	if err != nil {
		return s
	}
	return collapse(textOf(p.doc.Find("body")))
}
