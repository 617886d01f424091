package daptest

import (
	"bufio"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
)

// Frame puts the protocol's header before a body.
func Frame(body []byte) []byte {
	return append([]byte(fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))), body...)
}

// readBody reads one message. It is written apart from the server's codec, so
// that one cannot hide a mistake of the other.
func readBody(br *bufio.Reader) ([]byte, error) {
	header, err := textproto.NewReader(br).ReadMIMEHeader()
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(header.Get("Content-Length"))
	if err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	body := make([]byte, n)
	_, err = io.ReadFull(br, body)
	return body, err
}
