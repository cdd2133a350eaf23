//go:build native

package main

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/lazaret/lazaret/internal/isal"
)

const engine = "native"

// gunzip is what both sides decompress with. The layers have one member. ISA-L is at its best with
// much room, so what it gives is buffered, as it is when a layer is inspected.
func gunzip(r io.Reader) (io.Reader, error) {
	br := bufio.NewReaderSize(r, 256<<10)
	if _, err := gzip.NewReader(br); err != nil { // takes the header
		return nil, err
	}
	z := isal.NewReader()
	z.Reset(br, func([]byte) {})
	return bufio.NewReaderSize(z, 256<<10), nil
}
