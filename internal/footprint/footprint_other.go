//go:build !linux

package footprint

func trimProgram() {} // other systems drop such pages themselves
