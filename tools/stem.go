package tools

import (
	"strings"
	"unicode"
)

// words splits text at everything but letters and digits, in lower case, and
// leaves out words that say nothing about a tool.
func words(text string) []string {
	list := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	kept := list[:0]
	for _, w := range list {
		if !noise(w) {
			kept = append(kept, w)
		}
	}
	return kept
}

// noise are words that stand in most questions and descriptions.
func noise(w string) bool {
	switch w {
	case "a", "an", "and", "as", "at", "be", "by", "call", "can", "do", "does", "for", "from", "how", "i", "if", "in", "into", "is", "it", "its", "me", "my",
		"of", "on", "or", "that", "the", "their", "them", "this", "to", "tool", "use", "used", "want", "was", "what", "when", "which", "with", "you", "your":
		return true
	}
	return false
}

// endings are cut off words so that "calculate" finds "calculator", "hashes"
// "hash" and "converting" "conversion". The longer come before the shorter.
var endings = [...]string{"izations", "ization", "ations", "ation", "ators", "ator", "itions", "ition", "ings", "ing", "ions", "ion", "ers", "ors",
	"ies", "ed", "er", "or", "es", "e", "y", "s"}

// stem cuts the ending off a word, if enough is left of it. It need not be a
// word: it is compared with other stems only.
func stem(w string) string {
	const least = 3
	for _, e := range endings {
		if rest, ok := strings.CutSuffix(w, e); ok && len(rest) >= least {
			if n := len(rest); n > least && rest[n-1] == rest[n-2] && rest[n-1] != 's' && rest[n-1] != 'l' { // zipping, zipped
				rest = rest[:n-1]
			}
			if e != "s" || !strings.HasSuffix(rest, "s") { // not the s of compress
				return strings.TrimSuffix(rest, "at") // calculate, calculating, calculator
			}
		}
	}
	return w
}

// synonyms are what people call things that tools call otherwise. The word on
// the right is looked for too, and counts a little less.
func synonyms(w string) []string {
	switch w {
	case "picture", "photo", "pic", "jpg", "jpeg":
		return []string{"image"}
	case "mail", "mails":
		return []string{"email"}
	case "unzip", "untar", "unpack", "decompress", "uncompress":
		return []string{"extract", "archive"}
	case "zip", "compress", "pack":
		return []string{"archive"}
	case "clock", "now", "today", "date", "calendar":
		return []string{"datetime"}
	case "time":
		return []string{"datetime", "date"}
	case "math", "sum", "compute", "arithmetic", "add", "subtract", "multiply", "divide", "equation", "formula", "solve":
		return []string{"calculator"}
	case "url", "website", "site", "webpage":
		return []string{"web"}
	case "rest", "endpoint", "request", "curl", "fetch", "download":
		return []string{"http"}
	case "folder", "folders", "directory", "directories":
		return []string{"file"}
	case "spreadsheet", "excel", "xls":
		return []string{"xlsx", "csv"}
	case "db", "postgres", "mysql":
		return []string{"database", "sql"}
	case "checksum", "fingerprint", "digest":
		return []string{"hash"}
	case "google", "lookup":
		return []string{"search"}
	case "film", "movie", "clip":
		return []string{"video"}
	case "sound", "music", "song":
		return []string{"audio"}
	case "shell", "command", "exec", "run", "program":
		return []string{"process"}
	case "cpu", "ram", "memory", "disk":
		return []string{"system"}
	case "guid", "random":
		return []string{"uuid"}
	case "compare", "difference":
		return []string{"diff"}
	case "merge", "mustache", "jinja":
		return []string{"template"}
	case "html":
		return []string{"scraper"}
	case "crawl", "spider":
		return []string{"scraper", "sitemap"}
	case "average", "mean", "median":
		return []string{"statistics"}
	case "slack", "discord", "notification", "notify":
		return []string{"webhook"}
	case "ping", "reachable", "uptime":
		return []string{"service", "check"}
	case "camelcase", "snakecase", "pascalcase", "lowercase", "capitalize":
		return []string{"case"}
	case "regexp":
		return []string{"regex"}
	}
	return nil
}
