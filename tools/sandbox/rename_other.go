//go:build !unix

package sandbox

import "os"

// rename moves by path where the system has no rename between open folders. A
// folder on the way that is exchanged for a link in the same moment is followed.
func rename(from, to *spot) error { return os.Rename(from.path, to.path) }
