package protocol

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
)

// URI names a document. Clients write the same one in several ways; Canonical makes
// them comparable.
type URI string

// FileURI is the URI of a file with an absolute path, in canonical form.
func FileURI(path string) URI {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return URI((&url.URL{Scheme: "file", Path: path}).String())
}

// IsFile tells whether the URI is that of a file.
func (u URI) IsFile() bool { return u.Scheme() == "file" }

// Scheme is what stands before the first colon, in small letters.
func (u URI) Scheme() string {
	scheme, _, ok := strings.Cut(string(u), ":")
	if !ok {
		return ""
	}
	return strings.ToLower(scheme)
}

// Path is the absolute path of a file's URI, in the form of this system, and "" for
// any other URI. A host is taken as that of a Windows share.
func (u URI) Path() string {
	if !u.IsFile() {
		return ""
	}
	rest := string(u)[len("file:"):]
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	host := ""
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		var path string
		if i := strings.IndexByte(after, '/'); i >= 0 {
			host, path = after[:i], after[i:]
		} else {
			host = after
		}
		rest = path
	}
	path := unescape(rest)
	switch {
	case !strings.HasPrefix(path, "/"):
		return "" // no absolute path
	case host != "" && !strings.EqualFold(host, "localhost"):
		path = "//" + unescape(host) + path
	case runtime.GOOS == "windows" && len(path) >= 3 && path[0] == '/' && path[2] == ':' && letter(path[1]):
		path = strings.ToUpper(path[1:2]) + path[2:]
	}
	return filepath.FromSlash(path)
}

// Canonical is the form in which two URIs of the same file are equal. The URIs of
// other things are as they are.
func (u URI) Canonical() URI {
	path := u.Path()
	if path == "" {
		return u
	}
	return FileURI(filepath.Clean(path))
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// unescape decodes %XX; what is not of that form stays.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, ok := nibble(s[i+1]); ok {
				if lo, ok := nibble(s[i+2]); ok {
					b = append(b, hi<<4|lo)
					i += 2
					continue
				}
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

func nibble(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
