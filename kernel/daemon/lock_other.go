//go:build !unix

package daemon

import "github.com/gofrs/flock"

// lockFolder takes nothing: a locked file cannot be removed here, and a folder not be
// locked.
func lockFolder(string) (*flock.Flock, error) { return nil, nil }
