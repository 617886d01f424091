//go:build unix && !linux

package sandbox

import "errors"

// atomicExchange is not there on this system.
func atomicExchange(string, string) error { return errors.ErrUnsupported }
