package unpack

import (
	"io"
	"strconv"
	"strings"
)

// arMagic begins an ar archive (deb(5), ar(5)).
const arMagic = "!<arch>\n"

// IsDeb reports whether head begins a Debian package: an ar archive whose first member
// is debian-binary (deb(5)).
func IsDeb(head []byte) bool {
	return len(head) >= 24 && string(head[:8]) == arMagic && strings.HasPrefix(string(head[8:]), "debian-binary")
}

// Ar gives each member of an ar archive to entry, by the format of ar(5): a magic, then
// for each member a header of 60 bytes and its bytes, padded to an even length. Errors:
// the source's, entry's, and ErrDamaged where a header is none.
func Ar(r io.Reader, entry func(name string, size int64, r io.Reader) error) error {
	s := newSource(r)
	if b, err := s.full(len(arMagic)); err != nil || string(b) != arMagic {
		return damage(err)
	}
	_, _ = s.Discard(len(arMagic)) // it is there
	for {
		h, err := s.full(60)
		if len(h) == 0 {
			return err
		}
		if len(h) < 60 || string(h[58:60]) != "`\n" {
			return damage(err)
		}
		size, err := strconv.ParseInt(strings.TrimSpace(string(h[48:58])), 10, 64)
		if err != nil || size < 0 {
			return ErrDamaged
		}
		name := strings.TrimRight(string(h[:16]), "/ ")
		_, _ = s.Discard(60)
		body := &io.LimitedReader{R: s, N: size}
		if err := entry(name, size, body); err != nil {
			return err
		}
		if err := s.skip(body.N + size&1); err != nil {
			return err
		}
	}
}

// damage is err, or ErrDamaged if there is none.
func damage(err error) error {
	if err == nil {
		return ErrDamaged
	}
	return err
}
