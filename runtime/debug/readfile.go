package debug

import (
	"fmt"
	"io"
	"os"
)

// maxFileBytes is the size of the largest file that is read before the script
// has loaded it.
const maxFileBytes = 32 << 20

// readFile reads a file that a client has named. It may be anything: a pipe or
// a device would block for ever, or never end.
func readFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return "", err
	}
	if len(data) > maxFileBytes {
		return "", fmt.Errorf("%s is larger than %d bytes", path, maxFileBytes)
	}
	return string(data), nil
}
