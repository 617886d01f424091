// Package sanitize takes out of HTML what can do harm: scripts, styles, frames,
// forms, event handlers and addresses that are not of the web or of mail. What
// stays is what people write: text, headings, lists, tables, links, images.
//
// It works on the tokens of golang.org/x/net/html and lets pass what a Policy
// names; nothing that is not named is ever written. Text is always escaped
// anew. It keeps no tables of its own outside a Policy, so that programs that
// sanitise nothing pay nothing.
package sanitize
