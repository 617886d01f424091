//go:build !unix

package db

// fileLimit is how large the process may make a file, in bytes; 0: there is no limit.
func fileLimit() int64 { return 0 }
