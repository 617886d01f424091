//go:build !unix

package state

func addJobs(map[string]func(string, int) error) {}
