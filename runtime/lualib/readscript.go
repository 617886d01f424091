package lualib

import (
	"fmt"
	"io"
	"os"
)

// maxScript is how many bytes a script may have.
const maxScript = 64 << 20

// ReadScript reads a file of a System, which may be a pipe or a device: what it waits for
// ends with host.Context.
func ReadScript(host *Host, system System, path string) ([]byte, error) {
	opened, err := openStream(host, system, path, openMode{flags: os.O_RDONLY, read: true})
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	info, err := opened.Stat()
	if err != nil {
		return nil, err
	}
	var source io.Reader = opened
	if mayBlock(info) {
		source = &interruptible{source: func() io.Reader { return opened }, host: host}
	}
	data, err := io.ReadAll(io.LimitReader(source, maxScript+1))
	if err == nil && len(data) > maxScript {
		err = fmt.Errorf("it is larger than %d MiB, which no script is", maxScript>>20)
	}
	return data, err
}
