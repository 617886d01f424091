//go:build !unix

package daemon

import (
	"io/fs"
	"os"
	"strings"
)

// ownedByUs is true: the folders of a user are private where there are no modes.
func ownedByUs(fs.FileInfo) bool { return true }

// userName is what the folder for temporary files is named after.
func userName() string {
	name := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' {
			return c
		}
		return '_'
	}, os.Getenv("USERNAME"))
	if name == "" {
		return "user"
	}
	return name
}
