package nettest

import (
	"io"
	"log"
)

// quiet drops what a server says about clients that refuse its certificate.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
