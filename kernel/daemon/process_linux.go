package daemon

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
)

// bootID names this run of the system.
func bootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// processStart returns when a process began, in clock ticks since the system was
// booted. One that has ended, and waits for its parent to notice, has none.
func processStart(pid int) (string, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return "", err
	}
	return parseStat(text)
}

// parseStat finds the start time, field 22 of proc_pid_stat(5). The name of the
// program, field 2, stands in parentheses and may hold anything.
func parseStat(text []byte) (string, error) {
	i := bytes.LastIndexByte(text, ')')
	if i < 0 {
		return "", errors.New("no program name in the process's stat")
	}
	const state, start = 3 - 3, 22 - 3 // the fields after the name begin with 3
	fields := strings.Fields(string(text[i+1:]))
	if len(fields) <= start {
		return "", errors.New("the process's stat is too short")
	}
	if fields[state] == "Z" || fields[state] == "X" {
		return "", ErrGone
	}
	return fields[start], nil
}
