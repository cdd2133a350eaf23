//go:build !native

package main

import (
	"io"

	"github.com/klauspost/compress/gzip"
)

const engine = "pure Go"

// gunzip is what both sides decompress with.
func gunzip(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
