package daemon

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Connection is what a connection file says: how to reach a kernel. It holds the
// token, and so is for its user only.
type Connection struct {
	KernelID  string `json:"kernel_id"`
	PID       int    `json:"pid"`
	Protocol  int    `json:"protocol"`
	Transport string `json:"transport"` // "unix" or "tcp"
	Socket    string `json:"socket,omitempty"`
	IP        string `json:"ip,omitempty"`
	Port      int    `json:"port,omitempty"`
	Token     string `json:"token,omitempty"`
}

// Address is the kernel's address: "unix:PATH" or HOST:PORT.
func (c Connection) Address() string {
	if c.Socket != "" {
		return "unix:" + c.Socket
	}
	return net.JoinHostPort(c.IP, strconv.Itoa(c.Port))
}

// ReadConnection reads a connection file.
func ReadConnection(path string) (Connection, error) {
	text, err := readSmall(path, maxRecord)
	if err != nil {
		return Connection{}, fmt.Errorf("read the connection file: %w", err)
	}
	c, err := parseConnection(text)
	if err != nil {
		return c, fmt.Errorf("connection file %s: %w", path, err)
	}
	return c, nil
}

func parseConnection(text []byte) (Connection, error) {
	var c Connection
	if err := json.Unmarshal(text, &c); err != nil {
		return c, err
	}
	if c.Socket == "" && (c.IP == "" || c.Port <= 0 || c.Port > 65535) {
		return c, errors.New(`it names neither a "socket" nor an "ip" and a "port" from 1 to 65535`)
	}
	return c, nil
}

// writeFiles writes the connection and pid files.
func (r Record) writeFiles() error {
	if r.ConnectionFile != "" {
		c := Connection{KernelID: r.ID, PID: r.PID, Protocol: r.Protocol, Transport: "unix", Socket: r.Socket}
		if r.Address != "" {
			host, port, err := net.SplitHostPort(r.Address)
			if err != nil {
				return fmt.Errorf("the kernel's address %q: %w", r.Address, err)
			}
			c.Transport, c.IP = "tcp", host
			c.Port, _ = strconv.Atoi(port) // a listener's address
			token, err := os.ReadFile(r.TokenFile)
			if err != nil {
				return fmt.Errorf("read the token for the connection file: %w", err)
			}
			c.Token = strings.TrimSpace(string(token))
		}
		text, err := json.MarshalIndent(c, "", "  ")
		if err != nil {
			return fmt.Errorf("write the connection file: %w", err)
		}
		if err := writeOutside("--connection-file", r.ConnectionFile, append(text, '\n')); err != nil {
			return fmt.Errorf("connection file: %w", err)
		}
	}
	if r.PIDFile != "" {
		if err := writeOutside("--pid-file", r.PIDFile, []byte(strconv.Itoa(r.PID)+"\n")); err != nil {
			return fmt.Errorf("pid file: %w", err)
		}
	}
	return nil
}

// writeOutside writes a file that the user has named, and never through anything but
// a plain file. flag is how.
func writeOutside(flag, path string, text []byte) error {
	explain := func(err error) error { return ExplainFor(err, "give another path with "+flag) }
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s exists and is not a plain file: choose another path", path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return explain(err)
	}
	return writeWhole(path, text, explain)
}

// removeFiles removes the connection and pid files that this kernel has written, and
// those of no other.
func (r Record) removeFiles() {
	if r.ConnectionFile != "" {
		if c, err := ReadConnection(r.ConnectionFile); err == nil && c.KernelID == r.ID && c.PID == r.PID {
			_ = os.Remove(r.ConnectionFile)
		}
	}
	if r.PIDFile != "" {
		if text, err := readSmall(r.PIDFile, 32); err == nil && strings.TrimSpace(string(text)) == strconv.Itoa(r.PID) {
			_ = os.Remove(r.PIDFile)
		}
	}
}
