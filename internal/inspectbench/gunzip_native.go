//go:build native

package main

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"

	"github.com/lazaret/lazaret/internal/isal"
)

const engine = "native"

// gunzip is what both sides decompress with. The layers have one member.
func gunzip(r io.Reader) (io.Reader, error) {
	br := bufio.NewReaderSize(r, 256<<10)
	if _, err := gzip.NewReader(br); err != nil { // takes the header
		return nil, err
	}
	z := isal.NewReader()
	z.Reset(br, func([]byte) {})
	return z, nil
}
