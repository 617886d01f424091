package chunk

import (
	"strings"
	"testing"
)

// What a reader does not see is in no chunk, and what follows it is.
func TestHidden(t *testing.T) {
	for page, want := range map[string]string{
		`a<div hidden>x<div>y</div>z</div>b`:                                       "a b",
		`a<p hidden>x<p>b`:                                                         "a b",
		`a<p hidden>x<b>y</b><h2>b</h2>`:                                           "a b",
		`<ul><li>a<li hidden>x<ul><li>y</ul>z<li>b</ul>c`:                          "a b c",
		`<ul><li>a<li hidden>x</ul>b`:                                              "a b",
		`<table><tr><td>a<td style="display:none">x<td>b<tr hidden><td>y</table>c`: "a b c",
		`a<span aria-hidden="true">x</span>b<i aria-hidden=false>c</i>`:            "ab c",
		`a<span style="color:red; DISPLAY : none !important">x</span>b`:            "ab",
		`a<span style="display:block">b</span>`:                                    "ab",
		`a<span style="visibility: hidden">x<span>y</span></span>b`:                "ab",
		`a<script>"</div>x"</script>b<style>p{}</style>c`:                          "ab c",
		`a<noscript><p>x</p></noscript><template><p>y</template>b`:                 "ab",
		`a<br hidden>b<input type=hidden value=x><img hidden alt=x>c`:              "a b c",
		`<title>t</title><dialog>x</dialog><dialog open>a</dialog>`:                "a",
		`<h1>a</h1><div hidden><h2>x</h2></div><p>b`:                               "a b",
		`a<div hidden>x`:                              "a",
		`<dl><dt>a<dd hidden>x<dt>b</dl>`:             "a b",
		`a<select><option hidden>x<option>b</select>`: "ab",
		`<div aria-hidden=true>x</div>`:               "",
	} {
		got := strings.Join(strings.Fields(strings.Join(texts(split(t, page, Options{Strategy: HTML})), " ")), " ")
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if squeeze(got) != squeeze(want) || strings.Join(strings.Fields(Visible(page)), "") != squeeze(want) {
			t.Errorf("%s: seen is %q and %q, not %q", page, got, Visible(page), want)
		}
		for _, c := range split(t, page, Options{Strategy: HTML}) {
			if strings.Contains(strings.Join(c.Headings, " "), "x") {
				t.Errorf("%s: a hidden heading leads to a chunk: %q", page, c.Headings)
			}
		}
	}
}
