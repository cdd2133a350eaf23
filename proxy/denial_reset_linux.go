package proxy

import "golang.org/x/sys/unix"

// unacknowledged is how many bytes of a socket its peer has not acknowledged: tcp(7).
func unacknowledged(fd int) (int, error) { return unix.IoctlGetInt(fd, unix.SIOCOUTQ) }
