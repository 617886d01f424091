package dap

import (
	"encoding/json"
	"net"
	"strconv"
	"strings"

	"github.com/llmspell/llmspell/internal/socket"
)

// connectArguments name another debug server: "127.0.0.1:4711", "unix:PATH",
// {"host": …, "port": …, "token": …} or {"path": PATH}.
type connectArguments struct {
	address string
	Token   string
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *connectArguments) UnmarshalJSON(data []byte) error {
	wrong := badArguments(`connect must be an address such as "127.0.0.1:4711" or "unix:PATH", or {"host": HOST, "port": PORT}`)
	var object struct {
		Host  string          `json:"host"`
		Port  json.RawMessage `json:"port"`
		Path  string          `json:"path"`
		Token string          `json:"token"`
	}
	switch {
	case json.Unmarshal(data, &c.address) == nil:
	case json.Unmarshal(data, &object) != nil:
		return wrong
	case object.Path != "":
		c.address = "unix:" + strings.TrimPrefix(object.Path, "unix:")
	default:
		port, err := strconv.Atoi(strings.Trim(string(object.Port), `"`)) // editors make strings of ${input:port}
		if err != nil {
			return wrong
		}
		c.address = net.JoinHostPort(object.Host, strconv.Itoa(port))
	}
	c.Token = object.Token
	if _, _, _, err := socket.ParseAddress(c.address); err != nil {
		return wrong
	}
	return nil
}
