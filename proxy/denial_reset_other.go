//go:build !linux

package proxy

import "errors"

func unacknowledged(int) (int, error) { return 0, errors.ErrUnsupported }
