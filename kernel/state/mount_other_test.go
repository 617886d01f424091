//go:build unix && !linux

package state

import "errors"

func mountSmall(string, int) error { return errors.New("only on Linux") }
